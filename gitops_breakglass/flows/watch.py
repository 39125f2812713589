"""Reconcile until stopped, waking at the next end or start, or after the interval."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from gitops_breakglass.core.debug.marked_objects import end_of_object
from gitops_breakglass.core.schedule import course_of
from gitops_breakglass.model.grant import Record, Statement
from gitops_breakglass.model.outcome import ClusterReport, Failed, RunReport
from gitops_breakglass.ports import Bell, Clock

LONGEST_BACK_OFF = timedelta(seconds=10)
"""How long a refused end waits at most for its next try."""
_FIRST_BACK_OFF = timedelta(seconds=1)
_SHORTEST = timedelta(milliseconds=250)
LOOK = timedelta(seconds=10)
"""How often the repository is looked at for something new; a run comes at the interval all the same."""
CALM = timedelta(seconds=5)
"""How soon after a run a change on a cluster leads to the next."""
_AFTER_ENDS = timedelta(seconds=2)
_REST, LONGEST_REST = 3, timedelta(seconds=10)
"""How many times as long as a run took the next one waits at least that comes only after ends: they need the machine first."""
_PODS_COME = timedelta(seconds=10)
"""How long pods of open debug sessions may come and go without that anybody looks."""


@dataclass(frozen=True)
class Waking:
    """What wakes a loop before its pause is over, where ends are kept by somebody beside it."""

    bell: Bell
    """Rings when something changed on a cluster, when this process may grant there by now, and to stop."""
    moved: Callable[[], bool]
    """Whether there is something new in the repository: asked every few seconds, so it is to cost little."""


def watch(
    run: Callable[[], RunReport],
    clock: Clock,
    interval: timedelta,
    stopped: Callable[[], bool],
    waking: Waking | None = None,
) -> Iterator[RunReport]:
    """Yield the report of each run, until `stopped`. What was refused is tried again after at most ten seconds.

    Without `waking` the runs are all that there is, and each end is waited for.
    """
    failures = 0
    while not stopped():
        begun = clock.now()
        report = run()
        yield report
        if stopped():
            return
        failures = failures + 1 if _something_failed(report) else 0
        # A clock that was set back while the run went on has measured nothing.
        taken = max(clock.now() - begun, timedelta())
        pause = pause_after(report, interval, failures=failures, taken=taken, is_beside=waking is not None)
        if waking is None:
            clock.sleep(pause.total_seconds())
        else:
            _wait(clock, pause, waking, stopped)


def _wait(clock: Clock, pause: timedelta, waking: Waking, stopped: Callable[[], bool]) -> None:
    """Wait for the pause to be over, for something new in the repository, or a little after a change on a cluster."""
    begun = clock.elapsed()
    until, look = begun + pause.total_seconds(), begun + LOOK.total_seconds()
    while not stopped() and (now := clock.elapsed()) < until:
        if now >= look:
            if waking.moved():
                return
            look = clock.elapsed() + LOOK.total_seconds()
            continue
        if waking.bell.wait(min(until, look) - now):
            # Mostly it is what the run itself has just written, and of more than one thing.
            until = min(until, max(begun + CALM.total_seconds(), clock.elapsed()))


def pause_after(
    report: RunReport,
    interval: timedelta,
    *,
    failures: int = 0,
    taken: timedelta = timedelta(),
    is_beside: bool = False,
) -> timedelta:
    """Return how long to wait: until the next moment at which something is due, at most the interval.

    `failures` counts the runs in a row in which something failed. `taken` is how long the run took: what is due then is
    nearer by that. Better a little early, since the run reads the clusters' time again, than late. Where ends are kept
    beside the runs (`is_beside`), a run comes a little after, and one run for many of them: it would only be in their way.
    """
    pause = interval
    if failures:
        pause = min(pause, _FIRST_BACK_OFF * 2 ** min(failures - 1, 10), LONGEST_BACK_OFF)
    for cluster in report.clusters:
        if _has_open_session(cluster):
            pause = min(pause, _PODS_COME)
        if cluster.at is not None:
            ends, starts = _moments(cluster)
            until_starts, until_ends = ([due - cluster.at - taken for due in dues] for dues in (starts, ends))
            if is_beside:
                rest = min(taken * _REST, LONGEST_REST)
                until_ends = [max(each + _AFTER_ENDS, rest) for each in until_ends]
            pause = min([pause, *until_starts, *until_ends])
    return max(pause, _SHORTEST)


def _moments(cluster: ClusterReport) -> tuple[list[datetime], list[datetime]]:
    """Return the ends and the starts that come after the time that the run read."""
    if cluster.plan is None or cluster.at is None:
        return [] if cluster.due is None else [cluster.due], []
    statements = [*cluster.plan.decisions, *(each.statement for each in cluster.plan.records if _is_open(each))]
    courses = [course_of(statement, cluster.at) for statement in statements if statement is not None]
    ends = [window.end for course in courses for window in course.open]
    # What a session makes may end before it.
    ends += [
        end for statement in statements if statement is not None for end in _ends_of_objects(statement, cluster.at)
    ]
    return ends, [course.next.start for course in courses if course.next is not None]


def _ends_of_objects(statement: Statement, now: datetime) -> list[datetime]:
    objects = statement.debug.objects if statement.debug is not None else ()
    ends = {end_of_object(each, window) for each in objects for window in course_of(statement, now).open}
    return sorted(end for end in ends if end > now)


def _has_open_session(cluster: ClusterReport) -> bool:
    """Whether a debug session is open, whose rights follow its pods."""
    if cluster.plan is None or cluster.at is None:
        return False
    statements = [*cluster.plan.decisions, *(each.statement for each in cluster.plan.records if _is_open(each))]
    return any(
        each is not None and each.debug is not None and bool(course_of(each, cluster.at).open) for each in statements
    )


def _is_open(record: Record) -> bool:
    return record.revoked_at is None and record.ended_at is None


def _something_failed(report: RunReport) -> bool:
    return bool(report.unknown) or any(
        cluster.unreachable or any(isinstance(outcome, Failed) for outcome in cluster.outcomes)
        for cluster in report.clusters
    )
