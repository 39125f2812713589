"""Accounts count by number: another login beside a known number is told, a known login beside another number is refused."""

from dataclasses import replace

from gitops_breakglass.core.authorize import PolicyCase, authorize, authorize_policy
from gitops_breakglass.model.change import ReviewState
from gitops_breakglass.model.decision import Granted, Pending, Reason
from gitops_breakglass.model.identity import Account, Provider
from tests.unit.authorize.world import (
    NOW,
    account,
    case,
    change,
    identities,
    person,
    policy,
    review,
    rules_of,
    unmerged,
)

BEN = account("ben")
RENAMED = replace(BEN, login="Benjamin")
RECYCLED = Account(Provider.GITHUB, "999", "Ben")
NOTE = Reason(
    "renamed-account",
    f"account {BEN.id} at github is called Benjamin, and in identities.yaml ben",
    "correct the login in identities.yaml, by an approved change",
)
REFUSED = Reason(
    "recycled-login",
    f"Ben is account 999 at github, and by identities.yaml ben is account {BEN.id}",
    "find out whose account it is now; then correct identities.yaml by an approved change, and ask again",
)


def test_an_approver_under_another_login_counts_and_it_is_told():
    granted = authorize(case(review("ben", account=RENAMED)), now=NOW)
    assert isinstance(granted, Granted)
    assert granted.notes == (NOTE,)
    waiting = authorize(unmerged(review("ben", account=RENAMED)), now=NOW)
    assert isinstance(waiting, Pending)
    assert waiting.notes == (NOTE,)


def test_the_same_login_in_other_letters_and_a_login_that_nobody_wrote_down_are_no_news():
    for known in (replace(BEN, login="BEN"), replace(BEN, login="")):
        granted = authorize(case(review("ben", account=known)), now=NOW)
        assert isinstance(granted, Granted)
        assert granted.notes == ()


def test_an_author_under_another_login_is_told():
    granted = authorize(case(review("ben"), author=replace(account("alice"), login="al")), now=NOW)
    assert isinstance(granted, Granted)
    assert [each.rule for each in granted.notes] == ["renamed-account"]


def test_a_login_that_somebody_else_has_now_does_not_approve():
    denied = authorize(case(review("ben", account=RECYCLED)), now=NOW)
    assert rules_of(denied) == ["ApprovalRequired", "recycled-login"]
    assert denied.ignored == (REFUSED,)


def test_a_login_that_somebody_else_has_now_does_not_ask():
    alice = account("alice")
    denied = authorize(case(review("ben"), author=replace(alice, id="999")), now=NOW)
    assert rules_of(denied) == ["recycled-login"]
    assert "999" in denied.reasons[0].message
    assert alice.id in denied.reasons[0].message


def test_who_goes_by_the_login_of_another_vetoes_nothing():
    swapped = replace(BEN, login="carol")
    no = review("ben", account=swapped, state=ReviewState.CHANGES_REQUESTED)
    assert isinstance(authorize(case(review("carol"), no), now=NOW), Granted)
    assert rules_of(authorize(case(review("ben", account=swapped)), now=NOW)) == ["ApprovalRequired", "recycled-login"]


def test_two_accounts_of_one_person_that_swapped_their_logins_are_still_theirs():
    other = Account(Provider.GITHUB, "77", "ben-work")
    people = identities(person("alice"), replace(person("ben"), accounts=(BEN, other)), person("carol"))
    swapped = replace(BEN, login="ben-work")
    granted = authorize(case(review("ben", account=swapped), policies=(policy(people=people),)), now=NOW)
    assert isinstance(granted, Granted)


def test_logins_of_two_forges_are_not_each_other_s():
    elsewhere = Account(Provider.GITLAB, "999", "ben")
    denied = authorize(case(review("ben", account=elsewhere)), now=NOW)
    assert rules_of(denied) == ["ApprovalRequired", "unknown-approver"]


def test_a_policy_approver_by_login_only_is_none():
    step = change(review("ben", account=RECYCLED), files=(), landed_files=(), policy_at_fork="t")
    verdict = authorize_policy(PolicyCase(step, policy(), "t", "t", step.blob_head), now=NOW)
    assert rules_of(verdict) == ["policy-not-approved", "recycled-login"]


def test_neither_account_of_a_person_approves_what_the_other_asked_for():
    second = Account(Provider.GITHUB, "77", "alice-private")
    alice = replace(person("alice"), accounts=(account("alice"), second))
    people = identities(alice, person("ben"), groups={"developers": ["alice"], "leads": ["alice", "ben"]})
    mine = review("alice", account=second)
    denied = authorize(case(mine, policies=(policy(people=people),)), now=NOW)
    assert rules_of(denied) == ["ApprovalRequired", "self-approval"]


def test_two_approvals_of_one_person_are_one():
    second = Account(Provider.GITHUB, "77", "ben-private")
    people = identities(person("alice"), replace(person("ben"), accounts=(BEN, second)))
    granted = authorize(case(review("ben"), review("ben", account=second), policies=(policy(people=people),)), now=NOW)
    assert isinstance(granted, Granted)
    assert [each.person for each in granted.evidence.approvals] == ["ben"]
