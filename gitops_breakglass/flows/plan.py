"""What a run would do to one cluster, as a value; it is handed readers only, so it can change nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from gitops_breakglass.core.names import request_uid
from gitops_breakglass.core.plan.brakes import Track, brakes
from gitops_breakglass.core.plan.diff import diff
from gitops_breakglass.core.plan.ends import ended, hidden, in_ending_order
from gitops_breakglass.core.record import Verify, digest_of
from gitops_breakglass.core.render.decision import Place
from gitops_breakglass.core.render.grant import render_window
from gitops_breakglass.core.statement import print_statement
from gitops_breakglass.flows.book import Book, read_book
from gitops_breakglass.flows.desired import Desired, desired_now
from gitops_breakglass.flows.history import PolicyHistory, policy_history
from gitops_breakglass.flows.judge import ClusterFacts, judge
from gitops_breakglass.flows.sources import REQUESTS, Sources
from gitops_breakglass.flows.sweep import look
from gitops_breakglass.model.change import Touch
from gitops_breakglass.model.decision import Unknown
from gitops_breakglass.model.errors import RepositoryError, UnreachableError
from gitops_breakglass.model.finding import Finding, Location, Severity, in_order
from gitops_breakglass.model.grant import Checkpoint, Statement
from gitops_breakglass.model.kube import Manifest, ObjectKey, key_of
from gitops_breakglass.model.outcome import Failed
from gitops_breakglass.model.plan import ClusterPlan, Conflict, Delete, Judged
from gitops_breakglass.model.policy import Brakes
from gitops_breakglass.model.request import RequestId
from gitops_breakglass.ports import ClusterReader, ClusterState, TreeEntry


@dataclass(frozen=True)
class Survey:
    """What one run read of the repository for one cluster."""

    tip: str
    entries: Mapping[str, TreeEntry]
    """The request files of this cluster on the default branch."""
    touches: tuple[Touch, ...]
    history: PolicyHistory
    sights: Mapping[str, datetime]
    track: Track


@dataclass(frozen=True)
class Judgements:
    """What became of every merged request that had no record yet."""

    judged: tuple[Judged, ...] = ()
    statements: tuple[Statement, ...] = ()
    undecided: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def plan_cluster(
    cluster: ClusterReader, sources: Sources, verify: Verify, *, state: ClusterState | None = None
) -> ClusterPlan:
    """Plan one cluster. Where the repository or the forge can't be read, only ends are planned, and it says so.

    `state` is what was read of it just now; without one it is read.

    Raises UnreachableError or RefusedError where the cluster can't be read, UsageError where nothing is installed.
    """
    state = state or cluster.read()
    book = read_book(state, cluster.name, verify)
    overdue = ended(state.objects, book.records.values(), state.now)
    bare = ClusterPlan(cluster.name, state.now, ends=overdue, records=tuple(book.records.values()), trust=book.trust)
    try:
        survey = survey_repository(cluster.name, sources, book, state.now)
        if not (survey.track.rooted and survey.track.descends):
            held = brakes(survey.track, (), bare.records, Brakes())
            return replace(bare, held=held, findings=book.findings)
        return _plan(cluster, sources, state, book, survey)
    except (RepositoryError, UnreachableError) as error:
        unknown = f"{error.message} ({error.hint})" if error.hint else error.message
        return replace(bare, unknown=(unknown,), findings=book.findings)


def survey_repository(cluster: str, sources: Sources, book: Book, now: datetime) -> Survey:
    """Read the repository as far as one cluster needs it. Raises RepositoryError or UnreachableError."""
    repository, checkpoint = sources.repository, book.checkpoint
    tip = repository.tip()
    # On its first-parent line: a branch that takes the place of the default branch has it as an ancestor too, and shows
    # what landed long ago as if it had landed just now.
    rooted = repository.is_on_line(book.trust.policy, tip)
    descends = checkpoint is None or repository.is_on_line(checkpoint.commit, tip)
    track = Track(tip, checkpoint, book.checkpoint_problem, descends, rooted)
    if not (rooted and descends):
        return Survey(tip, {}, (), PolicyHistory(sources, (book.trust.policy,)), {}, track)
    before = checkpoint.sights if checkpoint else {}
    visible = sources.forge.sights(tip=tip, since=checkpoint.commit if checkpoint else book.trust.policy)
    sights = {**before, **{key: before.get(key, now) for key in visible}}
    start = checkpoint.policy if checkpoint else book.trust.policy
    history = policy_history(sources, start, tip=tip, sights=sights, now=now)
    folder = f"{REQUESTS}{cluster}/"
    entries = {entry.path: entry for entry in repository.entries(tip, folder)}
    return Survey(tip, entries, repository.touches(tip), history, sights, track)


def _plan(cluster: ClusterReader, sources: Sources, state: ClusterState, book: Book, survey: Survey) -> ClusterPlan:
    # Only asked for where something is to be judged, or is live: the files of ended requests stay for years.
    facts = cache(lambda: ClusterFacts(state.uid, cluster.rbac(), cluster.discovery()))
    judgements = judge_new(sources, book, survey, facts, state.now)
    desired = desired_now(sources, book, survey.history, survey.entries, survey.touches, facts, state.now)
    lost, unseen = _hidden_ends(cluster, book, state, desired.over)
    fresh = _fresh_objects(judgements.statements, state.now)
    difference = diff({**desired.objects, **fresh}, state.objects, book.records, desired.reasons)
    policy = survey.history.now()
    limits = policy.configuration.brakes if policy else Brakes()
    return ClusterPlan(
        cluster=cluster.name,
        at=state.now,
        ends=in_ending_order((*difference.ends, *lost)),
        shrinks=difference.shrinks,
        decisions=judgements.statements,
        creations=difference.creations,
        keeps=difference.keeps,
        conflicts=(*difference.conflicts, *unseen),
        judged=judgements.judged,
        records=tuple(book.records.values()),
        findings=in_order((*book.findings, *survey.history.findings, *judgements.findings, *desired.findings)),
        trust=book.trust,
        checkpoint=_checkpoint(book, survey, judgements),
        held=brakes(survey.track, judgements.statements, tuple(book.records.values()), limits),
        over=desired.over - {each.request for each in unseen},
        unknown=_unknown(judgements, survey, policy is None),
    )


def _hidden_ends(
    cluster: ClusterReader, book: Book, state: ClusterState, over: AbstractSet[str]
) -> tuple[list[Delete], list[Conflict]]:
    """Return what lost our label and has to go before its time, and what could not even be looked at."""
    found = [look(cluster, *each) for each in hidden(book.records.values(), state.objects, state.now, over)]
    unseen = [Conflict(each.key, each.request, each.error) for each in found if isinstance(each, Failed)]
    return [each for each in found if isinstance(each, Delete)], unseen


def judge_new(
    sources: Sources, book: Book, survey: Survey, facts: Callable[[], ClusterFacts], now: datetime
) -> Judgements:
    """Judge every merged request that has no record, in the order in which they landed."""
    landed, missing = _landed_without_record(sources, book, survey)
    changes = sources.forge.landed(landed, tip=survey.tip, sights=survey.sights, now=now)
    previous = book.checkpoint.ledger if book.checkpoint else ""
    decided = [record.statement for record in book.records.values() if record.statement is not None]
    result = Judgements(findings=tuple(_record_missing(touch) for touch in missing))
    sources.read_ahead(survey.entries[touch.path] for touch in landed)
    for touch in landed:
        uid = request_uid(book.trust.repository, touch.path, touch.commit)
        entry = survey.entries[touch.path]
        request, findings = sources.request_at(entry)
        result = replace(result, findings=(*result.findings, *findings))
        if request is None:
            result = replace(result, undecided=(*result.undecided, uid))
            continue
        place = Place(book.trust.repository, book.trust.cluster_uid, uid, touch.commit, entry.blob, previous)
        judgement = judge(
            request,
            changes.get(touch.path),
            survey.history.judges(touch.parent),
            survey.touches,
            facts(),
            place,
            decided=decided,
            now=now,
        )
        judged = Judged(request.id, uid, judgement.decision)
        if judgement.statement is None:
            result = replace(result, judged=(*result.judged, judged), undecided=(*result.undecided, uid))
        else:
            previous = digest_of(print_statement(judgement.statement))
            statements = (*result.statements, judgement.statement)
            result = replace(result, judged=(*result.judged, judged), statements=statements)
    return result


def _landed_without_record(sources: Sources, book: Book, survey: Survey) -> tuple[list[Touch], list[Touch]]:
    """The landing of each request file that is there and was never decided, oldest first; and of those with a lost record.

    What landed before the last reconciled commit and has neither a record nor is known as undecided had one once:
    somebody took it away, and it is not decided again. What landed before the installation is not decided at all.
    """
    repository = sources.repository
    newest: dict[str, Touch] = {}
    for touch in survey.touches:
        newest.setdefault(touch.path, touch)
    landed: list[Touch] = []
    missing: list[Touch] = []
    for path, touch in newest.items():
        uid = request_uid(book.trust.repository, path, touch.commit)
        if path not in survey.entries or uid in book.records:
            continue
        if repository.is_ancestor(touch.commit, book.trust.policy):
            continue
        seen = book.checkpoint is not None and repository.is_ancestor(touch.commit, book.checkpoint.commit)
        if seen and book.checkpoint is not None and uid not in book.checkpoint.undecided:
            missing.append(touch)
        else:
            landed.append(touch)
    return landed[::-1], missing


def _record_missing(touch: Touch) -> Finding:
    return Finding(
        "record-missing",
        f"{touch.path} was decided, and its record is gone from the cluster; it is not decided again",
        Location(touch.path),
        Severity.WARNING,
        "find out who deleted the record; delete the file, and ask again under another name",
    )


def _fresh_objects(statements: Sequence[Statement], now: datetime) -> dict[ObjectKey, Manifest]:
    return {
        key_of(manifest): manifest
        for statement in statements
        for window in statement.windows
        if window.contains(now)
        for manifest in render_window(statement, window, statement.scopes, digest_of(print_statement(statement)))
    }


def _checkpoint(book: Book, survey: Survey, judgements: Judgements) -> Checkpoint:
    decided = {statement.request for statement in judgements.statements}
    decided |= {record.statement.request for record in book.records.values() if record.statement}
    return Checkpoint(
        repository=book.trust.repository,
        cluster_uid=book.trust.cluster_uid,
        commit=survey.tip,
        policy=survey.history.in_force,
        sights={key: at for key, at in sorted(survey.sights.items()) if not _is_of(key, decided)},
        undecided=tuple(sorted(judgements.undecided)),
        ledger=digest_of(print_statement(judgements.statements[-1]))
        if judgements.statements
        else (book.checkpoint.ledger if book.checkpoint else ""),
    )


def _is_of(sight: str, decided: set[RequestId]) -> bool:
    """Whether a sight is of a request that is decided, so that nothing will ask for it again."""
    parts = sight.split(" ")
    if len(parts) < 2:
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


__all__ = ["Desired", "Survey", "judge_new", "plan_cluster", "survey_repository"]
