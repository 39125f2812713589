"""Bad days: deletes that are refused, processes that are killed, an API server that is gone for a while."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

from benchmarks.expiry.actors import Loop, reconciler, sweeper
from benchmarks.expiry.following import Following
from benchmarks.expiry.meter import Meter, Subject, wait_allowed
from benchmarks.expiry.result import Result, by_calls, by_watch, kept_until_gone, none_left
from benchmarks.expiry.stage import ExpiryStage, token_of

MANY = 10
REFUSED = 60
"""Seconds for which deletes are refused."""
DOWN = 30
"""Seconds after the last end at which what was killed is started again."""
AFTER = 10.0
"""Seconds after which access has ended once nothing stands in its way any more: the longest back-off of a loop."""
_BINDINGS = ["rolebindings", "clusterrolebindings"]
_ROLES = ["roles", "clusterroles"]


def refused(stage: ExpiryStage) -> list[Result]:
    """Deletes of bindings are refused for a minute around the ends; for half of them Roles can't be changed either. 105 s."""
    first = math.ceil(time.time() + stage.making(2 * MANY) + 5)
    ends = [first + number for number in range(MANY)]
    with Following(stage.server) as following, sweeper(stage):
        subjects = stage.granted([end for end in ends for _ in range(2)])
        easy, hard = subjects[::2], subjects[1::2]
        names = {name for name, end in following.ends.items() if end in ends}
        lift = [
            stage.refuse_by_policy(*_names(subjects), resources=_BINDINGS, operations=["DELETE"]),
            stage.refuse_by_policy(*_names(hard), resources=_ROLES, operations=["UPDATE", "DELETE"]),
        ]
        since = time.time()
        assert since < first - 1, "making the grants took until their end: the machine is too busy for this"
        with Meter(stage.server, subjects) as meter:
            time.sleep(max(0.0, since + REFUSED - time.time()))
            for path in lift:
                stage.admin.must("DELETE", path)
            lifted = time.time()
            meter.wait(60)
            following.wait_gone(names, 60)
        emptied = by_calls(
            "refused, emptied", f"deletes refused for {REFUSED} s: access, since the Role is emptied", easy, goal=AFTER
        )
        held = by_calls("refused", "… where the Role can't be changed either: after the lift", hard, goal=AFTER)
        held.lags = [each.denied_at - lifted for each in hard if each.denied_at is not None]
        bound = by_watch("refused, bindings", "… the bindings themselves: after the lift", following, names, goal=AFTER)
        bound.lags = [following.gone[name] - lifted for name in names if name in following.gone]
        emptied.notes += kept_until_gone(following, subjects)
    return [none_left(stage.server, easy, emptied), none_left(stage.server, hard, held), bound]


def sweeper_killed(stage: ExpiryStage) -> list[Result]:
    """The sweeper's loop is killed before the ends, with nobody beside it, and started again. 60 s."""
    return _killed(stage, sweeper(stage), stage.granted, "sweeper killed", "the sweeper's loop killed, alone")


def reconciler_killed(stage: ExpiryStage) -> list[Result]:
    """The same with `reconcile --watch`. 75 s."""
    return _killed(
        stage,
        reconciler(stage),
        lambda ends: asked(stage, ends),
        "reconciler killed",
        "`reconcile --watch` killed, alone",
    )


def _killed(
    stage: ExpiryStage, loop: Loop, grant: Callable[[Sequence[float]], list[Subject]], key: str, title: str
) -> list[Result]:
    with loop:
        first = math.ceil(time.time() + stage.making(MANY) + 5)
        subjects = grant([first + number for number in range(MANY)])
        wait_allowed(stage.server, subjects, seconds=90)
        time.sleep(max(0.0, subjects[0].end - 3 - time.time()))
        loop.kill()
        with Meter(stage.server, subjects) as meter:
            time.sleep(max(0.0, subjects[-1].end + DOWN - time.time()))
            # The first of them would have ended meanwhile, had anybody been there.
            started = time.time()
            loop.start()
            meter.wait(90)
        result = by_calls(key, f"{title}; after it was started again", subjects, goal=AFTER)
        result.lags = [each.denied_at - started for each in subjects if each.denied_at is not None]
    return [none_left(stage.server, subjects, result)]


def reconciler_dead(stage: ExpiryStage) -> list[Result]:
    """`reconcile --watch` made the grants and is dead; the sweeper's loop goes on. 60 s."""
    with sweeper(stage) as other:
        with reconciler(stage) as loop:
            subjects = asked(stage, [25 + number for number in range(MANY)])
            loop.kill()
        result = _others(stage, subjects, "reconciler dead", "`reconcile --watch` dead: the sweeper's loop ends it")
        result.notes += _says(other, "reconciler")
    return [result]


def sweeper_dead(stage: ExpiryStage) -> list[Result]:
    """The sweeper's loop is dead; `reconcile --watch` goes on. 60 s."""
    with sweeper(stage) as loop, reconciler(stage) as other:
        subjects = asked(stage, [25 + number for number in range(MANY)])
        loop.kill()
        result = _others(stage, subjects, "sweeper dead", "the sweeper's loop dead: `reconcile --watch` ends it")
        result.notes += _says(other, "sweeper")
    return [result]


def server_killed(stage: ExpiryStage) -> list[Result]:
    """The API server is killed before the ends and comes back after them; the sweeper's loop lives. 75 s."""
    first = math.ceil(time.time() + stage.making(MANY) + 3)
    with Following(stage.server) as following, sweeper(stage):
        subjects = stage.granted([first + number for number in range(MANY)])
        time.sleep(max(0.0, first - 2 - time.time()))
        with Meter(stage.server, subjects) as meter:
            stage.server.kill()
            time.sleep(max(0.0, subjects[-1].end + DOWN - time.time()))
            commanded = time.time()
            stage.server.start()
            ready = time.time()
            meter.wait(90)
        result = by_calls(
            "server killed", f"API server killed, started again {DOWN} s after the ends; after that command", subjects
        )
        result.lags = [each.denied_at - commanded for each in subjects if each.denied_at is not None]
        result.notes.append(f"the API server took {ready - commanded:.1f} s to be ready")
        result.notes += kept_until_gone(following, subjects)
    return [none_left(stage.server, subjects, result)]


def asked(stage: ExpiryStage, lengths: Sequence[float]) -> list[Subject]:
    """Have grants made by pull requests, and wait until a loop that is running has made them; lengths in seconds."""
    now = time.time()
    names = stage.asks(len(lengths))
    # Of moments it takes how far off they are.
    stage.merged(names, [math.ceil(each - now) if each > now else int(each) for each in lengths])
    subjects = [Subject(f"{name}@example.com", token_of(name)) for name in names]
    wait_allowed(stage.server, subjects, seconds=90)
    for name, each in zip(names, subjects, strict=True):
        each.end = stage.end_of(name)
    return sorted(subjects, key=lambda each: each.end)


def _others(stage: ExpiryStage, subjects: Sequence[Subject], key: str, title: str) -> Result:
    with Following(stage.server) as following, Meter(stage.server, subjects) as meter:
        meter.wait(subjects[-1].end - time.time() + 90)
        result = by_calls(key, title, subjects, goal=AFTER)
        result.notes += kept_until_gone(following, subjects)
    return none_left(stage.server, subjects, result)


def _says(loop: Loop, missing: str) -> list[str]:
    """Return what a loop says of the other that is missing."""
    told = [line.strip() for line in loop.said.splitlines() if missing in line and "missing" in line]
    return [f"it says: {told[0]}"] if told else [f"it does not say that the {missing} is missing"]


def _names(subjects: Sequence[Subject]) -> list[str]:
    return [each.name.partition("@")[0] for each in subjects]
