"""What judges workflows and components in the tests; `python -m tests.ci.linters` installs it ahead of them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import jsonschema

from tests.cluster.harness.build import BuildError, packaged
from tests.cluster.harness.locks import locked
from tests.node_packages import cache_of, installed

HERE = Path(__file__).parent
# Carries the published schemas of GitLab's pipelines and of GitHub's files.
SCHEMAS = "check-jsonschema==0.39.0"
# Newer than this actionlint: https://github.blog/changelog/2026-07-30-reference-same-repository-actions-with-self-repository-syntax/
SELF = re.compile(r'specifying action "\$/\." in invalid format because ref is missing\. .*')


def actionlint(files: Mapping[str, str]) -> list[str]:
    """Return what actionlint says of workflows, given as texts by path."""
    node, home = installed(HERE, "actionlint")
    ran = subprocess.run(
        [node, str(HERE / "actionlint.js"), str(home)],
        input=json.dumps(files),
        capture_output=True,
        text=True,
        check=True,
    )
    found = [each for each in json.loads(ran.stdout) if not SELF.fullmatch(each["message"])]
    return [f"{each['path']}:{each['line']}: {each['message']}" for each in found]


def zizmor(folder: Path) -> list[str]:
    """Return what zizmor says of the workflows and actions of a repository, at its pickiest short of the auditor."""
    program = str(Path(sys.executable).parent / "zizmor")
    ran = subprocess.run(
        [program, "--offline", "--persona=pedantic", "--format=json", "--no-exit-codes", "--quiet", str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    return [f"{each['ident']}: {each['locations'][0]['symbolic']['key']}" for each in json.loads(ran.stdout)]


def against_schema(name: str, document: object) -> list[str]:
    """Return where a document leaves a published schema, such as `gitlab-ci` or `github-actions`."""
    schema = _schemas() / f"{name}.json"
    validator = jsonschema.Draft7Validator(json.loads(schema.read_text(encoding="utf-8")))
    return [f"{each.json_path}: {each.message}" for each in validator.iter_errors(document)]


def _schemas() -> Path:
    cache = cache_of(HERE)
    with locked(cache / "lock"):
        return packaged(SCHEMAS, cache) / "check_jsonschema" / "builtin_schemas" / "vendor"


if __name__ == "__main__":
    try:
        installed(HERE, "actionlint")
        _schemas()
    except BuildError as error:
        sys.exit(f"error: {error}")
