"""What landed: the repository as far as one cluster needs it, and the judgement of each request that has no record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property, partial

from gitops_breakglass.core.authorize.limits import may_bind
from gitops_breakglass.core.names import request_uid
from gitops_breakglass.core.plan.brakes import Track
from gitops_breakglass.core.record import digest_of
from gitops_breakglass.core.render.decision import Place
from gitops_breakglass.core.statement import print_statement
from gitops_breakglass.flows import teams
from gitops_breakglass.flows.book import Book
from gitops_breakglass.flows.history import PolicyHistory, policy_history
from gitops_breakglass.flows.judge import ClusterFacts, Judgement, judge
from gitops_breakglass.flows.sessions import BEGAN, UNANSWERED, SessionCount
from gitops_breakglass.flows.sources import REQUESTS, Sources
from gitops_breakglass.model.change import Change, Touch
from gitops_breakglass.model.decision import Reason, Unknown
from gitops_breakglass.model.enforcement import Compiled
from gitops_breakglass.model.errors import BreakglassError, BugError
from gitops_breakglass.model.finding import Finding, Location, Severity
from gitops_breakglass.model.grant import Statement
from gitops_breakglass.model.plan import Judged
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import Request
from gitops_breakglass.model.session import Sessions
from gitops_breakglass.model.unread import Unread
from gitops_breakglass.ports import Repository, TreeEntry

_KEPT = timedelta(days=30)


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
    folder: str
    """Where this cluster's requests are."""
    visible: frozenset[str] = frozenset()
    """Those of the sights that are to be seen now."""

    def may_matter(self, sight: str, undecided: Sequence[str], repository: str, at: datetime, now: datetime) -> bool:
        """Whether a later run may need the sight; without an end to that, what is remembered would only grow.

        Of merges that is those of requests that are undecided, of other clusters' as long as a session can last, since
        they count towards limits, and of policy that is not in force; branches that are gone are kept for a month, since
        they may have been merged.
        """
        kind, _, rest = sight.partition(" ")
        of_requests = self._by_commit.get(rest, ()) if kind == "merge" else ()
        if kind == BEGAN or any(not touch.path.startswith(self.folder) for touch in of_requests):
            policy = self.history.now()
            return policy is None or now - at < max(_KEPT, policy.configuration.max_duration)
        if kind != "merge":
            return sight in self.visible or now - at < _KEPT
        if of_requests:
            return any(request_uid(repository, touch.path, touch.commit) in undecided for touch in of_requests)
        return not self.history.sources.repository.is_ancestor(rest, self.history.in_force)

    @cached_property
    def _by_commit(self) -> Mapping[str, Sequence[Touch]]:
        found: defaultdict[str, list[Touch]] = defaultdict(list)
        for touch in self.touches:
            found[touch.commit].append(touch)
        return found


@dataclass(frozen=True)
class Judgements:
    """What became of every merged request that had no record yet."""

    judged: tuple[Judged, ...] = ()
    statements: tuple[Statement, ...] = ()
    held: Mapping[str, Compiled] = field(default_factory=dict)
    """What deny policies leave of each that is granted, by uid."""
    undecided: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def survey_repository(cluster: str, sources: Sources, book: Book, now: datetime) -> Survey:
    """Read the repository as far as one cluster needs it. Raises RepositoryError or UnreachableError."""
    repository, checkpoint = sources.repository, book.checkpoint
    folder = f"{REQUESTS}{cluster}/"
    tip = repository.tip()
    # On its first-parent line: a branch that takes the place of the default branch has it as an ancestor too, and shows
    # what landed long ago as if it had landed just now.
    rooted = repository.is_on_line(book.trust.policy, tip)
    # Where the administrator has pinned another commit since, the history that counts begins there.
    anew = checkpoint is None or checkpoint.root != book.trust.policy
    descends = checkpoint is None or anew or repository.is_on_line(checkpoint.commit, tip)
    forgotten = checkpoint is None and book.checkpoint_problem is None and _decided_since(repository, book)
    track = Track(tip, checkpoint, book.checkpoint_problem, descends, rooted, forgotten)
    if not (rooted and descends):
        return Survey(tip, {}, (), PolicyHistory(sources, (book.trust.policy,)), {}, track, folder)
    before = checkpoint.sights if checkpoint else {}
    since = book.trust.policy if checkpoint is None or anew else checkpoint.commit
    visible = sources.forge.sights(tip=tip, since=since)
    touches = repository.touches(tip)
    elsewhere = _sights_elsewhere(repository, book, folder, touches)
    sights = {**before, **{key: before.get(key, now) for key in (*visible, *elsewhere)}}
    start = book.trust.policy if checkpoint is None or anew else checkpoint.policy
    history = policy_history(sources, start, tip=tip, sights=sights, now=now)
    entries = {entry.path: entry for entry in repository.entries(tip, folder)}
    return Survey(tip, entries, touches, history, sights, track, folder, frozenset(visible))


def _sights_elsewhere(repository: Repository, book: Book, folder: str, touches: Sequence[Touch]) -> list[str]:
    """Return the merges of other clusters' requests that no run has seen, whatever the forge has a clock for.

    By them a later run knows how long ago each was, and so which of them can still be a session that counts.
    """
    others = [touch for touch in touches if touch.status == "A" and not touch.path.startswith(folder)]
    known = book.checkpoint.commit if book.checkpoint else book.trust.policy
    fresh = [f"merge {touch.commit}" for touch in others if not repository.is_ancestor(touch.commit, known)]
    return fresh + [BEGAN] * (book.checkpoint is None and len(fresh) < len(others))


def _decided_since(repository: Repository, book: Book) -> bool:
    """Whether something was decided that landed after the commit that the trust root pins."""
    return any(
        record.statement.landing != book.trust.policy
        and repository.is_ancestor(book.trust.policy, record.statement.landing)
        for record in book.records.values()
        if record.statement is not None
    )


def judge_new(
    sources: Sources, book: Book, survey: Survey, facts: Callable[[], ClusterFacts], now: datetime
) -> Judgements:
    """Judge every merged request that has no record, in the order in which they landed."""
    landed, lost = _landed_without_record(sources, book, survey)
    sources.read_ahead(survey.entries[touch.path] for touch in landed)
    read = {touch.path: sources.request_at(survey.entries[touch.path]) for touch in landed}
    worth = [touch for touch in landed if read[touch.path][0] is not None]
    changes = sources.forge.landed(worth, tip=survey.tip, sights=survey.sights, now=now)
    previous = book.checkpoint.ledger if book.checkpoint else ""
    decided = [record.statement for record in book.records.values() if record.statement is not None]
    count = SessionCount(sources, book, survey.history, survey.touches, survey.sights, survey.tip, survey.folder, now)
    waiting: list[Request] = []
    result = Judgements(findings=tuple(lost))
    for touch in landed:
        uid = request_uid(book.trust.repository, touch.path, touch.commit)
        entry = survey.entries[touch.path]
        request, findings = read[touch.path]
        result = replace(result, findings=(*result.findings, *findings))
        if request is None:
            result = replace(result, undecided=(*result.undecided, uid))
            continue
        place = Place(book.trust.repository, book.trust.cluster_uid, uid, touch.commit, entry.blob, previous)
        landing = _Landing(request, touch, changes.get(touch.path, UNANSWERED), survey.history.judges(touch.parent))
        counted = partial(landing.sessions, count, result.statements, tuple(waiting))
        judgement = _or_unknown(partial(landing.judged, survey, facts, place, decided, counted, now))
        judged = Judged(request.id, uid, judgement.decision, landing.name)
        if judgement.statement is None:
            result = replace(result, judged=(*result.judged, judged), undecided=(*result.undecided, uid))
            waiting.append(request)
        else:
            previous = digest_of(print_statement(judgement.statement))
            statements = (*result.statements, judgement.statement)
            held = {**result.held, **({uid: judgement.held} if judgement.held else {})}
            result = replace(result, judged=(*result.judged, judged), statements=statements, held=held)
    return result


@dataclass(frozen=True)
class _Landing:
    """One request that landed, and what it is judged by."""

    request: Request
    touch: Touch
    change: Change | Unread
    policies: tuple[PolicySide, ...]

    @property
    def name(self) -> str:
        """The change's name at the forge, or nothing where it could not be read."""
        return "" if isinstance(self.change, Unread) else self.change.id

    def sessions(self, count: SessionCount, fresh: Sequence[Statement], waiting: Sequence[Request]) -> Sessions | None:
        """Return the sessions before it, in the order of landing; None where no limit asks for them."""
        if not may_bind(self.request, self.policies):
            return None
        return count.before(self.touch, self.change, fresh, waiting, type(self.request))

    def judged(
        self,
        survey: Survey,
        facts: Callable[[], ClusterFacts],
        place: Place,
        decided: Sequence[Statement],
        sessions: Callable[[], Sessions | None],
        now: datetime,
    ) -> Judgement:
        """Judge it."""
        return judge(
            self.request,
            self.change,
            teams.for_request(survey.history.sources, self.policies, self.request),
            survey.touches,
            facts(),
            place,
            decided=decided,
            sessions=sessions(),
            now=now,
        )


def _or_unknown(judged: Callable[[], Judgement]) -> Judgement:
    """Judge one request. What we did not think of is not known, and holds back neither the others nor any end."""
    try:
        return judged()
    except BreakglassError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is about one request
        bug = BugError.of(error)
        return Judgement(Unknown((Reason("bug", bug.message, bug.hint),)))


def _landed_without_record(sources: Sources, book: Book, survey: Survey) -> tuple[list[Touch], list[Finding]]:
    """Return the landing of each request file that is there and is to be decided, oldest first, and what never will be.

    What landed before the last reconciled commit and has neither a record nor is known as undecided had one once:
    somebody took it away, and it is not decided again. What landed before the commit that the
    trust root pins is not decided at all; that is said once, where it was merged since the run before.
    """
    repository = sources.repository
    newest: dict[str, Touch] = {}
    for touch in survey.touches:
        newest.setdefault(touch.path, touch)
    landed: list[Touch] = []
    missing: list[Touch] = []
    late: list[Touch] = []
    for path, touch in newest.items():
        uid = request_uid(book.trust.repository, path, touch.commit)
        if path not in survey.entries or uid in book.records:
            continue
        known = book.checkpoint
        seen = known is not None and repository.is_ancestor(touch.commit, known.commit)
        waiting = known is not None and uid in known.undecided
        if repository.is_ancestor(touch.commit, book.trust.policy):
            late += [touch] if known is not None and (waiting or not seen) else []
        elif seen and not waiting:
            missing.append(touch)
        else:
            landed.append(touch)
    return landed[::-1], [*map(_record_missing, missing), *map(_before_installation, late)]


def _record_missing(touch: Touch) -> Finding:
    return Finding(
        "record-missing",
        f"{touch.path} was decided, and its record is gone from the cluster; it is not decided again",
        Location(touch.path),
        Severity.WARNING,
        "find out who deleted the record; delete the file, and ask again under another name",
    )


def _before_installation(touch: Touch) -> Finding:
    return Finding(
        "before-installation",
        f"{touch.path} was merged before the commit that `install` has pinned since, so it is not decided",
        Location(touch.path),
        Severity.WARNING,
        "ask again under another name",
    )
