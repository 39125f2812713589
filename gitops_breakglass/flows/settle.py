"""After debug sessions are made: waits for their pods, and makes the rights on those that are there in the same run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from gitops_breakglass.core.plan.ownership import is_session_object
from gitops_breakglass.flows.apply import Hands, apply
from gitops_breakglass.flows.book import read_book
from gitops_breakglass.flows.debug.session_sights import Sights
from gitops_breakglass.flows.debug.session_states import session_states
from gitops_breakglass.flows.ends.sweep import next_end
from gitops_breakglass.flows.plan import plan_rights
from gitops_breakglass.flows.sources import Sources
from gitops_breakglass.model.enforcement import Enforcement
from gitops_breakglass.model.outcome import Applied, Failed, Outcome, Verb
from gitops_breakglass.model.plan import ClusterPlan
from gitops_breakglass.ports import ClusterState

_BETWEEN_LOOKS = timedelta(seconds=1)


@dataclass(frozen=True)
class SettledSessions:
    """What came of the rights, and how deny policies narrow them, by the uid of the request."""

    outcomes: list[Outcome] = field(default_factory=list)
    enforcement: Mapping[str, tuple[Enforcement, ...]] = field(default_factory=dict)


def settle_sessions(plan: ClusterPlan, hands: Hands, sources: Sources, told: Sequence[Outcome]) -> SettledSessions:
    """Wait until what this run made of sessions is ready, or for as long as `hands.patience` says, and make the rights on it.

    It never waits past the next end on the cluster, which comes first. What is not ready then is followed by later runs.
    """
    requests = _made(told) - _broken(plan, told)
    if not requests or plan.held:
        return SettledSessions()
    _wait(requests, hands)
    rights = plan_rights(hands.cluster, sources, hands.signer.verify, requests)
    return SettledSessions(apply(rights, hands, ended=()), rights.enforcement)


def _made(told: Iterable[Outcome]) -> frozenset[str]:
    """Return the requests of which something was made that pods follow from."""
    return frozenset(
        each.request
        for each in told
        if isinstance(each, Applied)
        and ((each.verb is Verb.CREATED and is_session_object(each.key)) or each.verb is Verb.INJECTED)
    )


def _broken(plan: ClusterPlan, told: Iterable[Outcome]) -> frozenset[str]:
    """Return the requests that get no rights, since something was not made that their template does not let pass."""
    statements = [*plan.decisions, *(each.statement for each in plan.records if each.statement is not None)]
    open_ones = {each.uid for each in statements if each.debug is not None and each.debug.fails_open}
    return frozenset(each.request for each in told if isinstance(each, Failed) and not each.ending) - open_ones


def _wait(requests: frozenset[str], hands: Hands) -> None:
    if hands.clock is None:
        return
    state = hands.cluster.read()
    end = next_end(state)
    longest = hands.patience if end is None else min(hands.patience, end - state.now - _BETWEEN_LOOKS)
    until = hands.clock.now() + longest
    while _waits(requests, state, hands) and hands.clock.now() + _BETWEEN_LOOKS <= until:
        hands.clock.sleep(_BETWEEN_LOOKS.total_seconds())
        state = hands.cluster.read()


def _waits(requests: frozenset[str], state: ClusterState, hands: Hands) -> bool:
    records = read_book(state, hands.cluster.name, hands.signer.verify).records
    chosen = {uid: record for uid, record in records.items() if uid in requests}
    return any(each.not_ready for each in session_states(chosen, Sights(hands.cluster, state)).values())
