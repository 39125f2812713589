"""Reconcile: on every cluster end what is over, then prove what is new, then apply it; clusters fail alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple

from gitops_breakglass.core.record import CHECKPOINT, one_each
from gitops_breakglass.core.render.breakglass_failure import attempts_of
from gitops_breakglass.core.use.idle import still_open
from gitops_breakglass.flows.apply import Hands, apply, restore_resources, write_checkpoint
from gitops_breakglass.flows.book import is_believed, read_book
from gitops_breakglass.flows.debug.session_sights import Sights
from gitops_breakglass.flows.debug.session_states import session_states
from gitops_breakglass.flows.ends.remains import look_after
from gitops_breakglass.flows.ends.sweep import next_end, sweep_state
from gitops_breakglass.flows.keep_ledger import tell
from gitops_breakglass.flows.look_around import Left, look_around
from gitops_breakglass.flows.plan import plan_cluster
from gitops_breakglass.flows.settle import settle_sessions
from gitops_breakglass.flows.sources import Sources
from gitops_breakglass.flows.statuses import status_updates, write_statuses
from gitops_breakglass.flows.use import Used, look_at_use
from gitops_breakglass.model.errors import BreakglassError, BugError, UsageError
from gitops_breakglass.model.finding import in_order
from gitops_breakglass.model.grant import Record
from gitops_breakglass.model.lease import RECONCILER
from gitops_breakglass.model.outcome import Applied, ClusterReport, Outcome, Remained, RunReport
from gitops_breakglass.model.plan import ClusterPlan
from gitops_breakglass.model.use import Use
from gitops_breakglass.ports import ClusterState


def reconcile(clusters: Sequence[Hands], read: Callable[[], Sources], unknown: str | None = None) -> RunReport:
    """Run once over every cluster. First everything that is over ends everywhere; only then is git or forge looked at.

    On no cluster is anything waited for before each has been planned and its plan carried out, ends first.

    `read` fetches and opens the repository; where it can't, everything has still ended. So it has where `unknown` says
    what was found out before that makes it of no use. Where somebody else grants on a cluster it is only swept.
    """
    swept = {id(hands): _swept(hands) for hands in clusters}
    waiting = {
        id(hands): replace(_only_swept(hands, swept[id(hands)]), standby=why)
        for hands in clusters
        if (why := hands.standby()) is not None
    }
    if len(waiting) == len(clusters):
        return RunReport(tuple(waiting.values()))
    try:
        sources = None if unknown else read()
    except BreakglassError as error:
        sources, unknown = None, error.in_one_line()
    except Exception as error:  # noqa: BLE001 - a bug in reading must not hide what has ended
        sources, unknown = None, BugError.of(error).in_one_line()
    if sources is None:
        return RunReport(tuple(_only_swept(hands, swept[id(hands)]) for hands in clusters), unknown=(unknown or "",))
    done = [(hands, waiting.get(id(hands)) or _applied(hands, sources, swept[id(hands)])) for hands in clusters]
    until = _next_end_anywhere(done)
    return RunReport(tuple(_reconciled(_patient(hands, until), sources, each) for hands, each in done))


@dataclass(frozen=True)
class _Swept:
    """What ended before anything else, and what was read for that; `state` is None where the sweep changed it."""

    outcomes: tuple[Outcome, ...]
    state: ClusterState | None


def _only_swept(hands: Hands, swept: _Swept | BreakglassError) -> ClusterReport:
    if isinstance(swept, BreakglassError):
        return ClusterReport(hands.cluster.name, unreachable=swept.in_one_line())
    try:
        state = _state_now(hands, swept)
    except BreakglassError as error:
        return ClusterReport(hands.cluster.name, outcomes=swept.outcomes, unreachable=error.in_one_line())
    return ClusterReport(hands.cluster.name, at=state.now, outcomes=swept.outcomes, due=next_end(state))


def _swept(hands: Hands) -> _Swept | BreakglassError:
    try:
        state = hands.cluster.read()
        outcomes = tuple(sweep_state(hands.cluster, hands.pool, state, by=RECONCILER))
    except BreakglassError as error:
        return error
    except Exception as error:  # noqa: BLE001 - a bug that one cluster meets must not keep the others from ending access
        return BugError.of(error)
    changed = any(not isinstance(each, Remained) for each in outcomes)
    return _Swept(outcomes, None if changed else state)


def _state_now(hands: Hands, swept: _Swept) -> ClusterState:
    """Return what is on the cluster: what the sweep read, if it changed nothing, at the time that it is since."""
    return hands.cluster.read() if swept.state is None else replace(swept.state, now=hands.cluster.now())


@dataclass(frozen=True)
class _Applied:
    """One cluster whose plan was carried out, before anything is waited for; `state` is what it was planned from."""

    plan: ClusterPlan
    state: ClusterState
    applied: Sequence[Outcome]
    swept: _Swept
    used: Used


def _applied(hands: Hands, sources: Sources, swept: _Swept | BreakglassError) -> _Applied | ClusterReport:
    name = hands.cluster.name
    if isinstance(swept, BreakglassError):
        return ClusterReport(name, unreachable=swept.in_one_line(), is_bug=isinstance(swept, BugError))
    try:
        state = _state_now(hands, swept)
        used = look_at_use(hands, state, sources)
        if used.outcomes:
            state = hands.cluster.read()
        plan = _with_key(plan_cluster(hands.cluster, sources, hands.signer.verify, state=state), hands)
        plan = replace(plan, findings=in_order((*plan.findings, *used.findings)))
        _begin(plan, hands, state)
        return _Applied(plan, state, [*used.outcomes, *apply(plan, hands)], swept, used)
    except Exception as error:  # noqa: BLE001 - a bug that one cluster meets must not stop the others
        return _failed(hands, swept, error)


def _next_end_anywhere(done: Iterable[tuple[Hands, _Applied | ClusterReport]]) -> datetime | None:
    """Return when the next end on any of the clusters is due, by our own clock."""
    return min(
        (
            hands.clock.now() + (end - each.state.now)
            for hands, each in done
            if isinstance(each, _Applied) and hands.clock is not None and (end := next_end(each.state)) is not None
        ),
        default=None,
    )


def _patient(hands: Hands, until: datetime | None) -> Hands:
    """Return the hands with no more patience than there is until then."""
    if hands.clock is None or until is None:
        return hands
    return replace(hands, patience=min(hands.patience, max(until - hands.clock.now(), timedelta())))


def _reconciled(hands: Hands, sources: Sources, done: _Applied | ClusterReport) -> ClusterReport:
    """Wait for the pods of new debug sessions, and write down what came of everything."""
    if isinstance(done, ClusterReport):
        return done
    try:
        plan, outcomes = done.plan, [*done.swept.outcomes, *done.applied]
        rights = settle_sessions(plan, hands, sources, done.applied)
        outcomes += rights.outcomes
        plan = replace(plan, enforcement={**plan.enforcement, **rights.enforcement})
        settled = settle(plan, hands, outcomes, state=None if done.applied else done.state, uses=done.used.uses)
        outcomes += settled.outcomes
    except Exception as error:  # noqa: BLE001 - as above
        return _failed(hands, done.swept, error)
    return ClusterReport(
        hands.cluster.name,
        at=plan.at,
        plan=plan,
        outcomes=tuple(outcomes),
        recorded=settled.recorded,
        ledger=settled.ledger,
    )


def _failed(hands: Hands, swept: _Swept, error: Exception) -> ClusterReport:
    told = error if isinstance(error, BreakglassError) else BugError.of(error)
    return ClusterReport(
        hands.cluster.name, outcomes=swept.outcomes, unreachable=told.in_one_line(), is_bug=told is not error
    )


def _begin(plan: ClusterPlan, hands: Hands, state: ClusterState) -> None:
    """Write a checkpoint before the first decision of all, so that a first run that is killed is not taken for a loss."""
    if not plan.decisions or plan.held or plan.checkpoint is None or plan.trust is None:
        return
    if not any(live.key.kind == "Checkpoint" for live in state.objects):
        root = plan.trust.policy
        start = replace(plan.checkpoint, commit=root, policy=root, undecided=(), ledger="")
        write_checkpoint(replace(plan, checkpoint=start), hands, None)


class Settled(NamedTuple):
    """What was written after acting, whose decisions are on record, and the hash of the ledger's last entry."""

    outcomes: list[Outcome]
    recorded: frozenset[str]
    ledger: str


def settle(
    plan: ClusterPlan,
    hands: Hands,
    told: Sequence[Outcome] = (),
    *,
    state: ClusterState | None = None,
    uses: Mapping[str, Use] = MappingProxyType({}),
) -> Settled:
    """Read back what is there after acting, write it into records and resources, and remember where the run stood.

    `told` is what came of the run so far; `state` is what is there where nothing was done, and need not be read again;
    `uses` is what the audit log told of grants, by request uid.
    """
    left = Left.of(told, plan.conflicts)
    records: Mapping[str, Record] = one_each(plan.records)
    if state is None:
        state, records = _read_back(hands)
    over = {*plan.over, *left.requests}
    restored = restore_resources([each for uid, each in records.items() if uid not in over], state, hands)
    if restored:
        state, records = _read_back(hands)
    before = [each.live for each in plan.ends]
    seen = look_around(records, state, plan.over.keys(), left=left, before=before, judged_at=plan.at, by=RECONCILER)
    # What was over by the clock was looked after at the run's beginning.
    early = [each for uid, each in records.items() if uid in plan.over and each.ended_at is None]
    looked = look_after(hands.cluster, hands.pool, early, state.now, plan.over.keys())
    sessions = {**session_states(records, Sights(hands.cluster, state)), **looked.sessions}
    kept, marks = tell(plan, hands, records, seen, sessions)
    updates = status_updates(
        records,
        seen,
        by=RECONCILER,
        whys=plan.over,
        marks=marks,
        enforcement=plan.enforcement,
        attempts=attempts_of(told, is_whole=True, of=records),
        sessions=sessions,
        uses=uses,
    )
    written = write_statuses(hands.cluster, hands.pool, updates)
    live = next((each for each in state.objects if each.key.kind == "Checkpoint" and each.key.name == CHECKPOINT), None)
    after = _as_recorded(plan, records)
    if after.checkpoint is not None and all(isinstance(each, Applied) for each in written):
        # Only where every mark is written: what is not marked is looked for from here on.
        after = replace(after, checkpoint=replace(after.checkpoint, head=kept.head))
    if hands.audit is not None and all(isinstance(each, Applied) for each in written):
        # What could not be written is read again; nothing is counted twice.
        hands.audit.keep()
    outcomes = [*restored, *looked.outcomes, *kept.outcomes, *written, *write_checkpoint(after, hands, live)]
    outcomes += still_open(records, uses, seen.ended, state.now)
    recorded = frozenset(each.uid for each in plan.decisions if each.uid in records)
    return Settled(outcomes, recorded, str(kept.head) if kept.head.sequence else "")


def _read_back(hands: Hands) -> tuple[ClusterState, Mapping[str, Record]]:
    state = hands.cluster.read()
    return state, read_book(state, hands.cluster.name, hands.signer.verify).records


def _as_recorded(plan: ClusterPlan, records: Mapping[str, Record]) -> ClusterPlan:
    """Take back from the checkpoint what could not be recorded, so that the next run decides it again."""
    if plan.checkpoint is None:
        return plan
    lost = [statement for statement in plan.decisions if statement.uid not in records]
    kept = [statement for statement in plan.decisions if statement.uid in records]
    undecided = tuple(sorted({*plan.checkpoint.undecided, *(statement.uid for statement in lost)}))
    ledger = plan.checkpoint.ledger
    if lost:
        ledger = plan.decisions[0].previous
    if kept:
        # As it is recorded: another run may have decided it at the same time.
        ledger = records[kept[-1].uid].digest
    return replace(plan, checkpoint=replace(plan.checkpoint, undecided=undecided, ledger=ledger))


def _with_key(plan: ClusterPlan, hands: Hands) -> ClusterPlan:
    """Return the plan, held back where what would be signed would not be believed afterwards; ends go on."""
    if plan.trust is None or plan.checkpoint is None:
        return plan
    try:
        if is_believed(hands.signer, plan.trust):
            return plan
        why = "the key to sign with is not one that the trust root pins: use the reconciler's, or install again"
    except UsageError as error:
        why = error.in_one_line()
    return replace(plan, held=(*plan.held, why), checkpoint=None)
