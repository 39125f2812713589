"""What a run would do to one cluster, as a value; it is handed readers only, so it can change nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime
from functools import cache, partial

from gitops_breakglass.core.plan.begins import begins
from gitops_breakglass.core.plan.brakes import brakes, emptied, frozen, live_grants
from gitops_breakglass.core.plan.diff import Difference, diff
from gitops_breakglass.core.plan.ends import ended, hidden, in_ending_order
from gitops_breakglass.core.plan.ownership import is_session_object
from gitops_breakglass.core.read.kinds import CONFIGURATION, FREEZE, looks_like_freeze
from gitops_breakglass.core.record import Verify, digest_of
from gitops_breakglass.core.render.open_windows import Rendered, render_now
from gitops_breakglass.core.retention import outlived
from gitops_breakglass.core.statement import print_statement
from gitops_breakglass.flows.book import Book, read_book
from gitops_breakglass.flows.debug.desired_session import Sessions
from gitops_breakglass.flows.denies import Look
from gitops_breakglass.flows.desired import Desired, desired_now, with_fresh
from gitops_breakglass.flows.ends.sweep import look
from gitops_breakglass.flows.hidden_edits import hidden_findings, with_hidden_edits
from gitops_breakglass.flows.judge import ClusterFacts
from gitops_breakglass.flows.landed import Judgements, Survey, judge_new, survey_repository
from gitops_breakglass.flows.sources import REQUESTS, Sources
from gitops_breakglass.flows.unknown_access import unknown_and_edited
from gitops_breakglass.model.decision import Unknown
from gitops_breakglass.model.enforcement import Compiled
from gitops_breakglass.model.errors import RepositoryError, UnreachableError
from gitops_breakglass.model.finding import Finding, Location, Severity, in_order
from gitops_breakglass.model.grant import Checkpoint, LedgerHead, Statement
from gitops_breakglass.model.kube import REQUEST, LiveObject
from gitops_breakglass.model.outcome import Failed
from gitops_breakglass.model.plan import ClusterPlan, Conflict, Delete
from gitops_breakglass.model.policy import Brakes, Freeze, Rbac
from gitops_breakglass.model.request import RequestId
from gitops_breakglass.ports import ClusterReader, ClusterState


def plan_cluster(
    cluster: ClusterReader, sources: Sources, verify: Verify, *, state: ClusterState | None = None
) -> ClusterPlan:
    """Plan one cluster. Where the repository or the forge can't be read, only ends are planned, and it says so.

    `state` is what was read of it just now; without one it is read.

    Raises UnreachableError or RefusedError where the cluster can't be read, UsageError where nothing is installed.
    """
    state = state or cluster.read()
    book = read_book(state, cluster.name, verify)
    overdue = (
        *ended(state.objects, book.records.values(), state.now),
        *outlived(state.objects, book.records.values(), state.now),
    )
    bare = ClusterPlan(cluster.name, state.now, ends=overdue, records=tuple(book.records.values()), trust=book.trust)
    try:
        survey = survey_repository(cluster.name, sources, book, state.now)
        if not (survey.track.rooted and survey.track.descends):
            held = brakes(survey.track, (), Brakes())
            return replace(bare, held=held, findings=book.findings)
        return _plan(cluster, sources, state, book, survey)
    except (RepositoryError, UnreachableError) as error:
        return replace(bare, unknown=(error.in_one_line(),), findings=book.findings)


def _plan(cluster: ClusterReader, sources: Sources, state: ClusterState, book: Book, survey: Survey) -> ClusterPlan:
    # Only asked for where something is to be judged, or is live: the files of ended requests stay for years.
    rbac = cache(cluster.rbac)
    facts = cache(partial(_facts, cluster, state.uid, rbac))
    judgements = judge_new(sources, book, survey, facts, state.now)
    sessions = Sessions(cluster, state, facts)
    lasting = desired_now(sources, book, survey.history, survey.entries, survey.touches, sessions)
    lost, unseen = _hidden_ends(cluster, book, state, lasting.over.keys())
    fresh = {
        each.uid: _fresh(each, judgements.held.get(each.uid), sessions)
        for each in judgements.statements
        if each.uid in judgements.held or each.debug is not None
    }
    desired = with_fresh(lasting, fresh)
    difference = with_hidden_edits(_difference(desired, state.objects, book), desired.objects, book.records, cluster)
    held_grants = {**desired.held, **judgements.held}
    policy = survey.history.now()
    held = _held(cluster.name, sources, book, survey, judgements.statements)
    return ClusterPlan(
        cluster=cluster.name,
        at=state.now,
        ends=in_ending_order((*difference.ends, *lost, *outlived(state.objects, book.records.values(), state.now))),
        shrinks=difference.shrinks,
        guards=difference.guards,
        decisions=judgements.statements,
        begins=begins(desired.occurrences, book.records, judgements.statements),
        creations=difference.creations,
        injections=desired.injections,
        refreshes=difference.refreshes,
        keeps=difference.keeps,
        conflicts=(*difference.conflicts, *desired.conflicts, *unseen),
        judged=judgements.judged,
        records=tuple(book.records.values()),
        findings=in_order(
            (
                *book.findings,
                *survey.history.findings,
                *judgements.findings,
                *desired.findings,
                *_told(held_grants.values()),
                *hidden_findings(cluster.name, difference.ends),
                *unknown_and_edited(cluster.name, state, book.records, rbac, policy.rbac if policy else Rbac()),
            )
        ),
        trust=book.trust,
        in_force=policy.configuration if policy else None,
        side=policy,
        checkpoint=_checkpoint(book, survey, judgements, held=bool(held), now=state.now),
        held=held,
        over={uid: why for uid, why in desired.over.items() if uid not in {each.request for each in unseen}},
        enforcement={uid: each.enforcement for uid, each in held_grants.items()},
        unknown=_unknown(judgements, survey, policy is None),
    )


def _held(
    cluster: str, sources: Sources, book: Book, survey: Survey, decisions: Sequence[Statement]
) -> tuple[str, ...]:
    policy = survey.history.now()
    limits = policy.configuration.brakes if policy else Brakes()
    live = live_grants(book.records.values())
    paths = {entry.path for entry in sources.repository.entries(survey.tip)}
    asks = any(path.startswith(REQUESTS) for path in paths)
    here = _freeze_at_tip(sources, survey.tip, paths)
    in_force = policy.freeze if policy is not None and policy.commit != survey.tip else None
    return (
        *brakes(survey.track, decisions, limits, live),
        *emptied(CONFIGURATION in paths, () if asks else live),
        *frozen(cluster, ((survey.tip, here), (survey.history.in_force, in_force if in_force != here else None))),
    )


def _freeze_at_tip(sources: Sources, tip: str, paths: AbstractSet[str]) -> Freeze | None:
    """Return the kill switch of the default branch; one of a name that does not count holds too, since somebody meant it."""
    named = sorted(filter(looks_like_freeze, paths))
    if not named:
        return None
    if FREEZE not in named:
        return Freeze(reason=f"its name is {named[0]}")
    at_tip = sources.policy_at(tip)[0]
    return (at_tip.freeze if at_tip is not None else None) or Freeze()


def plan_rights(cluster: ClusterReader, sources: Sources, verify: Verify, requests: AbstractSet[str]) -> ClusterPlan:
    """Plan the rights of debug sessions of these requests (by uid), once their pods are there: nothing is decided or ended.

    Raises UnreachableError, RefusedError or RepositoryError.
    """
    state = cluster.read()
    book = read_book(state, cluster.name, verify)
    chosen = replace(book, records={uid: record for uid, record in book.records.items() if uid in requests})
    survey = survey_repository(cluster.name, sources, book, state.now)
    facts = cache(partial(_facts, cluster, state.uid, cluster.rbac))
    sessions = Sessions(cluster, state, facts)
    desired = desired_now(sources, chosen, survey.history, survey.entries, survey.touches, sessions)
    live = [each for each in state.objects if each.labels.get(REQUEST) in requests]
    found = _difference(desired, live, chosen)
    return ClusterPlan(
        cluster.name,
        state.now,
        shrinks=found.shrinks,
        guards=found.guards,
        creations=tuple(each for each in found.creations if not is_session_object(each.key)),
        refreshes=found.refreshes,
        keeps=found.keeps,
        records=tuple(book.records.values()),
        trust=book.trust,
        enforcement={uid: each.enforcement for uid, each in desired.held.items()},
    )


def _difference(desired: Desired, live: Sequence[LiveObject], book: Book) -> Difference:
    return diff(
        desired.objects,
        live,
        book.records,
        desired.reasons,
        enumerated=desired.enumerated,
        frozen=desired.frozen,
        followers=desired.followers,
    )


def _fresh(statement: Statement, held: Compiled | None, sessions: Sessions) -> Rendered:
    """Return what a decision of this run makes at once; of a debug session that is no right, since no pod is there."""
    digest = digest_of(print_statement(statement))
    if statement.debug is not None:
        return sessions.begin(statement, statement.debug, digest)
    return render_now(statement, held or Compiled((), ()), digest, sessions.state.now)


def _facts(cluster: ClusterReader, uid: str, rbac: Callable[[], Rbac]) -> ClusterFacts:
    return ClusterFacts(uid, rbac(), cluster.discovery(), Look(cluster.deny_facts), cache(cluster.get))


def _hidden_ends(
    cluster: ClusterReader, book: Book, state: ClusterState, over: AbstractSet[str]
) -> tuple[list[Delete], list[Conflict]]:
    """Return what lost our label and has to go before its time, and what could not even be looked at."""
    found = [look(cluster, *each) for each in hidden(book.records.values(), state.objects, state.now, over)]
    unseen = [Conflict(each.key, each.request, each.error) for each in found if isinstance(each, Failed)]
    return [each for each in found if isinstance(each, Delete)], unseen


def _told(held: Iterable[Compiled]) -> tuple[Finding, ...]:
    """Return what the authors of deny policies should know, each thing once."""
    notes = dict.fromkeys(note for each in held for note in each.notes)
    return tuple(
        Finding(note.rule, note.message, note.location or Location("policies"), Severity.NOTE, note.hint)
        for note in notes
    )


def _checkpoint(book: Book, survey: Survey, judgements: Judgements, *, held: bool, now: datetime) -> Checkpoint | None:
    """Return what to remember of this run.

    While a brake holds that is only what was seen, since nothing was decided; and nothing where it holds because of the
    checkpoint, which a new one would hide.
    """
    if survey.track.checkpoint_problem is not None or survey.track.forgotten:
        return None
    before = book.checkpoint
    decided = {record.statement.request for record in book.records.values() if record.statement}
    if not held:
        decided |= {statement.request for statement in judgements.statements}
    waiting = judgements.undecided + tuple(each.uid for each in judgements.statements if held)
    sights = {
        key: at
        for key, at in sorted(survey.sights.items())
        if not _is_of(key, decided) and survey.may_matter(key, waiting, book.trust.repository, at, now)
    }
    root = book.trust.policy
    if held:
        started = before or Checkpoint(book.trust.repository, book.trust.cluster_uid, root, root, root)
        return replace(started, sights=sights)
    ledger = before.ledger if before else ""
    return Checkpoint(
        repository=book.trust.repository,
        cluster_uid=book.trust.cluster_uid,
        commit=survey.tip,
        policy=survey.history.in_force,
        root=root,
        sights=sights,
        undecided=tuple(sorted(judgements.undecided)),
        head=before.head if before else LedgerHead(),
        ledger=digest_of(print_statement(judgements.statements[-1])) if judgements.statements else ledger,
    )


def _is_of(sight: str, decided: set[RequestId]) -> bool:
    """Whether a sight is of a request that is decided, so that nothing will ask for it again."""
    parts = sight.split(" ")
    if len(parts) == 1:
        return False
    for prefix in ("refs/tags/breakglass/approve/", "breakglass/"):
        if parts[1].startswith(prefix):
            cluster, _, rest = parts[1].removeprefix(prefix).partition("/")
            return RequestId(cluster, rest.partition("/")[0]) in decided
    return False


def _unknown(judgements: Judgements, survey: Survey, unreadable: bool) -> tuple[str, ...]:  # noqa: FBT001
    unknown = [
        f"{judged.request}: {judged.decision.reasons[0].message}"
        for judged in judgements.judged
        if isinstance(judged.decision, Unknown)
    ]
    if unreadable:
        unknown.append(f"the policy side at {survey.history.in_force[:12]} can't be read, so nothing new is granted")
    return tuple(unknown)
