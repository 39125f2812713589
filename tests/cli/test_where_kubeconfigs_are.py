"""A kubeconfig can name a program to run, so none is taken from where a pull request could put it."""

from contextlib import ExitStack

import pytest

from gitops_breakglass.cli.wiring import open_kubernetes
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.policy import KubernetesTarget


@pytest.fixture
def clone(tmp_path):
    clone = tmp_path / "clone"
    for folder in (".git", "requests", "policies"):
        (clone / folder).mkdir(parents=True)
    (clone / "policies" / "config").write_text("")
    (tmp_path / "outside").write_text("")
    (clone / "leads-out").symlink_to(tmp_path / "outside")
    (tmp_path / "leads-in").symlink_to(clone / "policies" / "config")
    return clone


@pytest.mark.parametrize(
    "file", ["clone/policies/config", "clone/leads-out", "leads-in", "clone/requests/../policies/config"]
)
@pytest.mark.parametrize("named", [".", "requests"])
def test_a_kubeconfig_in_the_clone_is_refused_by_whatever_way_and_folder_of_it(clone, file, named):
    target = KubernetesTarget(kubeconfig=str(clone.parent / file))
    with ExitStack() as stack, pytest.raises(UsageError, match="lies in the access repository"):
        open_kubernetes("prod", target, stack, clone / named)


def test_a_kubeconfig_beside_the_clone_is_taken(clone):
    with ExitStack() as stack:
        target = KubernetesTarget(kubeconfig=str(clone.parent / "outside"))
        assert open_kubernetes("prod", target, stack, clone).name == "prod"
