"""A run that makes a debug session may be killed after any call: the next ones come to the same, and do nothing twice."""

from collections import Counter

import pytest

from gitops_breakglass.model.kube import key_of
from tests.e2e.debug_made import NAME, MadeStage, config, copy, deployment, injection, quota, session

MOST = 40


class Killed(BaseException):
    """The process is gone: nothing of ours catches it."""


class Dying:
    """The cluster of a stage that dies after so many writes; `writes` are all that were carried out."""

    def __init__(self, stage):
        self.stage, self.left, self.writes = stage, None, []

    def __getattr__(self, name):
        return getattr(self.stage, name)

    def _count(self, what):
        self.writes.append(what)
        if self.left is not None:
            self.left -= 1
            if self.left == 0:
                raise Killed

    def create(self, manifest):
        made = self.stage.create(manifest)
        self._count(f"create {key_of(manifest)}")
        return made

    def replace(self, live, manifest):
        after = self.stage.replace(live, manifest)
        self._count(f"replace {live.key}")
        return after

    def replace_status(self, key, manifest):
        self.stage.replace_status(key, manifest)
        self._count(f"status {key}")

    def inject(self, pod, container):
        before = len(pod.manifest["spec"].get("ephemeralContainers") or ())
        after = self.stage.inject(pod, container)
        now = len(after.manifest["spec"]["ephemeralContainers"])
        if now > before:
            self._count(f"inject {pod.key}")
        return after


def ends_well(folder, after):
    """Kill a run after so many writes, run until nothing changes; whether there was still a write to be killed after."""
    stage = MadeStage(folder, session(quota(), config(), deployment(), copy(), injections=[injection()]))
    stage.cluster.pod()
    dying = stage.cluster = Dying(stage.cluster)
    dying.left = after
    try:
        stage.reconcile()
        was_killed = False
    except Killed:
        was_killed = True
    dying.left = None
    stage.reconcile()
    stage.reconcile()
    assert stage.plan().is_empty
    assert stage.rights() == {"debug": [f"{NAME}-copy"], "shop": ["web-0"]}
    assert stage.things() == ["ConfigMap config", "Deployment pods", "Pod copy", "ResourceQuota quota"]
    assert [each["container"] for each in stage.status()["operations"] if "container" in each] == [f"{NAME}-eph"]
    once = Counter(each for each in dying.writes if each.startswith(("create", "inject")) and "LedgerPage" not in each)
    assert set(once.values()) == {1}, once
    return was_killed


@pytest.mark.parametrize("after", range(1, MOST, 3))
def test_a_run_that_is_killed_after_a_write_is_made_good_by_the_next(tmp_path, after):
    ends_well(tmp_path, after)


def test_so_many_writes_are_all_of_them(tmp_path):
    assert not ends_well(tmp_path, MOST)
