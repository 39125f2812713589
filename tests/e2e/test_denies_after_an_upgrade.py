"""What was denied when a request was decided stays denied, also for a version that can't read that policy side any more."""

from dataclasses import replace

import pytest

from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster
from gitops_breakglass.model.enforcement import DenyFacts, InstalledGuard
from gitops_breakglass.model.kube import PARAMETERS_KIND
from gitops_breakglass.model.outcome import Failed
from tests.e2e.attacks import WHAT, in_force
from tests.e2e.stage import POD_SHELL, Stage

KEEP_OUT = """\
apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: DenyPolicy
metadata: {name: keep-out}
spec:
  rules: [{verbs: [create], apiGroups: [""], resources: [pods], subresources: [exec], resourceNames: [db-*]}]
"""


class Guarded(ManifestsCluster):
    """A cluster whose guard holds parameters as soon as they are written."""

    def deny_facts(self, needs):
        return DenyFacts(guard=InstalledGuard(rules=True), names=dict.fromkeys(needs.names, "nobody asks"))

    def in_force(self, live, *, within=0.0):
        return True


@pytest.fixture
def stage(tmp_path):
    stage = Stage(tmp_path, policies=f"{POD_SHELL}---\n{KEEP_OUT}", reached="kubernetes: {context: prod}")
    stage.cluster = Guarded("prod", tmp_path / "out" / "prod", stage.clock)
    return stage


def denied(stage):
    """The names that the guard refuses."""
    found = [each for each in stage.cluster.read().objects if each.key.kind == PARAMETERS_KIND]
    return [rule["names"] for each in found for rule in each.manifest["spec"]["rules"]]


def forgets(stage, old):
    """From now on runs are those of a version that can't read the policy side at this commit."""
    sources = stage.sources

    def of_another_version(path=None):
        found = sources(path)
        read = found.read_policy
        return replace(
            found, read_policy=lambda files, *, commit: (None, ()) if commit == old else read(files, commit=commit)
        )

    stage.sources = of_another_version


@pytest.mark.parametrize("is_readable", [True, False])
def test_a_deny_that_is_dropped_later_holds_until_the_grant_ends(stage, is_readable):
    decided_by = stage.world.tip
    stage.granted(WHAT)
    assert denied(stage) == [["db-*"]]
    in_force(stage, {"policies/shell.yaml": POD_SHELL})
    # An upgrade installs again, and trust begins at the policy side of that day.
    stage.install()
    if not is_readable:
        forgets(stage, decided_by)
    for number in range(2):
        stage.erin.commits({"NOTES.md": f"Something new: {number}."}, on="main")
        assert not [each for each in stage.reconcile().outcomes if isinstance(each, Failed)]
        assert denied(stage) == [["db-*"]]
        assert "ClusterRoleBinding" in stage.live()
    stage.passes(hours=1)
    stage.reconcile()
    assert stage.live() == []
