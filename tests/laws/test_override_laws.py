"""Two people approve what an escalation overrides, whoever is on which list: held against the obvious search for a pair."""

from dataclasses import replace
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.core.authorize import authorize
from gitops_breakglass.model.decision import Denied, Granted, Pending, Purpose
from gitops_breakglass.model.deny import PodOverride
from gitops_breakglass.model.policy import Audience
from tests.unit.authorize.world import NOW, case, escalation, policy, review, unmerged

PEOPLE = ("alice", "ben", "carol", "dora")
AUTHOR = "alice"
people = st.sets(st.sampled_from(PEOPLE))


def audience(names):
    return Audience(users=frozenset(f"{name}@example.com" for name in names))


def side(ordinary, override, **changes):
    return policy(
        escalation(
            approvers=audience(ordinary),
            override=PodOverride(max_allowed_score=200),
            override_approvers=None if override is None else audience(override),
            **changes,
        )
    )


def has_pair(ordinary, override, approved):
    return any(one in ordinary and other in override for one, other in permutations(sorted(approved - {AUTHOR}), 2))


@given(ordinary=people, override=people, approved=st.permutations(PEOPLE), many=st.integers(0, 4))
def test_it_is_granted_exactly_where_two_people_share_the_approvals(ordinary, override, approved, many):
    reviews = [review(name) for name in approved[:many]]
    decision = authorize(case(*reviews, policies=(side(ordinary, override),)), now=NOW)
    expected = has_pair(ordinary, override, set(approved[:many]))
    assert isinstance(decision, Granted if expected else Denied)
    if isinstance(decision, Granted):
        of = {
            purpose: {each.person for each in decision.evidence.approvals if each.purpose is purpose}
            for purpose in Purpose
        }
        assert of[Purpose.REQUEST]
        assert of[Purpose.REQUEST] <= ordinary - {AUTHOR}
        assert of[Purpose.OVERRIDE]
        assert of[Purpose.OVERRIDE] <= override - {AUTHOR}
        assert not of[Purpose.REQUEST] & of[Purpose.OVERRIDE]


@given(ordinary=people, override=people, approved=people)
def test_what_is_called_ready_is_granted_when_it_is_merged_and_nothing_else(ordinary, override, approved):
    policies = (side(ordinary, override),)
    reviews = [review(name) for name in sorted(approved)]
    waiting = authorize(unmerged(*reviews, policies=policies), now=NOW)
    assert isinstance(waiting, Pending)
    merged = authorize(case(*reviews, policies=policies), now=NOW)
    assert waiting.ready is isinstance(merged, Granted)


@given(ordinary=people, first=st.none() | people, second=st.none() | people, approved=people, own=st.booleans())
def test_asking_for_it_never_grants_more(ordinary, first, second, approved, own):
    reviews = [review(name) for name in sorted(approved)]
    sides = [side(ordinary, each, block_self_approval=not own) for each in (first, second)]
    both = authorize(case(*reviews, policies=(sides[0], replace(sides[1], commit="q" * 40))), now=NOW)
    each = [authorize(case(*reviews, policies=(one,)), now=NOW) for one in sides]
    assert not isinstance(both, Granted) or all(isinstance(one, Granted) for one in each)
