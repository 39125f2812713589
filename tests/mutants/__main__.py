"""Takes each guard out in turn and demands that the test named for it fails: `python -m tests.mutants [WORDS]`.

The lists are the mutants*.yaml beside this file. A guard whose removal no test notices is no guard. With WORDS, only mutants
whose guard contains them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from queue import Queue

import yaml

from tests.mutants.warm import Starter

ROOT = Path(__file__).parents[2]
LISTS = sorted(Path(__file__).parent.glob("mutants*.yaml"))
COPIED = ("action.yml", ".github", "deploy", "policies", "templates")
LINKED = ("tests", "schemas", "pyproject.toml", "examples", "docs")
FAILED = 1
"""pytest's exit code where tests ran and some failed; anything else is not a catch."""
QUIET = ["-q", "-x", "--no-header", "-p", "no:cacheprovider"]
LONGEST = 900
"""Seconds that one mutant's test may take. Most take one; a loop that a mutant leaves without its end is no catch."""
LONGEST_WHOLE = 3600
"""Seconds that the tests of all mutants may take."""


@dataclass(frozen=True)
class Mutant:
    """One guard, how it is taken out, and the test that must notice."""

    guard: str
    file: str
    old: str
    new: str
    test: str


def read() -> list[Mutant]:
    """Return the lists as one."""
    return [Mutant(**each) for file in LISTS for each in yaml.safe_load(file.read_text())]


def misfits(mutants: list[Mutant]) -> list[str]:
    """What is wrong with those that fit the code no more, or whose test or its case is gone: they are errors, not passes."""
    wrong = []
    for mutant in mutants:
        file = ROOT / mutant.file
        count = file.read_text().count(mutant.old) if file.is_file() else 0
        if mutant.file.partition("/")[0] in LINKED:
            wrong.append(f"{mutant.guard}: {mutant.file} is not copied, so breaking it would break the real one")
        elif count != 1:
            wrong.append(f"{mutant.guard}: {mutant.old!r} stands {count} times in {mutant.file}, not once")
    there = collected({mutant.test.partition("::")[0] for mutant in mutants})
    return wrong + [f"{mutant.guard}: there is no {mutant.test}" for mutant in mutants if mutant.test not in there]


def collected(files: set[str]) -> set[str]:
    """What can be run of those files: the files, the tests in them, and each case of those. Raises where that can't be told.

    pytest itself, told of many tests, passes over a case that is not there and says nothing.
    """
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "--assert=plain", "-p", "no:cacheprovider"]
    if not (existing := sorted(name for name in files if (ROOT / name).is_file())):
        return set()
    ended = subprocess.run([*command, *existing], cwd=ROOT, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise RuntimeError(f"the tests of mutants can't be collected: {ended.stdout[-3000:]}{ended.stderr[-3000:]}")
    found = {line for line in ended.stdout.splitlines() if line.partition("::")[0] in existing}
    return found | {each.partition("[")[0] for each in found} | {each.partition("::")[0] for each in found}


def copied(folder: Path) -> Path:
    """Return a tree like this one, for tests to run in: what they compile and write stays there."""
    base = folder / "base"
    base.mkdir()
    for name in ("gitops_breakglass", "tests", *COPIED):
        _copy(ROOT / name, base / name)
    _linked(base)
    return base


def _copy(source: Path, target: Path) -> None:
    """Copy a file, or a folder with all that is in it."""
    copy = shutil.copytree if source.is_dir() else shutil.copy
    copy(source, target)


def _linked(tree: Path) -> None:
    """Put what no mutant changes into that tree, but for what is there already."""
    for name in LINKED:
        if (ROOT / name).exists() and not (tree / name).exists():
            (tree / name).symlink_to(ROOT / name)


def caught(mutant: Mutant, base: Path, starters: Queue[Starter]) -> tuple[int, str]:
    """Pytest's exit code without the guard, and what it said."""
    with tempfile.TemporaryDirectory(dir=base.parent) as folder:
        tree = Path(folder)
        (tree / "tests").symlink_to(base / "tests")
        # As links, which is ten times faster, with what is compiled already: that goes by a file's time and size.
        shutil.copytree(base / "gitops_breakglass", tree / "gitops_breakglass", copy_function=os.link)
        for name in COPIED:
            _copy(base / name, tree / name)
        _linked(tree)
        file = tree / mutant.file
        broken = file.read_text().replace(mutant.old, mutant.new)
        file.unlink()
        file.write_text(broken)
        # The same size, within the same second: so it would be the old one that runs.
        for compiled in (file.parent / "__pycache__").glob(f"{file.stem}.*"):
            compiled.unlink()
        starter = starters.get()
        try:
            return starter.run(tree, [*QUIET, "--hypothesis-profile=unshrunk", mutant.test], seconds=LONGEST)
        finally:
            starters.put(starter)


def whole(tests: list[str], base: Path, starters: Queue[Starter]) -> str:
    """What is said of tests that fail though no guard is missing; nothing where there are none."""

    def run(share: list[str]) -> tuple[int, str]:
        starter = starters.get()
        try:
            return starter.run(base, [*QUIET, *share], seconds=LONGEST_WHOLE, compiling=True)
        finally:
            starters.put(starter)

    with ThreadPoolExecutor(starters.qsize()) as threads:
        shares = _shares(tests, starters.qsize())
        failed = [share for share, (code, _) in zip(shares, threads.map(run, shares), strict=True) if code != 0]
    # Once more, alone: some are about time, of which two at once leave each other less.
    return "".join(said for code, said in map(run, failed) if code != 0)


def _shares(tests: list[str], number: int) -> list[list[str]]:
    """Those tests in so many shares of about the same size, with what stands in one file together; none is empty."""
    shares: list[list[str]] = [[] for _ in range(number)]
    files = [list(each) for _, each in groupby(tests, key=lambda test: test.partition("::")[0])]
    for each in sorted(files, key=len, reverse=True):
        min(shares, key=len).extend(each)
    return [share for share in shares if share]


@contextmanager
def started(folder: Path) -> Iterator[Queue[Starter]]:
    """As many processes to run tests from as there are processors."""
    starters: Queue[Starter] = Queue()
    everyone = []
    try:
        for number in range(os.cpu_count() or 1):
            place = folder / f"starter-{number}"
            place.mkdir()
            everyone.append(Starter(place))
            starters.put(everyone[-1])
        yield starters
    finally:
        for each in everyone:
            each.close()


def main() -> int:
    """Run those that are asked for; 0 where every one is caught."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("words", nargs="?", default="", help="only mutants whose guard contains this; all without it")
    parser.add_argument(
        "--list", action="store_true", help="say which they are and whether they fit the code; run none"
    )
    asked = parser.parse_args()
    mutants = [mutant for mutant in read() if asked.words in mutant.guard]
    if not mutants:
        parser.error(f"no mutant's guard contains {asked.words!r}")
    if wrong := misfits(mutants):
        print("\n".join(wrong))
        return 1
    if asked.list:
        print("\n".join(f"{mutant.guard}: {mutant.file}" for mutant in mutants))
        return 0
    with tempfile.TemporaryDirectory() as folder, started(Path(folder)) as starters:
        base = copied(Path(folder))
        if said := whole(sorted({mutant.test for mutant in mutants}), base, starters):
            print(said[-3000:])
            print("the tests that are to catch mutants must pass without them")
            return 1
        before = written(base)
        missed = 0
        with ThreadPoolExecutor(starters.qsize()) as threads:
            results = threads.map(lambda mutant: caught(mutant, base, starters), mutants)
            for mutant, (code, said) in zip(mutants, results, strict=True):
                if code != FAILED:
                    missed += 1
                    print(
                        f"NOT CAUGHT  {mutant.guard}\n  {mutant.file}: {mutant.old!r} -> {mutant.new!r}\n"
                        f"  by {mutant.test}, which ended with {code}\n{said[-2000:]}",
                        flush=True,
                    )
        if written(base) != before:
            print("a test wrote into the package, which all mutants share but for their own file: none of this counts")
            return 1
    print(f"mutants: {len(mutants) - missed} passed, {missed} failed")
    return bool(missed)


def written(base: Path) -> dict[Path, int]:
    """When each file of the package was written, in nanoseconds."""
    return {path: path.stat().st_mtime_ns for path in (base / "gitops_breakglass").rglob("*.py")}


if __name__ == "__main__":
    sys.exit(main())
