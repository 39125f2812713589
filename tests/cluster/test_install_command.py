"""The command `install` on a real API server, from a real access repository."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from gitops_breakglass.cli.main import main
from gitops_breakglass.model.kube import key_of
from tests.cluster.harness.server import ApiServer

EXAMPLE = Path(__file__).parents[2] / "examples" / "access-repo"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "access"
    shutil.copytree(EXAMPLE, folder)
    person = ("-c", "user.name=Dana", "-c", "user.email=dana@example.com")
    for command in (
        ("init", "--quiet", "--initial-branch=main"),
        ("add", "."),
        (*person, "commit", "--quiet", "-m", "x"),
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


def install(repository: Path, cluster: str, *options: str) -> Result:
    return CliRunner().invoke(main, ["install", "--repo", str(repository), "--cluster", cluster, *options])


def test_it_prints_exactly_what_it_then_applies(own_server: ApiServer, repository: Path):
    reached = ("--kubeconfig", str(own_server.admin_kubeconfig))
    printed = install(repository, "prod-eu-1", *reached)
    assert printed.exit_code == 0, printed.output
    with own_server.admin() as admin:
        assert admin.status("GET", "/api/v1/namespaces/gitops-breakglass") == 404
        applied = install(repository, "prod-eu-1", "--apply", *reached)
        assert applied.exit_code == 0, applied.output
        assert admin.status("GET", "/api/v1/namespaces/gitops-breakglass") == 200
    documents = list(yaml.safe_load_all(printed.stdout))
    assert applied.stdout.splitlines() == [f"applied {key_of(each)}" for each in documents]
    assert "When the policy side grows, install again" in printed.stderr
    again = install(repository, "prod-eu-1", *reached)
    assert again.stdout == printed.stdout


def test_a_folder_is_prepared_only_when_asked_to(repository: Path):
    folder = repository / "out" / "staging-eu-1"
    assert install(repository, "staging-eu-1").exit_code == 0
    assert not folder.exists()
    prepared = install(repository, "staging-eu-1", "--apply")
    assert prepared.exit_code == 0, prepared.output
    assert (folder / ".state").is_dir()


def test_a_folder_has_no_kubeconfig(repository: Path):
    refused = install(repository, "staging-eu-1", "--kubeconfig", "x")
    assert refused.exit_code == 2
    assert "staging-eu-1 is a folder of manifests, which has no API server" in refused.stderr


def test_a_cluster_that_is_not_configured_is_told_with_those_that_are(repository: Path):
    refused = install(repository, "nope")
    assert refused.exit_code == 2
    assert "breakglass.yaml has no cluster 'nope'; it has: prod-eu-1, staging-eu-1" in refused.stderr


def test_a_cluster_that_does_not_answer_is_unreachable(repository: Path, tmp_path: Path):
    nowhere = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "x",
        "clusters": [{"name": "x", "cluster": {"server": "https://127.0.0.1:1"}}],
        "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
        "users": [{"name": "x", "user": {}}],
    }
    (tmp_path / "config").write_text(yaml.safe_dump(nowhere))
    assert install(repository, "prod-eu-1", "--kubeconfig", str(tmp_path / "config")).exit_code == 7
