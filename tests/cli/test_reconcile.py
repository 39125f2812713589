"""`reconcile` at the command line: which clusters it runs, and how it exits."""

import json

import pytest
from click.testing import CliRunner

from gitops_breakglass.adapters.clock import SystemClock
from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster
from gitops_breakglass.cli.main import main
from gitops_breakglass.flows.install import install_folder
from tests.e2e.stage import Stage


def reconcile(stage, *options, code=0):
    command = ["reconcile", "--repo", str(stage.world.path), "--key", str(stage.folder / "reconciler"), *options]
    result = CliRunner().invoke(main, [*command, "--format", "json"], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def installed(tmp_path):
    """Both clusters at the places that breakglass.yaml names, with the machine's own clock."""
    stage = Stage(tmp_path)
    for name in ("prod", "edge"):
        folder = ManifestsCluster(name, stage.world.path / "out" / name, SystemClock())
        install_folder(folder, policy=stage.sources().policy_at(stage.world.tip)[0])
    return stage


def test_every_cluster_is_run_and_told(tmp_path):
    stage = installed(tmp_path)
    assert [cluster["name"] for cluster in reconcile(stage)["clusters"]] == ["edge", "prod"]
    assert [cluster["name"] for cluster in reconcile(stage, "--cluster", "prod")["clusters"]] == ["prod"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--watch", "--every", "5m"], "--every is for a single run"),
        (["--listen", "127.0.0.1:0"], "--log and --listen are for --watch"),
        (["--log", "json"], "--log and --listen are for --watch"),
    ],
)
def test_an_option_that_would_have_no_effect_is_refused(tmp_path, words, told):
    said = CliRunner().invoke(main, ["reconcile", "--repo", str(tmp_path), *words])
    assert (said.exit_code, told in said.stderr) == (2, True)


def test_a_cluster_that_somebody_took_out_without_approval_is_still_run(tmp_path):
    stage = installed(tmp_path)
    text = stage.policy_files["breakglass.yaml"].replace("  prod:\n    manifests: {folder: out/prod}\n", "")
    stage.mallory.commits({"breakglass.yaml": text}, on="main")
    report = reconcile(stage, code=3)
    assert [cluster["name"] for cluster in report["clusters"]] == ["edge", "prod"]
    assert {finding["rule"] for finding in report["clusters"][0]["plan"]["findings"]} == {"policy-not-in-force"}


def test_a_cluster_that_somebody_redirected_without_approval_is_run_where_it_was(tmp_path):
    stage = installed(tmp_path)
    text = stage.policy_files["breakglass.yaml"].replace("out/prod", "out/elsewhere")
    stage.mallory.commits({"breakglass.yaml": text}, on="main")
    report = reconcile(stage, code=7)
    assert [(cluster["name"], cluster["unreachable"] is None) for cluster in report["clusters"]] == [
        ("edge", True),
        ("prod", False),
        ("prod", True),
    ]


def test_a_name_that_is_no_cluster_is_a_mistake_of_usage(tmp_path):
    stage = installed(tmp_path)
    result = CliRunner().invoke(main, ["reconcile", "--repo", str(stage.world.path), "--cluster", "nowhere"])
    assert (result.exit_code, "it has: edge, prod" in result.stderr) == (2, True)
