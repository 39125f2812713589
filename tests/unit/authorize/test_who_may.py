"""Who may ask, who may approve, and whose word does not count."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gitops_breakglass.core.authorize import Case, authorize
from gitops_breakglass.model.change import ReviewState
from gitops_breakglass.model.decision import Granted, Pending, Unknown
from gitops_breakglass.model.policy import Audience
from gitops_breakglass.model.request import Subject
from gitops_breakglass.model.unread import Unread
from tests.unit.authorize.world import (
    APPROVED,
    HEAD,
    ID,
    MERGED,
    NOW,
    OPENED,
    OTHER,
    account,
    breakglass,
    case,
    commit,
    escalation,
    identities,
    offer,
    person,
    policy,
    review,
    rules_of,
    session,
    unmerged,
)


def test_a_lead_approves_and_the_author_gets_access_from_the_merge_on():
    decision = authorize(case(review("ben")), now=NOW)
    assert isinstance(decision, Granted)
    assert decision.subject == Subject("User", "alice@example.com")
    assert [(window.start, window.end) for window in decision.windows] == [(MERGED, MERGED + timedelta(hours=1))]
    assert [(each.person, each.approved_at) for each in decision.evidence.approvals] == [("ben", APPROVED)]
    assert decision.evidence.source == "escalation/shell"


def test_a_user_named_by_e_mail_approves():
    assert isinstance(authorize(case(review("carol")), now=NOW), Granted)


def test_nobody_s_word_is_enough_without_an_approval():
    assert rules_of(authorize(case(), now=NOW)) == ["ApprovalRequired"]


@pytest.mark.parametrize(
    ("ignored", "rule"),
    [
        (review("dora"), "not-an-approver"),
        (review("alice"), "not-an-approver"),
        (review("mallory"), "unknown-approver"),
        (review("ben", account=None), "unknown-approver"),
        (review("ben", problem="the tag is not signed"), "unproved-approval"),
        (review("ben", blob=OTHER), "other-content"),
        (review("ben", blob=None), "other-content"),
        (review("ben", commit=None), "unproved-approval"),
        (review("ben", submitted_at=None), "unproved-approval"),
        (review("ben", by_email=True), "unproved-approval"),
        (review("ben", edited_by=account("mallory")), "edited-approval"),
        (review("ben", submitted_at=MERGED + timedelta(seconds=1)), "late-approval"),
        (review("ben", submitted_at=OPENED + timedelta(minutes=21)), "late-approval"),
    ],
)
def test_a_review_that_does_not_count_is_named_with_its_reason(ignored, rule):
    assert rules_of(authorize(case(ignored), now=NOW)) == ["ApprovalRequired", rule]


def test_an_approval_counts_for_where_the_change_goes():
    def retargeted(at):
        return authorize(case(review("ben"), retargeted_at=at), now=NOW)

    assert rules_of(retargeted(APPROVED)) == ["ApprovalRequired", "retargeted"]
    assert isinstance(retargeted(APPROVED - timedelta(seconds=1)), Granted)


def test_a_request_for_changes_is_answered_by_the_same_person_from_another_account():
    two = replace(person("ben"), accounts=(account("ben"), account("benjamin")))
    people = identities(person("alice"), two, person("carol"))
    asked = review("ben", state=ReviewState.CHANGES_REQUESTED, submitted_at=APPROVED - timedelta(minutes=1))
    decision = authorize(case(asked, review("benjamin"), policies=(policy(people=people),)), now=NOW)
    assert isinstance(decision, Granted)


def test_comments_never_count():
    assert rules_of(authorize(case(review("ben", state=ReviewState.COMMENTED)), now=NOW)) == ["ApprovalRequired"]


def test_a_bot_among_the_approvers_does_not_approve_others():
    bots = escalation(approvers=Audience(frozenset({"ci-bot@example.com"})))
    bot = review("ci-bot", account=account("ci-bot", bot=True))
    assert rules_of(authorize(case(bot, policies=(policy(bots),)), now=NOW)) == ["ApprovalRequired", "bot-approval"]


def test_an_approval_later_than_the_timeout_does_not_count():
    slow = escalation(approval_timeout=timedelta(minutes=9))
    decision = authorize(case(review("ben"), policies=(policy(slow),)), now=NOW)
    assert rules_of(decision) == ["ApprovalRequired", "ApprovalTimeout"]


def test_the_timeout_runs_from_the_opening_and_an_unknown_opening_is_late():
    assert rules_of(authorize(case(review("ben"), opened_at=None), now=NOW)) == ["ApprovalRequired", "ApprovalTimeout"]


def test_a_mandatory_approval_reason_is_the_review_s_body():
    strict = (policy(escalation(approval_reason_mandatory=True)),)
    assert isinstance(authorize(case(review("ben"), policies=strict), now=NOW), Granted)
    silent = authorize(case(review("ben", body=" \n"), policies=strict), now=NOW)
    assert rules_of(silent) == ["ApprovalRequired", "approval-reason-missing"]


def test_an_approval_from_before_the_person_asked_for_changes_does_not_come_back():
    asked = review("ben", state=ReviewState.DISMISSED, submitted_at=APPROVED + timedelta(minutes=1))
    assert rules_of(authorize(case(review("ben"), asked), now=NOW)) == ["ApprovalRequired", "withdrawn-approval"]


def test_an_approver_who_asked_for_changes_is_a_veto_until_they_approve():
    no = review("carol", state=ReviewState.CHANGES_REQUESTED)
    assert rules_of(authorize(case(review("ben"), no), now=NOW)) == ["changes-requested"]
    yes = review("carol", submitted_at=APPROVED + timedelta(minutes=1))
    assert isinstance(authorize(case(no, yes), now=NOW), Granted)


def test_somebody_who_may_not_ask_gets_nothing():
    foreign = case(review("ben"), author=account("carol"), commits=(commit("carol"),))
    assert rules_of(authorize(foreign, now=NOW)) == ["may-not-request"]


def test_an_account_that_is_nobody_s_gets_nothing():
    stranger = case(review("ben"), author=account("mallory"), commits=(commit("mallory"),))
    assert rules_of(authorize(stranger, now=NOW)) == ["author-unknown"]


def test_an_unsigned_commit_in_somebody_s_name_proves_nothing():
    unsigned = commit(signer=None, problem="it is not signed")
    assert rules_of(authorize(case(review("ben"), commits=(unsigned,)), now=NOW)) == ["unsigned-commit"]


def test_a_request_written_by_two_people_is_nobody_s():
    assert rules_of(authorize(case(review("ben"), author=None), now=NOW)) == ["author-unclear"]


def test_a_request_for_somebody_else_is_refused():
    decision = authorize(case(review("ben"), request=session(user="dora@example.com")), now=NOW)
    assert rules_of(decision) == ["subject-not-author"]


@pytest.mark.parametrize(
    ("subject", "is_author"),
    [
        (Subject("User", "alice@example.com"), True),
        (Subject("User", "dora@example.com"), False),
        (Subject("Group", "alice@example.com"), False),
        (Subject("ServiceAccount", "alice@example.com"), False),
    ],
)
def test_a_breakglass_is_for_its_author_alone_whatever_subjects_it_names(subject, is_author):
    side = (policy(offers=(offer(),)),)
    decision = authorize(case(review("ben"), request=breakglass(subjects=(subject,)), policies=side), now=NOW)
    if is_author:
        assert isinstance(decision, Granted), decision
    else:
        assert "subject-not-author" in rules_of(decision)


def test_a_request_that_names_its_author_is_for_its_author():
    decision = authorize(case(review("ben"), request=session(user="alice@example.com")), now=NOW)
    assert isinstance(decision, Granted)


def test_a_username_may_differ_by_cluster():
    people = identities(person("alice", usernames={"prod": "oidc:alice"}), person("ben"))
    decision = authorize(case(review("ben"), policies=(policy(people=people),)), now=NOW)
    assert decision.subject == Subject("User", "oidc:alice")


@pytest.mark.parametrize("username", ["system:admin", "kubeadm:cluster-admins"])
def test_nobody_becomes_kubernetes_itself(username):
    people = identities(person("alice", username=username), person("ben"))
    decision = authorize(case(review("ben"), policies=(policy(people=people),)), now=NOW)
    assert rules_of(decision) == ["reserved-subject"]


def test_the_stricter_of_both_policies_holds_for_who_may_approve():
    before = policy(commit="a" * 40)
    now = policy(escalation(approvers=Audience(frozenset({"carol@example.com"}))), commit="d" * 40)
    assert rules_of(authorize(case(review("ben"), policies=(before, now)), now=NOW)) == [
        "ApprovalRequired",
        "not-an-approver",
    ]
    assert rules_of(authorize(case(review("ben"), policies=(now, before)), now=NOW)) == [
        "ApprovalRequired",
        "not-an-approver",
    ]
    assert isinstance(authorize(case(review("carol"), policies=(before, now)), now=NOW), Granted)


def test_an_escalation_that_is_gone_since_the_merge_gives_nothing():
    now = policy(escalation(name="other"), commit="d" * 40)
    assert rules_of(authorize(case(review("ben"), policies=(policy(), now)), now=NOW)) == ["unknown-escalation"]


def test_facts_that_can_t_be_read_are_unknown_and_grant_nothing():
    assert isinstance(authorize(Case(session(), Unread("the forge is down"), (policy(),)), now=NOW), Unknown)
    assert isinstance(authorize(case(review("ben"), policies=()), now=NOW), Unknown)


def test_a_change_that_is_not_merged_tells_who_may_still_approve():
    decision = authorize(unmerged(), now=NOW)
    assert isinstance(decision, Pending)
    assert (decision.ready, decision.may_approve) == (False, ("ben", "carol"))
    approved = authorize(unmerged(review("ben")), now=NOW)
    assert isinstance(approved, Pending)
    assert (approved.ready, [each.person for each in approved.approvals]) == (True, ["ben"])


def test_approvers_in_a_breakglass_file_only_narrow_those_of_the_offer():
    side = (policy(offers=(offer(),)),)
    assert isinstance(authorize(case(review("ben"), request=breakglass(), policies=side), now=NOW), Granted)
    narrowed = breakglass(approvers=("carol@example.com",))
    assert rules_of(authorize(case(review("ben"), request=narrowed, policies=side), now=NOW)) == [
        "ApprovalRequired",
        "not-an-approver",
    ]
    widened = breakglass(approvers=("dora@example.com",))
    assert rules_of(authorize(case(review("dora"), request=widened, policies=side), now=NOW))[0] in {
        "approvers-unknown",
        "ApprovalRequired",
    }


def test_without_approval_only_where_the_offer_says_so():
    asked = breakglass(approval_required=False)
    assert "no-offer-fits" in rules_of(authorize(case(request=asked, policies=(policy(offers=(offer(),)),)), now=NOW))
    free = (policy(offers=(offer(approval_optional=True),)),)
    decision = authorize(case(request=asked, policies=free), now=NOW)
    assert isinstance(decision, Granted)
    assert decision.evidence.approvals == ()
    assert rules_of(authorize(case(request=breakglass(), policies=free), now=NOW)) == ["ApprovalRequired"]


def test_a_breakglass_needs_an_offer():
    assert "no-offer-fits" in rules_of(authorize(case(review("ben"), request=breakglass()), now=NOW))


def test_the_head_that_was_reviewed_is_kept_as_evidence():
    decision = authorize(case(review("ben")), now=NOW)
    assert (decision.evidence.head, decision.evidence.author, decision.evidence.change) == (HEAD, "alice", "7")
    assert str(ID) == "prod/inc-1"
