"""Takes each guard out in turn and demands that the test named for it fails: `python -m tests.mutants [WORDS]`.

The lists are the mutants*.yaml beside this file. A guard whose removal no test notices is no guard. With WORDS, only mutants
whose guard contains them.
"""

import argparse
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
COPIED = ("action.yml", ".github", "deploy", "policies", "templates")
LINKED = ("tests", "schemas", "pyproject.toml", "examples", "docs")
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
    """Return the lists as one."""
    return [Mutant(**each) for file in LISTS for each in yaml.safe_load(file.read_text())]


def misfits(mutants: list[Mutant]) -> list[str]:
    """What is wrong with those that fit the code no more, or whose test is gone: they are errors, not passes."""
    wrong = []
    for mutant in mutants:
        file = ROOT / mutant.file
        count = file.read_text().count(mutant.old) if file.is_file() else 0
        if mutant.file.partition("/")[0] in LINKED:
            wrong.append(f"{mutant.guard}: {mutant.file} is not copied, so breaking it would break the real one")
        elif count != 1:
            wrong.append(f"{mutant.guard}: {mutant.old!r} stands {count} times in {mutant.file}, not once")
        tests, _, name = mutant.test.partition("::")
        defined = f"def {name.partition('[')[0]}(" if name else ""
        if not (ROOT / tests).is_file() or defined not in (ROOT / tests).read_text():
            wrong.append(f"{mutant.guard}: there is no {mutant.test}")
    return wrong


def caught(mutant: Mutant) -> tuple[bool, str]:
    """Whether the test fails without the guard, and what pytest said."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        # With what is compiled already, which goes by a file's time and size: compiling takes longer than many a test.
        shutil.copytree(ROOT / "gitops_breakglass", tree / "gitops_breakglass")
        for name in COPIED:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, tree / name)
        for name in LINKED:
            if (ROOT / name).exists():
                (tree / name).symlink_to(ROOT / name)
        file = tree / mutant.file
        file.write_text(file.read_text().replace(mutant.old, mutant.new))
        # The same size, within the same second: so it would be the old one that runs.
        for compiled in (file.parent / "__pycache__").glob(f"{file.stem}.*"):
            compiled.unlink()
        ended = pytest(tree, ["--hypothesis-profile=unshrunk", mutant.test], PYTHONDONTWRITEBYTECODE="1")
    return ended.returncode == FAILED, ended.stdout[-2000:]


def pytest(tree: Path, arguments: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run tests against the package of that tree."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "-p", "no:cacheprovider", *arguments]
    whole = {**os.environ, "PYTHONPATH": str(tree), **environment}
    return subprocess.run(command, cwd=tree, env=whole, capture_output=True, text=True, check=False)


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
    sys.exit(main())
