"""Sessions that nobody uses: they end for good, never late, and never where nobody saw that they are not used."""

from datetime import timedelta

import pytest

from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.core.plan.ownership import BINDINGS, ROLES, is_grant_object
from gitops_breakglass.core.request_status import recorded_status
from gitops_breakglass.flows.apply import Hands
from gitops_breakglass.flows.book import read_book
from gitops_breakglass.flows.reconcile import reconcile
from gitops_breakglass.flows.revoke import revoke
from gitops_breakglass.model.errors import UnreachableError
from gitops_breakglass.model.outcome import StillOpen
from gitops_breakglass.model.request import Subject
from gitops_breakglass.model.use import Allowance, Batch, Call, Coverage, Target
from gitops_breakglass.model.use import Stage as CallStage
from gitops_breakglass.report.run_text import run_as_text
from tests.e2e.attacks import in_force, one, record_of
from tests.e2e.stage import POD_SHELL, Stage
from tests.e2e.test_who_counts import with_spec

IDLE = with_spec("idleTimeout: 30m")
LIST = Target("list", "", "pods", "", "shop")
EXEC = Target("create", "", "pods", "exec", "shop", "web-0")


class Log:
    """An audit log that shows everything since the beginning, unless it stopped."""

    def __init__(self, stage):
        self.stage = stage
        self.since = stage.clock.now()
        self.stopped = None
        self.broken = False
        self.new = []
        self.kept = 0

    def read(self, mark):
        if self.broken:
            raise UnreachableError("the audit log can't be read: gone", hint="mend it")
        batch, self.new = Batch(tuple(self.new)), []
        return batch, Coverage(self.since, self.stopped or self.stage.clock.now())

    def keep(self):
        self.kept += 1

    def calls(self, target=LIST, stage=CallStage.COMPLETE):
        """Alice calls by what the cluster has of her grant."""
        now = self.stage.clock.now()
        there = [each.key for each in self.stage.cluster.read().objects if is_grant_object(each)]
        binding = next(key for key in there if key.kind in BINDINGS)
        role = next(key for key in there if key.kind in ROLES)
        via = Allowance(binding, role.kind, role.name, Subject("User", "alice@example.com"))
        call = Call(f"a-{now}", stage, "alice@example.com", "", target, now, now, allowed=True, code=200, via=via)
        self.new.append(call)
        return call


def started(tmp_path, policies=IDLE):
    stage = Stage(tmp_path, policies=policies)
    stage.log = Log(stage)
    stage.granted("prod/inc-1", duration="2h")
    return stage


def run(stage):
    hands = Hands(stage.cluster, stage.signer, ThreadPool(4), audit=stage.log)
    return reconcile([hands], stage.sources)


def notes(stage):
    """What `status` says of the request."""
    state = stage.cluster.read()
    record = read_book(state, "prod", stage.signer.verify).records.popitem()[1]
    return list(recorded_status(record, state.objects, "prod", state.now).notes)


def rules(report):
    return {each.rule for each in report.clusters[0].plan.findings}


def test_a_session_that_nobody_used_ends_after_its_idle_timeout_and_never_comes_back(tmp_path):
    stage = started(tmp_path)
    run(stage)
    stage.passes(minutes=29)
    run(stage)
    assert stage.live()
    stage.passes(minutes=1)
    report = run(stage)
    assert stage.live() == []
    assert rules(report) == {"ended-idle"}
    status = record_of(stage).manifest["status"]
    assert (status["state"], status["endReason"]) == (
        "IdleExpired",
        "it was not used for as long as its idle timeout",
    )
    session = one(stage, "BreakglassSession").manifest
    assert (session["status"]["state"], session["status"]["reasonEnded"]) == ("IdleExpired", "idleTimeout")
    assert session["spec"]["idleTimeout"] == "30m"
    stage.passes(minutes=5)
    for again in (run, lambda stage: stage.reconcile(), lambda stage: stage.sweep()):
        again(stage)
        assert stage.live() == []
        assert record_of(stage).manifest["status"]["state"] == "IdleExpired"
        assert notes(stage)[0] == "ended early: it was not used for as long as its idle timeout"
        assert one(stage, "BreakglassSession").manifest["status"]["state"] == "IdleExpired"


def test_use_puts_the_idle_end_off_and_never_the_end_of_the_window(tmp_path):
    stage = started(tmp_path)
    for _ in range(5):
        stage.passes(minutes=20)
        stage.log.calls()
        run(stage)
        assert stage.live()
    status = one(stage, "BreakglassSession").manifest["status"]
    assert (status["activityCount"], status["lastActivity"]) == (5, "2026-03-10T04:40:00Z")
    stage.passes(minutes=20)
    run(stage)
    assert stage.live() == []
    assert record_of(stage).manifest["status"]["state"] == "Expired"


def test_the_last_use_counts_and_not_the_last_look(tmp_path):
    stage = started(tmp_path)
    stage.passes(minutes=10)
    stage.log.calls()
    run(stage)
    stage.passes(minutes=29)
    run(stage)
    assert stage.live()
    stage.passes(minutes=1)
    run(stage)
    assert stage.live() == []


@pytest.mark.parametrize("how", ["none", "stopped", "broken", "begins-late"])
def test_what_nobody_saw_is_not_unused_and_that_is_told(tmp_path, how):
    stage = started(tmp_path)
    run(stage)
    if how == "none":
        stage.passes(minutes=60)
        report = reconcile([stage.hands], stage.sources)
        assert rules(report) == set()
    elif how == "broken":
        stage.log.broken = True
        stage.passes(minutes=60)
        assert rules(run(stage)) == {"audit-log"}
    elif how == "stopped":
        stage.log.stopped = stage.clock.now() + timedelta(minutes=29)
        stage.passes(minutes=60)
        assert rules(run(stage)) == {"audit-log"}
    else:
        stage.passes(minutes=60)
        stage.log.since = stage.clock.now() - timedelta(minutes=29)
        run(stage)
    assert stage.live()
    assert record_of(stage).manifest["status"]["state"] == "Approved"


def test_a_record_that_keeps_nothing_of_use_ends_nothing(tmp_path):
    # As where the record's kind was installed before there was such a field: the API server drops it.
    stage = started(tmp_path)
    for _ in range(3):
        stage.passes(minutes=20)
        stage.log.calls()
        run(stage)
        live = record_of(stage)
        status = {name: value for name, value in live.manifest["status"].items() if name != "use"}
        stage.cluster.replace_status(live.key, {**live.manifest, "status": status})
    stage.passes(minutes=40)
    run(stage)
    assert stage.live()


def test_a_session_without_an_idle_timeout_ends_with_its_window(tmp_path):
    stage = started(tmp_path, POD_SHELL)
    stage.passes(minutes=119)
    assert rules(run(stage)) == set()
    assert stage.live()


def test_a_longer_timeout_of_today_or_none_puts_nothing_off(tmp_path):
    stage = started(tmp_path)
    for number, text in enumerate((with_spec("idleTimeout: 90m"), POD_SHELL)):
        in_force(stage, {"policies/shell.yaml": text}, branch=f"policy/{number}")
        run(stage)
    stage.passes(minutes=30)
    run(stage)
    assert stage.live() == []


def test_a_shorter_timeout_of_today_counts(tmp_path):
    stage = started(tmp_path)
    in_force(stage, {"policies/shell.yaml": with_spec("idleTimeout: 10m")})
    run(stage)
    stage.passes(minutes=10)
    run(stage)
    assert stage.live() == []


def test_the_idle_timeout_is_in_what_is_signed(tmp_path):
    stage = started(tmp_path)
    payload = record_of(stage).manifest["spec"]["decision"]["payload"]
    assert '"idleTimeout":"30m"' in payload


def test_a_stream_that_goes_on_is_named_by_each_run_until_its_end_is_seen(tmp_path):
    stage = started(tmp_path)
    run(stage)
    began = stage.log.calls(EXEC, CallStage.STARTED)
    stage.passes(minutes=5)
    assert "open" not in run_as_text(run(stage))
    revoke(stage.cluster, ThreadPool(4), "inc-1")
    for _ in range(2):
        report = run(stage)
        (told,) = [each for each in report.clusters[0].outcomes if isinstance(each, StillOpen)]
        assert (str(told.stream), told.own_pod) == ("alice@example.com: create pods/exec shop/web-0", False)
        assert (
            "alice@example.com: create pods/exec shop/web-0 since 2026-03-10 03:00:00 UTC: the grant has ended, "
            "and no new call passes; this one goes on" in run_as_text(report)
        )
        stage.sweep()
        assert notes(stage) == [
            "revoked",
            "last used at 2026-03-10 03:00:00 UTC",
            "goes on after the end: alice@example.com: create pods/exec shop/web-0",
        ]
    stage.log.new.append(Call(**{**vars(began), "stage": CallStage.COMPLETE, "at": stage.clock.now()}))
    assert not [each for each in run(stage).clusters[0].outcomes if isinstance(each, StillOpen)]


def test_what_was_read_is_kept_once_it_is_on_record(tmp_path):
    stage = started(tmp_path)
    stage.log.calls()
    run(stage)
    assert stage.log.kept == 1
    assert record_of(stage).manifest["status"]["use"]["calls"] == 1
