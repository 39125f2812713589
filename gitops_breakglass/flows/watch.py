"""Reconcile until stopped, waking at the next end or start, or after the interval."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from gitops_breakglass.core.debug.marked_objects import end_of_object
from gitops_breakglass.core.schedule import course_of
from gitops_breakglass.model.grant import Record, Statement
from gitops_breakglass.model.outcome import ClusterReport, Failed, RunReport
from gitops_breakglass.ports import Clock

LONGEST_BACK_OFF = timedelta(seconds=10)
"""How long a refused end waits at most for its next try."""
_FIRST_BACK_OFF = timedelta(seconds=1)
_SHORTEST = timedelta(milliseconds=250)
_PODS_COME = timedelta(seconds=10)
"""How long pods of open debug sessions may come and go without that anybody looks."""


def watch(
    run: Callable[[], RunReport], clock: Clock, interval: timedelta, stopped: Callable[[], bool]
) -> Iterator[RunReport]:
    """Yield the report of each run, until `stopped`. What was refused is tried again after at most ten seconds."""
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
        clock.sleep(pause_after(report, interval, failures=failures, taken=taken).total_seconds())


def pause_after(
    report: RunReport, interval: timedelta, *, failures: int = 0, taken: timedelta = timedelta()
) -> timedelta:
    """Return how long to wait: until the next moment at which something is due, at most the interval.

    `failures` counts the runs in a row in which something failed. `taken` is how long the run took: what is due then is
    nearer by that. Better a little early, since the run reads the clusters' time again, than late.
    """
    pause = interval
    if failures:
        pause = min(pause, _FIRST_BACK_OFF * 2 ** min(failures - 1, 10), LONGEST_BACK_OFF)
    for cluster in report.clusters:
        if _has_open_session(cluster):
            pause = min(pause, _PODS_COME)
        due = next_due(cluster)
        if due is not None and cluster.at is not None:
            pause = min(pause, due - cluster.at - taken)
    return max(pause, _SHORTEST)


def next_due(cluster: ClusterReport) -> datetime | None:
    """Return the next start or end of a window on the cluster after the time that the run read."""
    if cluster.plan is None or cluster.at is None:
        return cluster.due
    statements = [*cluster.plan.decisions, *(each.statement for each in cluster.plan.records if _is_open(each))]
    courses = [course_of(statement, cluster.at) for statement in statements if statement is not None]
    ends = [window.end for course in courses for window in course.open]
    # What a session makes may end before it.
    ends += [
        end for statement in statements if statement is not None for end in _ends_of_objects(statement, cluster.at)
    ]
    starts = [course.next.start for course in courses if course.next is not None]
    return min((*ends, *starts), default=None)


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
