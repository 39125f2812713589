"""What was approved is what the gate's comment showed, or nothing is granted."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gitops_breakglass.core.authorize import authorize
from gitops_breakglass.core.authorize.shown import show
from gitops_breakglass.core.rbac.algebra import rule
from gitops_breakglass.model.decision import Granted
from gitops_breakglass.model.policy import ClusterRole, Rbac
from tests.unit.authorize.world import (
    NOW,
    breakglass,
    case,
    change,
    escalation,
    offer,
    policy,
    review,
    rules_of,
    session,
)


def side(*rules, **more):
    return replace(policy(offers=(offer(),), **more), rbac=Rbac((ClusterRole("pod-exec", rules),)))


PODS = rule(["get"], ["pods"])
SHOWN = side(PODS)
WIDER = side(PODS, rule(["get"], ["secrets"]), commit="q" * 40)
REWORDED = side(PODS, commit="r" * 40)


def digest(policy_side, request=None):
    return show(change(), request or session(), policy_side, NOW).digest


def decided(*policies, shown, request=None):
    return authorize(case(review(), request=request, policies=policies, shown=shown), now=NOW)


@pytest.mark.parametrize("request_", [session(), breakglass()], ids=["session", "breakglass"])
def test_what_is_granted_as_it_was_shown_keeps_the_digest(request_):
    decision = decided(SHOWN, shown=(digest(SHOWN, request_),), request=request_)
    assert isinstance(decision, Granted)
    assert decision.evidence.digest == digest(SHOWN, request_)


def test_without_a_comment_nothing_was_shown_and_the_digest_is_that_of_where_it_landed():
    decision = decided(SHOWN, WIDER, shown=())
    assert isinstance(decision, Granted)
    assert decision.evidence.digest == digest(SHOWN)


def test_a_policy_that_gives_more_than_was_shown_grants_nothing():
    assert rules_of(decided(WIDER, shown=(digest(SHOWN),))) == ["shown-otherwise"]


@pytest.mark.parametrize("policies", [(SHOWN, WIDER), (WIDER, SHOWN)], ids=["landed", "now"])
def test_what_one_of_the_two_policy_sides_shows_is_enough_since_no_more_than_that_is_granted(policies):
    decision = decided(*policies, shown=(digest(SHOWN),))
    assert isinstance(decision, Granted)
    assert decision.evidence.digest == digest(SHOWN)


def test_a_policy_commit_that_changes_nothing_of_it_takes_nothing_back():
    assert isinstance(decided(REWORDED, shown=(digest(SHOWN),)), Granted)


def test_a_longer_session_than_was_shown_is_refused():
    longer = side(PODS)
    longer = replace(longer, escalations=(escalation(max_valid_for=timedelta(hours=4)),))
    asked = session(duration=None)
    assert rules_of(decided(longer, shown=(digest(SHOWN, asked),), request=asked)) == ["shown-otherwise"]


def test_other_content_than_was_shown_is_refused():
    elsewhere = show(change(blob_head="d" * 40), session(), SHOWN, NOW).digest
    assert rules_of(decided(SHOWN, shown=(elsewhere,))) == ["shown-otherwise"]
    assert isinstance(decided(SHOWN, shown=(elsewhere, digest(SHOWN))), Granted)
