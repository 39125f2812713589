"""Good days: ends one after the other, and many at once, by each of those who end access."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Sequence

from benchmarks.expiry.actors import reconciler, sweeper
from benchmarks.expiry.cronjob import CronJob, read_job
from benchmarks.expiry.following import Following
from benchmarks.expiry.meter import Meter, Subject, wait_allowed
from benchmarks.expiry.promise import Promise
from benchmarks.expiry.result import Result, by_calls, by_watch, kept_until_gone, none_left
from benchmarks.expiry.stage import ExpiryStage, token_of

STAGGERED = 200
PUNCTUAL = 0.5
"""Seconds: the goal for the 99th percentile of a loop."""
_STARTS = 8
"""Seconds that a loop has, to start and to look for the first time."""
_RBAC = "/apis/rbac.authorization.k8s.io/v1"


def floor(stage: ExpiryStage) -> list[Result]:
    """20 bare bindings, deleted by the administrator at their ends: what the meter itself can't see below. 15 s."""
    begun = math.ceil(time.time())
    subjects = []
    for number in range(20):
        name = stage.name()
        binding = {
            "metadata": {"name": f"floor-{name}"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
            "subjects": [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": f"{name}@example.com"}],
        }
        stage.admin.must("POST", f"{_RBAC}/clusterrolebindings", binding)
        subjects.append(Subject(f"{name}@example.com", token_of(name), begun + 6 + number * 0.25))
    wait_allowed(stage.server, subjects)
    with Meter(stage.server, subjects) as meter:
        for each in subjects:
            time.sleep(max(0.0, each.end - time.time()))
            stage.admin.must("DELETE", f"{_RBAC}/clusterrolebindings/floor-{each.name.partition('@')[0]}")
        meter.wait(10)
    return [by_calls("floor", "the meter's own floor: bare bindings, deleted at the very moment", subjects)]


def loop_of_reconciler(stage: ExpiryStage, count: int = STAGGERED) -> list[Result]:
    """Grants by pull requests, made and ended by one `reconcile --watch`. 120 s for 200."""
    names = stage.asks(count)
    # It decides them all in its first run, so that is when their windows start, and they differ in length.
    base = 30 + count // 5
    stage.merged(names, [base + number * 40 // count for number in range(count)])
    subjects = [Subject(f"{name}@example.com", token_of(name)) for name in names]
    with Following(stage.server) as following, Promise(stage, subjects[:10]) as promise, reconciler(stage):
        wait_allowed(stage.server, subjects, seconds=120)
        for name, each in zip(names, subjects, strict=True):
            each.end = stage.end_of(name)
        with Meter(stage.server, subjects) as meter:
            meter.wait(base + 60)
        result = by_calls(
            "loop, reconciler",
            f"`reconcile --watch`, {count} ends over 40 s",
            subjects,
            goal=PUNCTUAL,
            goal_is_max=False,
        )
        _settle(following, subjects, 20)
        result.notes += kept_until_gone(following, subjects)
    result.notes += promise.told()
    return [none_left(stage.server, subjects, result)]


def loop_of_sweeper(stage: ExpiryStage, count: int = STAGGERED) -> list[Result]:
    """Grants from statements, ended by the sweeper's loop alone. 75 s."""
    first = math.ceil(time.time() + stage.making(count))
    ends = [first + number * 40 // count for number in range(count)]
    with Following(stage.server) as following, sweeper(stage):
        subjects = stage.granted(ends)
        with Meter(stage.server, subjects) as meter:
            meter.wait(ends[-1] - time.time() + 30)
        result = by_calls(
            "loop, sweeper", f"the sweeper's loop, {count} ends over 40 s", subjects, goal=PUNCTUAL, goal_is_max=False
        )
        _settle(following, subjects, 20)
        result.notes += kept_until_gone(following, subjects)
    return [none_left(stage.server, subjects, result)]


def each_minute(stage: ExpiryStage, count: int = STAGGERED, seconds: int = 180) -> list[Result]:
    """Grants from statements, ended by the runs of the CronJob in `deploy/`, and by nobody else. 300 s."""
    job = read_job()
    # Nothing hurries here: more time than the others have to make them, so that a busy machine is no reason to fail.
    first = math.ceil(time.time() + stage.making(count) + 30)
    ends = [first + number * seconds // count for number in range(count)]
    with Following(stage.server) as following, CronJob(job, stage.folder, stage.sweeper.kubeconfig) as runs:
        subjects = stage.granted(ends)
        with Meter(stage.server, subjects) as meter:
            meter.wait(ends[-1] - time.time() + 2 * job.period)
        _settle(following, subjects, 10)
    result = by_calls(
        "CronJob",
        f"the sweeper's CronJob, each {job.period:g} s, {count} ends over {seconds} s",
        subjects,
        goal=round(job.period + runs.longest, 1),
    )
    result.notes += [*runs.told(), *kept_until_gone(following, subjects)]
    return [none_left(stage.server, subjects, result)]


def at_once(stage: ExpiryStage, count: int, goal: float) -> list[Result]:
    """So many grants with the same end, ended by the sweeper's loop alone. 300: 45 s, 1,000: 90 s."""
    end = math.ceil(time.time() + stage.making(count) + _STARTS)
    subjects = stage.granted([end] * count)
    with Following(stage.server) as following, sweeper(stage):
        asked = subjects[:: max(1, count // 25)]
        with Meter(stage.server, asked) as meter:
            names = {name for name, promised in following.ends.items() if promised == end}
            following.wait_gone(names, end - time.time() + 60)
            meter.wait(10)
        assert len(names) == count, f"the watch saw {len(names)} of {count} bindings"
        result = by_watch(
            f"{count} at once", f"{count:,} ends at the same second, the sweeper's loop", following, names, goal=goal
        )
        sample = by_calls("", "", asked)
        result.early += sample.early
        result.notes.append(f"{len(asked)} of the subjects, by their own calls: at most {max(sample.lags):.2f} s")
        _settle(following, subjects, 60)
        result.notes += kept_until_gone(following, asked)
    return [none_left(stage.server, subjects, result)]


def _settle(following: Following, subjects: Sequence[Subject], seconds: float) -> None:
    """Let the one who ends write down that it ended, so that the next scenario begins in peace."""
    names = {each.name.partition("@")[0] for each in subjects}
    deadline = time.time() + seconds
    while not names <= following.recorded.keys() and time.time() < deadline:
        threading.Event().wait(0.1)
