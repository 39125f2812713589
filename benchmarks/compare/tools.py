"""The four tools, each run on one file as its makers would have it run, with our schemas."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from benchmarks.compare.cases import ROOT, Case
from gitops_breakglass.cli.main import main

_SCHEMAS = ROOT / "schemas"
_KIND = re.compile(rb"^kind: (\w+)", re.MULTILINE)
_SECONDS = 60


@dataclass(frozen=True)
class Answer:
    """What a tool said of one file, and whether it found anything wrong."""

    text: str
    refused: bool

    @property
    def has_line(self) -> bool:
        """Whether the line is named."""
        return bool(re.search(r"\.yaml:\d+|\bline \d+", self.text))


Tool = Callable[[Case], Answer]


def ours(case: Case) -> Answer:
    """Check the whole repository, and keep what is about the file."""
    with case.laid_out() as repository:
        said = CliRunner().invoke(main, ["check", str(repository / case.path)]).stdout.strip("\n")
    # A warning does not fail the check, and is said nevertheless.
    return Answer(said, refused=bool(said))


def others(scratch: Path) -> Mapping[str, Tool]:
    """Return the other tools by name; `scratch` is a folder for schemas in the forms that they want."""
    kubeconform, conftest, check_jsonschema = map(program, ("kubeconform", "conftest", "check-jsonschema"))
    schemas = {schema["properties"]["kind"]["const"]: schema for schema in _kinds()}
    for kind, schema in schemas.items():
        (scratch / f"{kind.lower()}.json").write_text(json.dumps(schema))
    (scratch / "data.json").write_text(json.dumps({"schemas": schemas}))
    location = f"{scratch}/{{{{.ResourceKind}}}}.json"
    rego = Path(__file__).with_name("schema.rego")

    def by_kubeconform(case: Case) -> Answer:
        with case.laid_out() as repository:
            return _run([kubeconform, "-strict", "-schema-location", location, case.path], repository)

    def by_conftest(case: Case) -> Answer:
        with case.laid_out() as repository:
            command = [conftest, "test", "--no-color", "--policy", str(rego), "--data", str(scratch / "data.json")]
            return _run([*command, case.path], repository)

    def by_check_jsonschema(case: Case) -> Answer:
        kind = _KIND.search(case.content)
        name = kind[1].decode() if kind else ""
        side = "request" if case.path.startswith("requests/") else "policy"
        file = scratch / f"{name.lower()}.json"
        schema = file if file.exists() else _SCHEMAS / f"{side}.schema.json"
        with case.laid_out() as repository:
            return _run([check_jsonschema, "--color", "never", "--schemafile", str(schema), case.path], repository)

    return {"kubeconform": by_kubeconform, "conftest": by_conftest, "check-jsonschema": by_check_jsonschema}


def _kinds() -> list[dict[str, Any]]:
    """Return the schemas of single kinds that need no other file, without the address that tools would fetch."""
    found = []
    for file in sorted(_SCHEMAS.glob("*.schema.json")):
        text = file.read_text(encoding="utf-8")
        schema = json.loads(text)
        if "const" in schema.get("properties", {}).get("kind", {}) and '"kubernetes/' not in text:
            schema.pop("$id")
            found.append(schema)
    return found


def program(name: str) -> str:
    """Return the path of a program. Ends the run where it is neither on the PATH nor in its environment variable."""
    variable = "GITOPS_BREAKGLASS_" + name.upper().replace("-", "_")
    found = os.environ.get(variable) or shutil.which(name)
    if found is None:
        sys.exit(f"{name} is not there; install it, or name it in {variable}")
    return found


def _run(command: list[str], folder: Path) -> Answer:
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "120"}
    environment.pop("FORCE_COLOR", None)
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    said = re.sub(r"\S*/(\w+\.(?:schema\.)?json)\b", r"…/\1", done.stdout + done.stderr)
    lines = [line.rstrip() for line in said.splitlines()]
    return Answer("\n".join(lines).strip("\n"), refused=done.returncode != 0)
