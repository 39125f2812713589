"""How many sessions at a time: whose limit holds, what counts, and what can't be known."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gitops_breakglass.core.authorize import authorize
from gitops_breakglass.core.authorize.limits import may_bind
from gitops_breakglass.model.decision import Granted, Unknown
from gitops_breakglass.model.identity_provider import GroupLimit, SessionLimits
from gitops_breakglass.model.request import RequestId
from gitops_breakglass.model.session import HeldSession, Sessions
from tests.unit.authorize.world import (
    MERGED,
    NOW,
    breakglass,
    case,
    escalation,
    identities,
    offer,
    person,
    policy,
    provider,
    review,
    rules_of,
    session,
)

SHELL = "escalation/shell"
LATER = MERGED + timedelta(minutes=1)


def held(name, author="alice", *, source=SHELL, until=LATER, cluster="prod", subject=""):
    return HeldSession(RequestId(cluster, name), frozenset({author}), frozenset({source}), until, subject)


def decided(limits, *held_ones, unknown=(), providers=(), people=None, counted=True):
    side = policy(escalation(session_limits=limits), providers=providers, people=people)
    sessions = Sessions(held_ones, tuple(RequestId("prod", name) for name in unknown)) if counted else None
    return authorize(replace(case(review("ben"), policies=(side,)), sessions=sessions), now=NOW)


def alice(*names, groups=None):
    everybody = [
        person(name, identity_providers=names if name == "alice" else ()) for name in ("alice", "ben", "carol")
    ]
    return identities(*everybody, groups=groups)


def is_granted(decision):
    assert isinstance(decision, Granted) or rules_of(decision) == ["session-limit"], decision
    return isinstance(decision, Granted)


@pytest.mark.parametrize("many", range(4))
def test_a_person_has_at_most_so_many_sessions_on_whatever_cluster_and_escalation(many):
    mine = [held(f"old-{number}", source=f"escalation/{number}", cluster=f"c{number}") for number in range(many)]
    assert is_granted(decided(SessionLimits(per_user=2), *mine)) is (many < 2)


@pytest.mark.parametrize("many", range(4))
def test_an_escalation_has_at_most_so_many_sessions_of_whomever(many):
    theirs = [held(f"old-{number}", f"person-{number}") for number in range(many)]
    assert is_granted(decided(SessionLimits(total=2), *theirs)) is (many < 2)


def test_other_people_and_other_escalations_do_not_count():
    assert is_granted(decided(SessionLimits(per_user=1), held("a", "dora"), held("b", "ben")))
    assert is_granted(decided(SessionLimits(total=1), held("a", "dora", source="escalation/scale")))


def test_who_has_the_subject_s_username_is_the_same_user_under_another_name():
    assert not is_granted(decided(SessionLimits(per_user=1), held("a", "ally", subject="alice@example.com")))


def test_sessions_count_as_they_were_when_the_request_landed():
    assert is_granted(decided(SessionLimits(per_user=1), held("over", until=MERGED)))
    just_then = held("over-since", until=MERGED + timedelta(seconds=1))
    assert just_then.until < NOW
    assert not is_granted(decided(SessionLimits(per_user=1), just_then))


def test_the_refusal_names_the_sessions_that_fill_the_limit():
    decision = decided(SessionLimits(per_user=2), held("a"), held("b", cluster="edge"), held("c", "dora"))
    (reason,) = decision.reasons
    assert reason.message == (
        "2 is the most sessions at a time that alice may have, and there are "
        "prod/a until 2026-03-10 02:56:00 UTC, edge/b until 2026-03-10 02:56:00 UTC"
    )


@pytest.mark.parametrize(("unknown", "outcome"), [((), Granted), (("x",), Unknown), (("x", "y"), Unknown)])
def test_what_is_not_known_is_not_taken_for_nothing(unknown, outcome):
    assert isinstance(decided(SessionLimits(per_user=2), held("a"), unknown=unknown), outcome)
    assert isinstance(decided(SessionLimits(total=2), held("a"), unknown=unknown), outcome)


def test_what_is_not_known_does_not_matter_where_there_is_room_or_none_anyway():
    assert is_granted(decided(SessionLimits(per_user=3), held("a"), unknown=("x",)))
    assert not is_granted(decided(SessionLimits(per_user=1), held("a"), unknown=("x",)))


def test_one_limit_that_is_full_denies_though_the_other_is_not_known():
    mixed = decided(SessionLimits(per_user=2, total=1), held("a", "dora"), held("b", source="x"), unknown=("y",))
    assert not is_granted(mixed)


def test_where_nobody_has_counted_a_limit_can_not_be_kept():
    assert isinstance(decided(SessionLimits(per_user=9), counted=False), Unknown)
    assert is_granted(decided(SessionLimits(), counted=False))


@pytest.mark.parametrize(
    ("own", "providers", "signs_in", "most"),
    [
        (SessionLimits(), [provider("corp", per_user=2)], ["corp"], 2),
        (SessionLimits(per_user=3), [provider("corp", per_user=2)], ["corp"], 3),
        (SessionLimits(total=9), [provider("corp", per_user=2)], ["corp"], 2),
        (SessionLimits(unlimited=True), [provider("corp", per_user=2)], ["corp"], None),
        (SessionLimits(), [provider("corp", per_user=2)], [], None),
        (SessionLimits(), [provider("corp", per_user=3), provider("lab", per_user=2)], ["corp", "lab"], 2),
        (SessionLimits(), [provider("corp", per_user=2, disabled=True)], ["corp"], 2),
        (SessionLimits(), [provider("corp", per_user=1, group_limits=(GroupLimit("dev*", 3),))], ["corp"], 3),
        (SessionLimits(), [provider("corp", per_user=3, group_limits=(GroupLimit("dev*", 1),))], ["corp"], 1),
        (SessionLimits(), [provider("corp", per_user=1, group_limits=(GroupLimit("Dev*", 3),))], ["corp"], 1),
        (
            SessionLimits(),
            [provider("corp", group_limits=(GroupLimit("sre"), GroupLimit("d*", 2), GroupLimit("dev*", 3)))],
            ["corp"],
            2,
        ),
        (
            SessionLimits(),
            [provider("corp", per_user=1, group_limits=(GroupLimit("*", unlimited=True),))],
            ["corp"],
            None,
        ),
        (SessionLimits(), [provider("corp", per_user=2, group_limits=(GroupLimit("*"),))], ["corp"], 2),
    ],
)
def test_the_escalation_s_word_comes_first_then_the_first_group_s_then_the_provider_s(own, providers, signs_in, most):
    people = alice(*signs_in, groups={"developers": ["alice"], "leads": ["ben"]})
    for many in range(4):
        sessions = [held(f"old-{number}") for number in range(many)]
        granted = is_granted(decided(own, *sessions, providers=providers, people=people))
        assert granted is (most is None or many < most)


def test_a_provider_that_is_not_there_may_have_had_a_limit():
    assert not is_granted(decided(SessionLimits(), people=alice("gone")))
    assert is_granted(decided(SessionLimits(per_user=1), people=alice("gone")))


def test_the_stricter_of_both_policies_holds():
    def side(commit, **limits):
        return policy(escalation(session_limits=SessionLimits(**limits)), commit=commit * 40)

    for pair in ((side("p", per_user=1), side("q", per_user=5)), (side("p", per_user=5), side("q", per_user=1))):
        asked = replace(case(review("ben"), policies=pair), sessions=Sessions((held("a"),)))
        assert not is_granted(authorize(asked, now=NOW))


def test_a_breakglass_is_no_session():
    side = policy(escalation(), offers=(offer(),), providers=(provider("corp", per_user=1),), people=alice("corp"))
    asked = replace(
        case(review("ben"), request=breakglass(), policies=(side,)), sessions=Sessions((held("a"), held("b")))
    )
    assert is_granted(authorize(asked, now=NOW))
    assert not may_bind(breakglass(), (side,))


def test_sessions_are_only_counted_where_a_limit_may_ask_for_it():
    assert not may_bind(session(), (policy(),))
    assert may_bind(session(), (policy(), policy(escalation(session_limits=SessionLimits(total=1)))))
    assert may_bind(session(), (policy(providers=(provider("corp", group_limits=(GroupLimit("*", 1),)),)),))
    assert not may_bind(
        session(),
        (policy(escalation(session_limits=SessionLimits(unlimited=True)), providers=(provider("corp", per_user=1),)),),
    )
