"""Runs pytest, and what failed in it once more, alone; says both results, and fails where the second look fails too.

`python -m tests.second_look [options of pytest]`: docs/adr/0018-a-second-look-and-none-at-races.md says what is excused by
it and what is not.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

FINAL_MARK = "not_even_once"
MOST_FILES = 5
"""Where tests of more files fail, that is no chance, and to run them all alone would take long."""
_PHASES = ("setup", "call", "teardown")


# -- the plugin, which notes what failed


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add where to note what failed, and where what is to be run again was noted."""
    group = parser.getgroup("second look")
    group.addoption("--note-failures", type=Path, help="write what failed, and what of it is final, to this file")
    group.addoption("--look-again", type=Path, help="run only what this file notes")


def pytest_configure(config: pytest.Config) -> None:
    """Note what fails, once for all test processes."""
    if (path := config.getoption("note_failures")) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Notes(path))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep what is to be looked at again; each of it has to be there."""
    if path := config.getoption("look_again"):
        wanted = set(json.loads(path.read_text())["again"])
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in wanted])
        items[:] = [item for item in items if item.nodeid in wanted]
        if missing := wanted - {item.nodeid for item in items}:
            raise pytest.UsageError(f"not found again: {', '.join(sorted(missing))}")


class _Notes:
    """What failed: by node id what may be looked at again, and in words what may not."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._again: dict[str, None] = {}
        self._final: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.failed:
            return
        if report.when not in _PHASES:
            self._final.append(f"{report.nodeid}: its test process ended")
        # What failed before it began has not been asked yet.
        elif FINAL_MARK in report.keywords and report.when != "setup":
            self._final.append(f"{report.nodeid}: marked {FINAL_MARK}")
        self._again[report.nodeid] = None

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._final.append(f"{report.nodeid}: it can't be collected")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        if error:
            self._final.append(f"{node.gateway.id}: the test process ended")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if session.shouldfail or session.shouldstop:
            self._final.append("the run stopped before its end")
        self._path.write_text(json.dumps({"again": list(self._again), "final": list(dict.fromkeys(self._final))}))


# -- the two runs


def main(arguments: list[str]) -> int:
    """Run pytest with these arguments, and again what failed; return pytest's exit code, of the second run if there is one."""
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder) / "first.json", Path(folder) / "second.json"
        code = _pytest(*arguments, f"--note-failures={first}")
        if not first.exists():
            return code or 1
        noted = json.loads(first.read_text())
        if reason := _why_not(code, noted):
            _say("no second look:", *reason)
            return code or 1
        if code == 0:
            return 0
        _say(f"{len(noted['again'])} failed among the others; a second look at each, alone:", *noted["again"])
        alone = _pytest(
            *arguments, "-n0", *_other_report(arguments), f"--look-again={first}", f"--note-failures={second}"
        )
        failed = json.loads(second.read_text())["again"] if second.exists() else noted["again"]
        results = [f"{each}: failed, {'failed' if each in failed else 'passed'} alone" for each in noted["again"]]
        _say(
            "the suite fails, also on the second look:" if alone else "the suite passes, on the second look:", *results
        )
        return alone


def _why_not(code: int, noted: dict[str, list[str]]) -> list[str]:
    """Why there is no second look, line by line; nothing where there may be one, or need be none."""
    if noted["final"]:
        return noted["final"]
    if code not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        return [f"pytest ended with {code}"]
    files = {each.partition("::")[0] for each in noted["again"]}
    if len(files) > MOST_FILES:
        return [f"tests of {len(files)} files failed, which is no chance"]
    return ["pytest failed, and no test did"] if code and not files else []


def _pytest(*arguments: str) -> int:
    command = [sys.executable, "-m", "pytest", "-p", "tests.second_look", *arguments]
    return subprocess.run(command, check=False).returncode


def _other_report(arguments: list[str]) -> list[str]:
    """The option of a JUnit report beside the first one, where there is one: that still tells what failed."""
    for given, following in zip(arguments, [*arguments[1:], ""], strict=True):
        option, _, value = given.partition("=")
        if option in {"--junitxml", "--junit-xml"}:
            report = Path(value or following)
            return [f"{option}={report.with_name(f'{report.stem}-second-look{report.suffix}')}"]
    return []


def _say(*lines: str) -> None:
    print("second look: " + "\n  ".join(lines), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
