"""The ledger after runs: what was decided, granted and ended is told once, in order, by whichever run comes to it."""

from contextlib import suppress

import pytest

from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.core.record import digest_of
from gitops_breakglass.flows.apply import Hands
from gitops_breakglass.flows.reconcile import reconcile
from gitops_breakglass.flows.revoke import revoke
from gitops_breakglass.flows.status import cluster_status
from gitops_breakglass.model.errors import RefusedError
from gitops_breakglass.model.outcome import Failed
from gitops_breakglass.report.status import status_as_text
from tests.e2e.attacks import asks_and_gets, record_of
from tests.e2e.ledgers import entries, holds, lines, story, verdict
from tests.e2e.stage import Stage
from tests.git.world import path_of

WHOLE = ["decided inc-1", "granted inc-1", "ended inc-1"]


@pytest.fixture
def stage(tmp_path):
    found = Stage(tmp_path)
    found.granted("prod/inc-1")
    return found


def facts(stage, kind):
    (found,) = [each.facts for each in entries(stage) if each.kind == kind]
    return found


def test_a_grant_is_told_from_its_decision_to_its_end_with_the_lag(stage):
    assert story(stage) == WHOLE[:2]
    stage.passes(minutes=59)
    stage.reconcile()
    assert story(stage) == WHOLE[:2]
    stage.passes(minutes=1, seconds=42)
    stage.reconcile()
    assert story(stage) == WHOLE
    ended = facts(stage, "ended")
    told = {name: ended[name] for name in ("why", "detail", "by", "dueAt", "endedAt", "lagSeconds")}
    assert told == {
        "why": "expired",
        "detail": "",
        "by": "reconciler",
        "dueAt": "2026-03-10T04:00:00Z",
        "endedAt": "2026-03-10T04:00:42Z",
        "lagSeconds": 42.0,
    }
    assert holds(stage)


def test_a_decision_keeps_who_approved_by_account_and_what_they_said(stage):
    decided = facts(stage, "decided")
    (approval,) = decided["approvals"]
    assert (approval["person"], approval["account"]) == ("ben", stage.ben.fingerprint)
    assert approval["source"] == "breakglass/approve/prod/inc-1/ben"
    assert (approval["reason"], approval["reasonSHA256"]) == ("go ahead", digest_of("go ahead"))
    assert decided["decision"] == record_of(stage).annotations["gitops-breakglass.dev/decision"]
    assert decided["blob"] == stage.world.git("rev-parse", f"main:{path_of('prod/inc-1')}")
    assert decided["policy"] == [stage.world.git("rev-list", "--max-parents=0", "main")]


def test_a_refusal_is_told_with_its_reasons_and_has_no_end(tmp_path):
    stage = Stage(tmp_path)
    stage.alice.requests("prod/inc-1")
    stage.world.merge("prod/inc-1")
    stage.reconcile()
    stage.passes(days=1)
    stage.reconcile()
    assert story(stage) == ["decided inc-1"]
    assert facts(stage, "decided")["outcome"] == "denied"
    assert facts(stage, "decided")["reasons"][0].startswith("ApprovalRequired: ")


def test_a_run_in_which_nothing_happens_writes_nothing(stage):
    before = lines(stage)
    assert stage.reconcile().outcomes == ()
    assert lines(stage) == before


def test_a_revocation_is_told_with_the_moment_at_which_it_was_asked_for(stage):
    stage.passes(minutes=10)
    revoke(stage.cluster, ThreadPool(1), "inc-1")
    assert story(stage) == WHOLE[:2]
    stage.passes(minutes=5)
    stage.reconcile()
    ended = facts(stage, "ended")
    assert (ended["why"], ended["by"], ended["dueAt"], ended["lagSeconds"]) == (
        "revoked",
        "revoke",
        "2026-03-10T03:10:00Z",
        0.0,
    )


def test_what_only_a_sweeper_has_ended_is_told_by_the_next_run_with_its_time(stage):
    stage.passes(minutes=60, seconds=7)
    stage.sweep()
    assert story(stage) == WHOLE[:2]
    stage.passes(hours=5)
    stage.reconcile()
    ended = facts(stage, "ended")
    assert (ended["by"], ended["endedAt"], ended["lagSeconds"]) == ("sweeper", "2026-03-10T04:00:07Z", 7.0)


def test_the_status_tells_how_late_an_end_was(stage):
    stage.passes(hours=1, seconds=42)
    stage.reconcile()
    (told,) = cluster_status(stage.cluster, stage.signer.verify).requests
    assert told.lag == 42
    shown = status_as_text([cluster_status(stage.cluster, stage.signer.verify)], (), only=None)
    assert "      ended at 2026-03-10 04:00:42 UTC, 42 s after it was due; nothing of it is left\n" in shown


def test_a_file_that_was_deleted_ends_its_grant_without_a_lag(stage):
    stage.world.policy({path_of("prod/inc-1"): None}, message="Done")
    stage.reconcile()
    ended = facts(stage, "ended")
    assert (ended["why"], ended["detail"], ended["lagSeconds"]) == ("deleted", "its file was deleted", None)


def test_an_end_of_a_brake_s_run_is_told_by_the_first_run_that_signs_again(stage):
    stage.passes(hours=1)
    report = stage.reconcile(signer=type(stage.signer)())
    assert report.plan.held
    assert (stage.live(), story(stage)) == ([], WHOLE[:2])
    stage.reconcile()
    assert story(stage) == WHOLE
    assert holds(stage)


def test_many_decisions_of_one_run_lie_on_one_page(tmp_path):
    stage = Stage(tmp_path)
    for number in range(6):
        asks_and_gets(stage, f"prod/inc-{number}", reason=f"INC-{number}: down")
    stage.reconcile()
    assert len(entries(stage)) == 12
    assert len(stage.cluster.ledger().pages) == 1
    assert holds(stage)


class Killed(BaseException):
    """Nothing of ours catches it, as with a process that is killed."""


class Dying(ManifestsCluster):
    """A cluster whose user is killed before, or after, the call of a number."""

    def __init__(self, stage, calls, *, after):
        super().__init__("prod", stage.folder / "out" / "prod", stage.clock)
        self.calls, self.after = calls, after

    def _counted(self, call):
        self.calls -= 1
        if self.calls < 0 and not self.after:
            raise Killed
        result = call()
        if self.calls < 0:
            raise Killed
        return result

    def create(self, manifest):
        return self._counted(lambda: super(Dying, self).create(manifest))

    def replace(self, live, manifest):
        return self._counted(lambda: super(Dying, self).replace(live, manifest))

    def replace_status(self, key, manifest):
        return self._counted(lambda: super(Dying, self).replace_status(key, manifest))

    def delete(self, live):
        return self._counted(lambda: super(Dying, self).delete(live))


def dies(stage, calls, *, after):
    """Run until the call of that number; whether it came to it."""
    dying = Dying(stage, calls, after=after)
    with suppress(Killed):
        reconcile([Hands(dying, stage.signer, ThreadPool(1))], stage.sources)
        return False
    return True


@pytest.mark.parametrize("after", [False, True])
def test_a_run_that_is_killed_at_any_call_is_told_whole_and_once_by_later_ones(tmp_path, after):
    stage = Stage(tmp_path)
    asks_and_gets(stage)
    calls = 0
    while dies(stage, calls % 12, after=after):
        calls += 1
        assert calls < 60
    stage.reconcile()
    assert story(stage) == WHOLE[:2]
    stage.passes(hours=1)
    calls = 0
    while dies(stage, calls % 8, after=after):
        calls += 1
        assert calls < 60
    stage.reconcile()
    assert (stage.live(), story(stage)) == ([], WHOLE)
    assert holds(stage)


def test_two_runs_at_the_same_moment_write_one_chain(tmp_path):
    stage = Stage(tmp_path)
    asks_and_gets(stage)

    class Overtaken(ManifestsCluster):
        """Another run comes first, just before this one writes its page."""

        def create(self, manifest):
            if manifest["kind"] == "LedgerPage":
                stage.erin.requests("prod/inc-2", reason="INC-2")
                stage.ben.approves("prod/inc-2")
                stage.world.merge("prod/inc-2")
                stage.reconcile()
            return super().create(manifest)

    overtaken = Overtaken("prod", stage.folder / "out" / "prod", stage.clock)
    report = reconcile([Hands(overtaken, stage.signer, ThreadPool(1))], stage.sources).clusters[0]
    assert [each for each in report.outcomes if isinstance(each, Failed)] == []
    assert sorted(story(stage)) == ["decided inc-1", "decided inc-2", "granted inc-1", "granted inc-2"]
    stage.reconcile()
    assert len(entries(stage)) == 4
    assert holds(stage)


def test_a_page_that_somebody_put_in_the_next_place_is_told_and_holds_up_no_end(stage):
    page = stage.cluster.ledger().pages[0]
    metadata = {**page.manifest["metadata"], "name": "ledger-0000000003"}
    stage.cluster.create({**page.manifest, "metadata": metadata})
    stage.passes(hours=1)
    report = stage.reconcile()
    (failed,) = [each for each in report.outcomes if isinstance(each, Failed)]
    assert failed.key.name == "ledger-0000000003"
    assert stage.live() == []
    (forged,) = [each for each in stage.cluster.ledger().pages if each.key == failed.key]
    stage.cluster.delete(forged)
    stage.reconcile()
    assert story(stage) == WHOLE
    assert holds(stage)


def test_without_a_checkpoint_the_ledger_is_gone_on_with_and_nothing_is_told_twice(stage):
    (checkpoint,) = [each for each in stage.cluster.read().objects if each.key.kind == "Checkpoint"]
    stage.cluster.delete(checkpoint)
    stage.passes(hours=1)
    stage.install()
    stage.reconcile()
    stage.reconcile()
    assert story(stage) == WHOLE
    assert holds(stage)


def test_a_mark_that_could_not_be_written_makes_nothing_be_told_twice(tmp_path):
    stage = Stage(tmp_path)
    asks_and_gets(stage)

    class Refusing(ManifestsCluster):
        """Takes no status of a record."""

        def replace_status(self, key, manifest):
            if key.kind == "Grant":
                raise RefusedError("prod: no", hint="ask again")
            super().replace_status(key, manifest)

    refusing = Refusing("prod", stage.folder / "out" / "prod", stage.clock)
    for _ in range(2):
        reconcile([Hands(refusing, stage.signer, ThreadPool(1))], stage.sources)
    stage.passes(minutes=1)
    stage.reconcile()
    stage.passes(hours=1)
    stage.reconcile()
    assert story(stage) == WHOLE
    assert holds(stage)


def test_what_another_run_told_and_did_not_mark_is_not_told_twice(tmp_path):
    stage = Stage(tmp_path)
    asks_and_gets(stage)

    class Overtaken(ManifestsCluster):
        """Another run decides something new just before this one writes its page, tells it, and is killed then."""

        def create(self, manifest):
            if manifest["kind"] == "LedgerPage":
                stage.erin.requests("prod/inc-2", reason="INC-2")
                stage.ben.approves("prod/inc-2")
                stage.world.merge("prod/inc-2")
                with suppress(Killed):
                    reconcile([Hands(Killing(stage), stage.signer, ThreadPool(1))], stage.sources)
            return super().create(manifest)

    class Killing(ManifestsCluster):
        def __init__(self, stage):
            super().__init__("prod", stage.folder / "out" / "prod", stage.clock)

        def create(self, manifest):
            live = super().create(manifest)
            if manifest["kind"] == "LedgerPage":
                raise Killed
            return live

        def replace_status(self, key, manifest):
            """It comes to no status, which would be in the way of the other's."""

    overtaken = Overtaken("prod", stage.folder / "out" / "prod", stage.clock)
    reconcile([Hands(overtaken, stage.signer, ThreadPool(1))], stage.sources)
    stage.passes(seconds=1)
    stage.reconcile()
    assert sorted(story(stage)) == ["decided inc-1", "decided inc-2", "granted inc-1", "granted inc-2"]
    assert holds(stage)


def test_a_bug_in_telling_holds_up_no_status(stage):
    class Broken(ManifestsCluster):
        def create(self, manifest):
            if manifest["kind"] == "LedgerPage":
                raise AssertionError("what nobody thought of")
            return super().create(manifest)

    stage.passes(hours=1)
    broken = Broken("prod", stage.folder / "out" / "prod", stage.clock)
    report = reconcile([Hands(broken, stage.signer, ThreadPool(1))], stage.sources).clusters[0]
    assert [
        each.error.startswith("a bug of ours: AssertionError in create")
        for each in report.outcomes
        if isinstance(each, Failed)
    ] == [True]
    assert record_of(stage).manifest["status"]["endedAt"] == "2026-03-10T04:00:00Z"
    stage.reconcile()
    assert story(stage) == WHOLE


def test_objects_of_a_run_that_was_stopped_are_told_though_a_sweeper_came_first(tmp_path):
    stage = Stage(tmp_path)
    asks_and_gets(stage)

    class Stopped(ManifestsCluster):
        def create(self, manifest):
            live = super().create(manifest)
            if manifest["kind"] == "ClusterRoleBinding":
                raise Killed
            return live

    stopped = Stopped("prod", stage.folder / "out" / "prod", stage.clock)
    with suppress(Killed):
        reconcile([Hands(stopped, stage.signer, ThreadPool(1))], stage.sources)
    assert len(stage.live()) == 2
    stage.passes(hours=1)
    stage.sweep()
    stage.reconcile()
    assert story(stage) == WHOLE
    assert [each["kind"] for each in facts(stage, "granted")["objects"]] == ["ClusterRole", "ClusterRoleBinding"]
    assert facts(stage, "ended")["lagSeconds"] == 0


def test_without_a_checkpoint_and_its_first_page_the_ledger_goes_on_behind_its_last(stage):
    stage.passes(hours=1)
    stage.reconcile()
    (checkpoint,) = [each for each in stage.cluster.read().objects if each.key.kind == "Checkpoint"]
    stage.cluster.delete(checkpoint)
    first, last = sorted(stage.cluster.ledger().pages, key=lambda each: each.key)
    stage.cluster.delete(first)
    stage.install()
    stage.granted("prod/inc-2", reason="INC-2")
    pages = sorted(each.key.name for each in stage.cluster.ledger().pages)
    assert pages == [last.key.name, "ledger-0000000004"]
    assert [each.rule for each in verdict(stage).findings] == ["ledger-gap"]
