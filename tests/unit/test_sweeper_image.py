"""The sweeper as a program: what it loads, and that its image holds all of it and little else."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sweeper_lock import PART, part

ROOT = Path(__file__).parents[2]
RECIPE = ROOT / "deploy" / "sweeper" / "Containerfile"
MOST_MODULES = 150
"""Of ours; it was 134 when this was written. More of them is a question to answer, not a number to raise."""
NEVER = [
    "cryptography",
    "github",
    "gitlab",
    "jsonschema",
    "jsonschema_rs",
    "rich",
    *(f"gitops_breakglass.{each}" for each in ("adapters.forge", "adapters.yamlfile", "core.authorize", "core.deny")),
    *(f"gitops_breakglass.core.{each}" for each in ("doctor", "explain", "go_template", "rules", "yaml")),
]
LOADED = "import json, sys; import gitops_breakglass.cli.sweeper; print(json.dumps(sorted(sys.modules)))"


def test_it_loads_neither_git_nor_a_forge_nor_anything_that_reads_a_repository():
    loaded = json.loads(subprocess.check_output([sys.executable, "-c", LOADED], cwd=ROOT, text=True))
    assert [name for name in loaded if name in NEVER or name.startswith(tuple(f"{each}." for each in NEVER))] == []
    assert [name for name in loaded if name.startswith("gitops_breakglass.cli.")] == ["gitops_breakglass.cli.sweeper"]
    assert len([name for name in loaded if name.startswith("gitops_breakglass")]) <= MOST_MODULES


def test_the_image_installs_exactly_the_part_of_the_lock_that_the_sweeper_needs():
    assert PART.read_text() == part(), "python -m tests.sweeper_lock"


@pytest.fixture
def image(tmp_path):
    """The folder /sweeper/package as the recipe makes it, but for the libraries."""
    text = RECIPE.read_text()
    (removed,) = re.findall(r"^RUN cd /sweeper/package/gitops_breakglass && rm -r (.*)$", text, re.MULTILINE)
    shutil.copytree(ROOT / "gitops_breakglass", tmp_path / "gitops_breakglass")
    for each in removed.split():
        shutil.rmtree(tmp_path / "gitops_breakglass" / each)
    return tmp_path


def test_what_the_recipe_copies_is_there():
    copied = re.findall(r"^COPY (?!--from)(\S+) ", RECIPE.read_text(), re.MULTILINE)
    assert copied == ["deploy/sweeper/requirements.txt", "gitops_breakglass"]
    assert all((ROOT / each).exists() for each in copied)


def test_what_the_image_holds_is_enough_to_run(image):
    (entry,) = re.findall(r"^ENTRYPOINT (.*)$", RECIPE.read_text(), re.MULTILINE)
    command = [sys.executable, *json.loads(entry)[1:]]
    env = {**os.environ, "PYTHONPATH": str(image), "PYTHONSAFEPATH": "1"}
    run = subprocess.run([*command, "--once"], cwd=image, env=env, capture_output=True, text=True, check=False)
    # It is in no pod, and says so: it has come as far as asking for the cluster.
    assert (run.returncode, run.stdout) == (7, "")
    assert run.stderr.startswith("unreachable: cluster: no usable service account in this pod")


def test_the_image_runs_as_nobody_and_its_base_is_chosen_by_who_builds_it():
    text = RECIPE.read_text()
    assert re.findall(r"^(?:ARG|USER) .*$", text, re.MULTILINE) == ["ARG BASE", "USER 65532:65532"]
    assert "--require-hashes" in text
