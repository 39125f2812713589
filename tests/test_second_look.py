"""A second look excuses a test that fails among others and passes alone, and nothing else."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).parents[1]
GOOD = "def test_good(): pass\n"
BAD = "def test_bad(): raise AssertionError\n"
ONCE = """
import pathlib
def test_once():
    seen = pathlib.Path("seen")
    if not seen.exists():
        seen.touch()
        raise AssertionError("the first time")
"""
FINAL = ONCE.replace("def test_once", "import pytest\n@pytest.mark.not_even_once\ndef test_once")
AT_SETUP = """
import pathlib, pytest
@pytest.fixture
def slow():
    seen = pathlib.Path("seen")
    if not seen.exists():
        seen.touch()
        raise AssertionError("too slow")
@pytest.mark.not_even_once
def test_once(slow): pass
"""
DIES = """
import os, pathlib
def test_dies():
    seen = pathlib.Path("seen")
    if not seen.exists():
        seen.touch()
        os._exit(1)
"""


@pytest.fixture
def looked(tmp_path):
    """Run files of tests with a second look; the exit code and all that was said."""
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = not_even_once\n")

    def look(*options, **files):
        for name, text in files.items():
            (tmp_path / f"test_{name}.py").write_text(text)
        command = [sys.executable, "-m", "tests.second_look", "-p", "no:cacheprovider", *options]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        ran = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        return ran.returncode, ran.stdout + ran.stderr

    return look


def second(said):
    """What is said of the second look, without what pytest says."""
    return [line for line in said.splitlines() if line.startswith("second look")]


@pytest.mark.parametrize("processes", ["-n0", "-n2"])
def test_all_that_passes_is_looked_at_once(looked, processes):
    code, said = looked(processes, good=GOOD)
    assert (code, second(said)) == (0, [])


@pytest.mark.parametrize("processes", ["-n0", "-n2"])
def test_what_passes_alone_is_excused_and_both_results_are_said(looked, processes):
    code, said = looked(processes, good=GOOD, once=ONCE)
    assert code == 0
    assert said.count("1 failed") == 2
    assert "second look: the suite passes, on the second look:\n  test_once.py::test_once: failed, passed alone" in said
    # Only what failed is run again.
    assert "1 passed, 1 deselected" in said


def test_what_fails_alone_too_fails(looked):
    code, said = looked("-n2", good=GOOD, bad=BAD, once=ONCE)
    assert code == 1
    assert "test_bad.py::test_bad: failed, failed alone\n" in said
    assert "test_once.py::test_once: failed, passed alone\n" in said


@pytest.mark.parametrize(
    "name, text, why",
    [
        ("final", FINAL, "test_final.py::test_once: marked not_even_once"),
        ("dies", DIES, "test_dies.py::test_dies: its test process ended"),
        ("broken", "def\n", "test_broken.py: it can't be collected"),
    ],
)
def test_one_failure_is_final_of(looked, name, text, why):
    code, said = looked("-n2", good=GOOD, **{name: text})
    assert code != 0
    assert second(said) == ["second look: no second look:"]
    assert f"  {why}\n" in said


def test_a_test_process_that_ends_between_tests_is_final_though_no_test_failed(looked, tmp_path):
    ends = "import os\ndef pytest_sessionfinish(session):\n    if hasattr(session.config, 'workerinput'): os._exit(1)\n"
    (tmp_path / "conftest.py").write_text(ends)
    code, said = looked("-n1", good=GOOD)
    assert code == 1
    assert "second look: no second look:\n  gw0: the test process ended\n" in said


def test_a_run_that_broke_off_by_itself_is_not_excused(looked, tmp_path):
    breaks = "def pytest_runtest_logfinish(nodeid):\n    if 'good' in nodeid: raise RuntimeError\n"
    (tmp_path / "conftest.py").write_text(breaks)
    code, said = looked("-n0", a=ONCE, good=GOOD)
    assert code == pytest.ExitCode.INTERNAL_ERROR
    assert "second look: no second look:" in said


def test_what_may_not_happen_even_once_stays_final_beside_what_may(looked):
    code, said = looked("-n2", bad=ONCE, other=FINAL.replace("seen", "other"))
    assert code == 1
    assert second(said) == ["second look: no second look:"]


def test_what_failed_before_it_began_has_not_been_asked(looked):
    code, said = looked("-n2", setup=AT_SETUP)
    assert (code, "test_setup.py::test_once: failed, passed alone" in said) == (0, True)


def test_a_run_that_stops_at_the_first_failure_is_not_excused_for_the_rest(looked):
    code, said = looked("-n0", "-x", a=ONCE, b=BAD)
    assert code != 0
    assert "the run stopped before its end" in said


def test_failures_all_over_are_no_chance(looked):
    code, said = looked("-n2", **{f"bad{number}": BAD for number in range(6)})
    assert code == 1
    assert "tests of 6 files failed, which is no chance" in said


@pytest.mark.parametrize("option", [["--nonsense"], ["-k", "nothing"]])
def test_what_is_no_failure_of_a_test_keeps_its_exit_code(looked, option):
    code, said = looked("-n0", *option, good=GOOD)
    assert code == {"--nonsense": pytest.ExitCode.USAGE_ERROR, "-k": pytest.ExitCode.NO_TESTS_COLLECTED}[option[0]]
    assert "passes" not in said


def test_the_first_report_keeps_what_failed_and_the_second_has_one_of_its_own(looked, tmp_path):
    code, _ = looked("-n2", "--junitxml=out.xml", good=GOOD, once=ONCE)
    counts = {}
    for name in ("out.xml", "out-second-look.xml"):
        (suite,) = ET.parse(tmp_path / name).getroot()
        counts[name] = (suite.get("tests"), suite.get("failures"))
    assert (code, counts) == (0, {"out.xml": ("2", "1"), "out-second-look.xml": ("1", "0")})
