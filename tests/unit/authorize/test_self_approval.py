"""Who may approve themselves, and who may not though they do not look like the author."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gitops_breakglass.core.authorize import authorize
from gitops_breakglass.model.decision import Granted
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.identity import Account, Provider
from gitops_breakglass.model.policy import Audience, ClusterConfig
from tests.unit.authorize.world import (
    NOW,
    account,
    case,
    commit,
    escalation,
    identities,
    person,
    policy,
    review,
    rules_of,
)


@pytest.mark.parametrize("setting", [None, True])
def test_an_author_who_may_approve_does_not_approve_their_own(setting):
    everybody = escalation(approvers=Audience(groups=frozenset({"developers", "leads"})), block_self_approval=setting)
    decision = authorize(case(review("alice"), policies=(policy(everybody),)), now=NOW)
    assert rules_of(decision) == ["ApprovalRequired", "self-approval"]


def test_somebody_who_committed_to_the_change_does_not_approve_it():
    helped = commit("ben", touches=False)
    decision = authorize(case(review("ben"), commits=(commit(), helped)), now=NOW)
    assert rules_of(decision) == ["ApprovalRequired", "self-approval"]


def test_a_claimed_co_author_can_t_approve_though_the_claim_proves_nothing():
    claimed = commit(emails=("alice@example.com", "BEN@example.com"))
    assert rules_of(authorize(case(review("ben"), commits=(claimed,)), now=NOW)) == [
        "ApprovalRequired",
        "self-approval",
    ]


def test_somebody_who_signed_under_another_address_does_not_approve():
    helped = commit("ben", emails=("nobody@example.com",), touches=False)
    decision = authorize(case(review("ben"), commits=(commit(), helped)), now=NOW)
    assert rules_of(decision) == ["ApprovalRequired", "self-approval"]


def test_somebody_who_is_known_to_have_pushed_to_the_change_does_not_approve_it():
    decision = authorize(case(review("ben"), pushers=(account("ben"),)), now=NOW)
    assert rules_of(decision) == ["ApprovalRequired", "self-approval"]


def test_somebody_whose_account_the_forge_gives_for_a_commit_does_not_approve_it():
    theirs = commit(signer=None, emails=(), accounts=(account("ben"),))
    assert rules_of(authorize(case(review("ben"), commits=(theirs,)), now=NOW)) == ["ApprovalRequired", "self-approval"]


def test_a_forge_s_commits_need_no_signature():
    theirs = commit(signer=None, accounts=(account("alice"),))
    assert isinstance(authorize(case(review("ben"), commits=(theirs,)), now=NOW), Granted)


def test_a_second_entry_of_the_same_person_on_the_cluster_does_not_approve():
    twins = identities(person("alice"), person("ben", username="alice@example.com"))
    decision = authorize(case(review("ben"), policies=(policy(people=twins),)), now=NOW)
    assert "self-approval" in rules_of(decision) or "identity-not-unique" in rules_of(decision)


def test_self_service_needs_no_second_person_and_the_merge_is_the_approval():
    own = escalation(approvers=Audience(groups=frozenset({"developers"})), block_self_approval=False)
    decision = authorize(case(policies=(policy(own),)), now=NOW)
    assert isinstance(decision, Granted)
    assert [(each.person, each.source) for each in decision.evidence.approvals] == [("alice", f"merge {'3' * 40}")]


@pytest.mark.parametrize("pushed", [None, False])
def test_self_service_is_refused_where_somebody_else_may_have_pushed(pushed):
    own = escalation(approvers=Audience(groups=frozenset({"developers"})), block_self_approval=False)
    decision = authorize(case(policies=(policy(own),), pushed_by_author_only=pushed), now=NOW)
    assert rules_of(decision) == ["ApprovalRequired"]


def test_self_service_is_only_for_authors_who_are_approvers():
    own = escalation(block_self_approval=False)
    assert rules_of(authorize(case(policies=(policy(own),)), now=NOW)) == ["ApprovalRequired"]


def test_self_service_still_has_the_timeout_and_the_reason():
    own = {"approvers": Audience(groups=frozenset({"developers"})), "block_self_approval": False}
    late = escalation(**own, approval_timeout=timedelta(minutes=14))
    assert rules_of(authorize(case(policies=(policy(late),)), now=NOW)) == ["ApprovalRequired"]
    reason = (policy(escalation(**own, approval_reason_mandatory=True)),)
    assert rules_of(authorize(case(policies=reason), now=NOW)) == ["ApprovalRequired"]
    assert isinstance(authorize(case(review("alice"), policies=reason), now=NOW), Granted)


def test_automation_that_approves_itself_works_by_its_numeric_id():
    own = escalation(
        allowed=Audience(frozenset({"ci-bot@example.com"})),
        approvers=Audience(frozenset({"ci-bot@example.com"})),
        block_self_approval=False,
    )
    bot = case(policies=(policy(own),), author=account("ci-bot", bot=True), commits=(commit("ci-bot"),))
    assert isinstance(authorize(bot, now=NOW), Granted)
    recycled = Account(Provider.GITHUB, "999", "ci-bot", bot=True)
    assert rules_of(authorize(replace(bot, change=replace(bot.change, author=recycled)), now=NOW)) == ["recycled-login"]


@pytest.mark.parametrize(
    ("of_escalation", "of_cluster", "of_configuration", "granted"),
    [
        (None, None, True, False),
        (None, None, False, True),
        (None, True, False, False),
        (None, False, True, True),
        (True, False, False, False),
        (False, True, True, True),
    ],
)
def test_self_approval_is_the_escalation_s_to_say_then_the_cluster_s_then_the_configuration_s(
    of_escalation, of_cluster, of_configuration, granted
):
    own = escalation(approvers=Audience(groups=frozenset({"developers"})), block_self_approval=of_escalation)
    cluster = ClusterConfig("prod", Location("clusters/prod.yaml"), block_self_approval=of_cluster)
    side = policy(own, cluster=cluster, block_self_approval=of_configuration)
    assert isinstance(authorize(case(policies=(side,)), now=NOW), Granted) is granted
