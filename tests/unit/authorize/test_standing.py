"""Whose word counts among those who are named: by the domain of an address, and by where they sign in."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gitops_breakglass.core.authorize import authorize
from gitops_breakglass.model.decision import Granted, Pending
from gitops_breakglass.model.policy import Audience, SignIn
from tests.unit.authorize.world import (
    NOW,
    account,
    breakglass,
    case,
    cluster,
    escalation,
    identities,
    offer,
    person,
    policy,
    provider,
    review,
    rules_of,
    session,
    unmerged,
)


def with_emails(**emails):
    return identities(*(replace(person(name), emails=emails.get(name, (f"{name}@example.com",))) for name in EVERYBODY))


def with_providers(**providers):
    return identities(*(person(name, identity_providers=tuple(providers.get(name, ()))) for name in EVERYBODY))


EVERYBODY = ("alice", "ben", "carol", "dora")
DOMAIN = ["ApprovalRequired", "approver-domain"]
ELSEWHERE = ["ApprovalRequired", "identity-provider"]


@pytest.mark.parametrize(
    ("emails", "counts"),
    [
        (("ben@corp.example",), True),
        (("ben@CORP.Example",), True),
        (("ben@home.example", "b@corp.example"), True),
        (("ben@evilcorp.example",), False),
        (("ben@corp.example.evil",), False),
        (("ben@sub.corp.example",), False),
        (("corp.example@evil.example",), False),
        ((), False),
    ],
)
def test_an_approver_counts_by_an_address_at_exactly_one_of_the_domains(emails, counts):
    policies = (policy(escalation(approver_domains=("other.example", "Corp.example")), people=with_emails(ben=emails)),)
    decision = authorize(case(review("ben"), policies=policies), now=NOW)
    assert isinstance(decision, Granted) if counts else rules_of(decision) == DOMAIN


def test_an_escalation_s_domains_take_the_place_of_the_cluster_s():
    strict = cluster(approver_domains=("corp.example",))
    loose = escalation(approver_domains=("example.com",))
    assert rules_of(authorize(case(review("ben"), policies=(policy(cluster=strict),)), now=NOW)) == DOMAIN
    assert isinstance(authorize(case(review("ben"), policies=(policy(loose, cluster=strict),)), now=NOW), Granted)


def test_what_git_claims_is_no_address():
    policies = (policy(escalation(approver_domains=("corp.example",))),)
    claimed = review("ben", account=replace(account("ben"), login="ben@corp.example"), body="ben@corp.example")
    assert rules_of(authorize(case(claimed, policies=policies), now=NOW)) == DOMAIN


def test_an_offer_has_the_cluster_s_domains():
    strict = cluster(approver_domains=("corp.example",))
    offered = {"request": breakglass(), "policies": (policy(cluster=strict, offers=(offer(),)),)}
    assert rules_of(authorize(case(review("ben"), **offered), now=NOW)) == DOMAIN
    people = with_emails(ben=("ben@corp.example",))
    offered["policies"] = (policy(cluster=strict, offers=(offer(),), people=people),)
    assert isinstance(authorize(case(review("ben"), **offered), now=NOW), Granted)


def test_an_approver_has_to_meet_the_domains_of_both_policies():
    people = with_emails(ben=("ben@corp.example",))
    sides = [
        policy(escalation(approver_domains=domains), commit=commit * 40, people=people)
        for commit, domains in (("p", ()), ("q", ("corp.example",)), ("r", ("example.com",)))
    ]
    assert isinstance(authorize(case(review("ben"), policies=tuple(sides[:2])), now=NOW), Granted)
    for pair in (sides[1:], sides[:0:-1]):
        assert rules_of(authorize(case(review("ben"), policies=tuple(pair)), now=NOW)) == DOMAIN


def test_only_those_who_count_may_still_approve():
    some = policy(escalation(approver_domains=("corp.example",)), people=with_emails(carol=("c@corp.example",)))
    some = replace(some, escalations=(replace(some.escalations[0], approvers=Audience(groups=frozenset({"leads"}))),))
    assert authorize(unmerged(policies=(some,)), now=NOW).may_approve == ()
    named = replace(some.escalations[0], approvers=Audience(frozenset({"c@corp.example"}), frozenset({"leads"})))
    decision = authorize(unmerged(policies=(replace(some, escalations=(named,)),)), now=NOW)
    assert (decision.may_approve, decision.unnamed) == (("carol",), 0)


def test_self_service_needs_the_domain_too_and_says_so():
    own = escalation(
        approvers=Audience(groups=frozenset({"developers"})), block_self_approval=False, approver_domains=("x.example",)
    )
    assert rules_of(authorize(case(policies=(policy(own),)), now=NOW)) == DOMAIN


@pytest.mark.parametrize(
    ("sign_in", "of_cluster", "alice", "ben", "outcome"),
    [
        (SignIn(everybody=("corp",)), (), ["corp"], ["corp"], "granted"),
        (SignIn(everybody=("corp", "lab")), (), ["corp"], ["lab"], "granted"),
        (SignIn(everybody=("corp",)), (), [], ["corp"], ["identity-provider"]),
        (SignIn(everybody=("corp",)), (), ["corp"], [], ELSEWHERE),
        (SignIn(everybody=("corp",)), (), ["lab"], ["corp"], ["identity-provider"]),
        (SignIn(requesters=("lab",), approvers=("corp",)), (), ["lab"], ["corp"], "granted"),
        (SignIn(requesters=("lab",), approvers=("corp",)), (), ["corp"], ["corp"], ["identity-provider"]),
        (SignIn(requesters=("lab",), approvers=("corp",)), (), ["lab"], ["lab"], ELSEWHERE),
        (SignIn(), ("corp",), ["corp"], ["corp"], "granted"),
        (SignIn(), ("corp",), ["lab"], ["corp"], ["identity-provider"]),
        (SignIn(), ("corp",), ["corp"], ["lab"], ELSEWHERE),
        # One provider has to be on both lists: two that are on one each are not it.
        (SignIn(everybody=("lab", "corp")), ("corp",), ["corp"], ["corp"], "granted"),
        (SignIn(everybody=("lab",)), ("corp",), ["corp", "lab"], ["corp", "lab"], ["identity-provider"]),
        (SignIn(everybody=("gone",)), (), ["gone"], ["gone"], ["identity-provider"]),
        (SignIn(everybody=("off",)), (), ["off"], ["off"], ["identity-provider"]),
        (SignIn(everybody=("off", "corp")), (), ["off", "corp"], ["off"], ELSEWHERE),
    ],
)
def test_who_asks_and_who_approves_sign_in_by_a_provider_on_every_list_that_restricts(
    sign_in, of_cluster, alice, ben, outcome
):
    side = policy(
        escalation(sign_in=sign_in),
        cluster=cluster(identity_providers=of_cluster),
        people=with_providers(alice=alice, ben=ben),
        providers=(provider("corp"), provider("lab"), provider("off", disabled=True)),
    )
    decision = authorize(case(review("ben"), policies=(side,)), now=NOW)
    assert isinstance(decision, Granted) if outcome == "granted" else rules_of(decision) == outcome


def test_a_cluster_s_providers_hold_for_offers_too():
    def offered(**people):
        side = policy(
            cluster=cluster(identity_providers=("corp",)),
            offers=(offer(),),
            people=with_providers(**people),
            providers=(provider("corp"),),
        )
        return authorize(case(review("ben"), request=breakglass(), policies=(side,)), now=NOW)

    assert isinstance(offered(alice=["corp"], ben=["corp"]), Granted)
    assert rules_of(offered(alice=["corp"])) == ELSEWHERE
    assert rules_of(offered(ben=["corp"])) == ["identity-provider"]


def test_without_a_restriction_nobody_has_to_sign_in_anywhere():
    assert isinstance(authorize(case(review("ben"), policies=(policy(providers=()),)), now=NOW), Granted)


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        ({"identity_provider": "corp"}, True),
        ({"identity_provider": "corp", "issuer": "https://corp.example.com"}, True),
        ({"identity_provider": "lab"}, False),
        ({"identity_provider": "gone"}, False),
        ({"issuer": "https://lab.example.com"}, False),
        ({"issuer": "https://unheard.example"}, False),
        ({"identity_provider": "corp", "issuer": "https://lab.example.com"}, False),
    ],
)
def test_a_session_that_names_its_provider_has_to_be_right_about_it(asked, granted):
    side = policy(people=with_providers(alice=["corp"]), providers=(provider("corp"), provider("lab")))
    decision = authorize(case(review("ben"), request=session(**asked), policies=(side,)), now=NOW)
    assert isinstance(decision, Granted) if granted else rules_of(decision) == ["identity-provider"]


def test_the_reason_says_what_to_write():
    side = policy(escalation(sign_in=SignIn(everybody=("corp",))), providers=(provider("corp"),))
    (reason,) = authorize(case(review("ben"), policies=(side,)), now=NOW).reasons
    assert reason.message == "alice would have to sign in by corp, and by identities.yaml does not"
    assert reason.hint == "have identities.yaml say `identityProviders: [corp]` of alice, if that is so"
    (reason,) = authorize(case(review("ben"), policies=(replace(side, identity_providers={}),)), now=NOW).reasons
    assert reason.hint == "nobody counts until one of the names has an IdentityProvider document that is not disabled"


def test_members_of_a_hidden_group_approve_and_are_not_named():
    groups = {"developers": ["alice"], "leads": ["ben"], "board": ["dora", "ben"]}
    hidden = escalation(
        approvers=Audience(frozenset({"carol@example.com"}), frozenset({"leads", "board"})),
        hidden_groups=frozenset({"board"}),
    )
    side = policy(hidden, people=identities(*map(person, EVERYBODY), groups=groups))
    decision = authorize(unmerged(policies=(side,)), now=NOW)
    assert isinstance(decision, Pending)
    assert (decision.may_approve, decision.unnamed) == (("ben", "carol"), 1)
    assert isinstance(authorize(case(review("dora"), policies=(side,)), now=NOW), Granted)


def test_a_group_that_is_only_hidden_approves_nothing():
    groups = {"developers": ["alice"], "leads": ["ben"], "board": ["dora"]}
    side = policy(
        escalation(hidden_groups=frozenset({"board"})), people=identities(*map(person, EVERYBODY), groups=groups)
    )
    decision = authorize(unmerged(policies=(side,)), now=NOW)
    assert (decision.may_approve, decision.unnamed) == (("ben", "carol"), 0)
    assert rules_of(authorize(case(review("dora"), policies=(side,)), now=NOW)) == [
        "ApprovalRequired",
        "not-an-approver",
    ]


def test_who_is_hidden_by_one_of_two_policies_is_not_named():
    leads = escalation(approvers=Audience(groups=frozenset({"leads"})), approval_timeout=timedelta(minutes=30))
    sides = (policy(leads), policy(replace(leads, hidden_groups=frozenset({"leads"})), commit="q" * 40))
    decision = authorize(unmerged(policies=sides), now=NOW)
    assert (decision.may_approve, decision.unnamed) == ((), 1)
