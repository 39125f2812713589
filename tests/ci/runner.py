"""Runs jobs of workflows as GitHub's runner would, as far as ours go: expressions, checkout, our own action, `run` steps.

Expressions are put in where the runner puts them in. A `run` step that had one would be found by its `${{`, which bash can't
read.
"""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
BASH = ["bash", "--noprofile", "--norc", "-eo", "pipefail"]


def workflow(name: str, root: Path = ROOT) -> dict:
    """Read a workflow; YAML 1.1 takes its `on` for true."""
    text = (root / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8")
    return {("on" if key is True else key): value for key, value in yaml.safe_load(text).items()}


def action() -> dict:
    return yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


@dataclass
class Ended:
    """What a job came to."""

    code: int = 0
    output: str = ""
    summary: str = ""


@dataclass
class Runner:
    """A machine for one job: `origin` is the repository that is checked out, `values` what expressions mean."""

    place: Path
    origin: Path | str | None = None
    values: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    artifacts: dict[str, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.workspace = self.place / "work"
        self.temp = self.place / "temp"
        for folder in (self.workspace, self.temp, self.place / "bin"):
            folder.mkdir(parents=True)
        (self.place / "bin" / "python").symlink_to(sys.executable)
        self.app: Mapping[str, str] = {}
        usual = {"steps.app.outputs.token": "", "runner.temp": str(self.temp), "github.token": "ghs_jobtoken"}
        self.values = usual | self.values

    def put_tool(self, script: str) -> None:
        """Have a program of ours lie where the action installs it."""
        program = self.temp / "gitops-breakglass" / "bin" / "gitops-breakglass"
        program.parent.mkdir(parents=True)
        program.write_text(script, encoding="utf-8")
        program.chmod(0o755)
        (program.parent / "python").symlink_to(sys.executable)

    def run_job(self, job: Mapping, inputs: Mapping[str, str] | None = None) -> Ended:
        """Run the steps of a job one after the other; a step after a failed one only where it says `always()`."""
        given = {f"inputs.{name}": str(value) for name, value in (inputs or {}).items()}
        ended = Ended()
        for step in job["steps"]:
            if self._is_run(step.get("if"), given, ended):
                self._step(step, given, ended)
        return ended

    def run_action(self, inputs: Mapping[str, str]) -> Ended:
        """Run our action with these inputs and its own defaults."""
        ended = Ended()
        self._action(inputs, ended)
        return ended

    def value(self, expression: str, inputs: Mapping[str, str]) -> str:
        """Work out an expression: a name, or several of which the first that is not empty counts.

        A secret or an input that nobody gave is empty, as at GitHub; any other name has to be known.
        """
        known = self.values | inputs
        told = (
            known.get(name, "") if name.startswith(("secrets.", "inputs.")) else known[name]
            for name in expression.split(" || ")
        )
        return next(filter(None, told), "")

    def _is_run(self, condition: str | None, inputs: Mapping[str, str], ended: Ended) -> bool:
        if condition == "always()":
            return True
        name = (condition or "").removesuffix(" != ''")
        return ended.code == 0 and (condition is None or self.value(name, inputs) != "")

    def _filled(self, text: object, inputs: Mapping[str, str]) -> str:
        return EXPRESSION.sub(lambda found: self.value(found[1], inputs), str(text))

    def _step(self, step: Mapping, inputs: Mapping[str, str], ended: Ended) -> None:
        given = {name: self._filled(value, inputs) for name, value in step.get("with", {}).items()}
        name = step.get("uses", "").split("@")[0]
        if "run" in step:
            self._run(step, inputs, ended)
        elif name == "actions/checkout":
            assert given["persist-credentials"] == "False"
            self._checkout(given)
        elif name == "$/.":
            self._action(given, ended)
        elif name == "actions/upload-artifact":
            self.artifacts[given["name"]] = Path(given["path"])
        elif name == "actions/download-artifact":
            folder = Path(given["path"])
            folder.mkdir()
            kept = self.artifacts[given["name"]]
            (folder / kept.name).write_bytes(kept.read_bytes())
        elif name == "actions/create-github-app-token":
            self.app = given
            self.values["steps.app.outputs.token"] = "ghs_app"
        else:
            assert name == "actions/setup-python"

    def _checkout(self, given: Mapping[str, str]) -> None:
        assert self.origin is not None
        assert given["fetch-depth"] == "0"
        branch = given["ref"].removeprefix("refs/heads/")
        target = self.workspace / given["path"]
        # As the action does: the token is git's for this one command, and is not kept in the clone.
        basic = base64.b64encode(f"x-access-token:{self.values['github.token']}".encode()).decode()
        env = {
            **os.environ,
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "http.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {basic}",
        }
        command = ["git", "clone", "--quiet", "--branch", branch, str(self.origin), str(target)]
        subprocess.run(command, check=True, env=env)

    def _action(self, inputs: Mapping[str, str], ended: Ended) -> None:
        declared = action()["inputs"]
        assert set(inputs) <= set(declared)
        defaults = {name: self._filled(each.get("default", ""), {}) for name, each in declared.items()}
        given = {f"inputs.{name}": value for name, value in (defaults | dict(inputs)).items()}
        for step in action()["runs"]["steps"]:
            if ended.code == 0:
                self._step(step, given, ended)

    def _run(self, step: Mapping, inputs: Mapping[str, str], ended: Ended) -> None:
        script, output, summary = (self.place / name for name in ("step.sh", "output", "summary"))
        script.write_text(step["run"], encoding="utf-8")
        output.touch()
        env = {name: self._filled(value, inputs) for name, value in step.get("env", {}).items()}
        ran = subprocess.run(
            [*BASH, str(script)],
            cwd=self.workspace,
            env={
                "PATH": f"{self.place / 'bin'}:{os.environ['PATH']}",
                "HOME": str(self.place),
                "RUNNER_TEMP": str(self.temp),
                "GITHUB_ACTION_PATH": str(ROOT) + "/.",
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(summary),
                "GIT_CONFIG_GLOBAL": os.devnull,
                **self.env,
                **env,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        ended.code = ended.code or ran.returncode
        ended.output += ran.stdout + ran.stderr
        ended.summary += summary.read_text(encoding="utf-8") if summary.exists() else ""
        for line in output.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition("=")
            self.values[f"steps.{step.get('id')}.outputs.{name}"] = value
        output.unlink()
