"""The lists of mutants follow the code: one that fits no more guards nothing, and nobody runs them all each day."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.mutants.__main__ import FAILED, misfits, read
from tests.mutants.warm import NONE, Starter


def test_every_mutant_fits_the_code_and_its_test_and_its_case_are_there():
    mutants = read()
    assert len(mutants) > 100
    assert misfits(mutants) == []


def test_a_mutant_whose_case_or_test_is_gone_is_told():
    there = next(mutant for mutant in read() if mutant.test.startswith("tests/unit/test_debug_rights.py::test"))
    file, name = there.test.partition("[")[0].split("::")
    gone = [
        f"{file}::{name}[no such case]",
        f"{file}::test_of_old",
        "tests/test_of_old.py",
        "tests/test_of_old.py::test",
    ]
    assert misfits([there, *(replace(there, test=each) for each in gone)]) == [
        f"{there.guard}: there is no {each}" for each in gone
    ]


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Starter]:
    starter = Starter(tmp_path_factory.mktemp("starter"))
    yield starter
    starter.close()


def tree(folder: Path, test: str, *, package: bool = True) -> Path:
    """Return a tree with an empty package and that test."""
    for name in ("tests", "gitops_breakglass") if package else ("tests",):
        (folder / name).mkdir()
        (folder / name / "__init__.py").touch()
    (folder / "pyproject.toml").write_text('[tool.pytest]\nfilterwarnings = ["error"]\n')
    (folder / "tests" / "test_it.py").write_text(test)
    return folder


@pytest.mark.parametrize(
    ("test", "code"),
    [
        pytest.param("def test(): assert 1 == 2", FAILED, id="it fails"),
        pytest.param("def test(): pass", pytest.ExitCode.OK, id="it passes"),
        pytest.param("", pytest.ExitCode.NO_TESTS_COLLECTED, id="there is none"),
        pytest.param("import os\ndef test(): os._exit(1)", NONE, id="its process ends"),
        pytest.param("import os\ndef test(): os.kill(os.getpid(), 9)", NONE, id="its process is killed"),
        pytest.param("import time\ndef test(): time.sleep(60)", NONE, id="it takes too long"),
    ],
)
def test_a_mutant_is_caught_where_its_test_fails_and_not_where_it_can_t_be_told(test, code, starter, tmp_path):
    assert starter.run(tree(tmp_path, test), ["tests/test_it.py"], seconds=3 if "sleep" in test else 60)[0] == code


def test_the_package_of_the_tree_is_what_is_tested_in_the_process_and_in_those_that_it_starts(starter, tmp_path):
    tested = tree(
        tmp_path,
        f"""
import subprocess, sys, gitops_breakglass
def test():
    program = "import gitops_breakglass; print(gitops_breakglass.__file__)"
    there = subprocess.check_output([sys.executable, "-c", program], cwd="/", text=True)
    assert there.strip() == gitops_breakglass.__file__ == {str(tmp_path / "gitops_breakglass" / "__init__.py")!r}
""",
    )
    code, said = starter.run(tested, ["tests/test_it.py"], seconds=60)
    assert code == 0, said


def test_another_package_than_the_tree_s_is_never_tested(starter, tmp_path):
    tested = tree(tmp_path, "def test(): assert 1 == 2", package=False)
    code, said = starter.run(tested, ["tests/test_it.py"], seconds=60)
    assert (code, "['gitops_breakglass'] would not be those of" in said) == (NONE, True)
