"""Takes each guard out in turn and demands that the test named for it fails: `python -m tests.mutants [WORD]`.

The lists are the mutants*.yaml beside this file. A guard whose removal no test notices is no guard. With a WORD, only mutants
whose guard contains it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
LISTS = sorted(Path(__file__).parent.glob("mutants*.yaml"))
LINKED = ("tests", "schemas", "policies", "pyproject.toml", "examples", "docs")
FAILED = 1
"""pytest's exit code where tests ran and some failed; anything else is not a catch."""


@dataclass(frozen=True)
class Mutant:
    """One guard, how it is taken out, and the test that must notice."""

    guard: str
    file: str
    old: str
    new: str
    test: str


def read() -> list[Mutant]:
    """Return the lists as one; a mutant that does not fit the code any more is an error, not a pass."""
    mutants = [Mutant(**each) for file in LISTS for each in yaml.safe_load(file.read_text())]
    for mutant in mutants:
        count = (ROOT / mutant.file).read_text().count(mutant.old)
        if count != 1:
            sys.exit(f"{mutant.guard}: {mutant.old!r} stands {count} times in {mutant.file}, not once")
    return mutants


def caught(mutant: Mutant) -> tuple[bool, str]:
    """Whether the test fails without the guard, and what pytest said."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        shutil.copytree(
            ROOT / "gitops_breakglass", tree / "gitops_breakglass", ignore=shutil.ignore_patterns("__pycache__")
        )
        for name in LINKED:
            if (ROOT / name).exists():
                (tree / name).symlink_to(ROOT / name)
        file = tree / mutant.file
        file.write_text(file.read_text().replace(mutant.old, mutant.new))
        ended = pytest(tree, [mutant.test])
    return ended.returncode == FAILED, ended.stdout[-2000:]


def pytest(tree: Path, tests: list[str]) -> subprocess.CompletedProcess[str]:
    """Run tests against the package of that tree."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)


def main(word: str = "") -> int:
    """Run them all; 0 where every one is caught."""
    mutants = [mutant for mutant in read() if word in mutant.guard]
    whole = pytest(ROOT, sorted({mutant.test for mutant in mutants}))
    if whole.returncode != 0:
        print(whole.stdout[-3000:])
        print("the tests that are to catch mutants must pass without them")
        return 1
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        results = list(threads.map(caught, mutants))
    missed = [(mutant, said) for mutant, (ok, said) in zip(mutants, results, strict=True) if not ok]
    for mutant, said in missed:
        print(
            f"NOT CAUGHT  {mutant.guard}\n  {mutant.file}: {mutant.old!r} -> {mutant.new!r}\n  by {mutant.test}\n{said}"
        )
    print(f"mutants: {len(mutants) - len(missed)} passed, {len(missed)} failed")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
