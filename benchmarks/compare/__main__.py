"""`python -m benchmarks.compare [--ours]`: runs the tools on the broken files and writes docs/comparison.md."""

from __future__ import annotations

import argparse
import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.compare.cases import ROOT, read_cases
from benchmarks.compare.page import OURS, page, renewed
from benchmarks.compare.tools import others, ours, program

PAGE = ROOT / "docs" / "comparison.md"


def main() -> None:
    """Write the page anew, or only our part of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument("--ours", action="store_true", help="renew what `check` says, and leave the others as they are")
    cases = read_cases()
    if parser.parse_args().ours:
        text = PAGE.read_text(encoding="utf-8")
        for case in cases:
            text = renewed(text, case, ours(case))
        PAGE.write_text(text, encoding="utf-8")
        return
    with TemporaryDirectory() as scratch:
        tools = {OURS: ours, **others(Path(scratch))}
        answers = [(case, {name: tool(case) for name, tool in tools.items()}) for case in cases]
    PAGE.write_text(page(answers, {name: _version(name) for name in tools if name != OURS}), encoding="utf-8")


def _version(name: str) -> str:
    """Return the number of a tool's version; what Go knows of a program that was built without one."""
    path = program(name)
    asked = [path, "-v" if name == "kubeconform" else "--version"], ["go", "version", "-m", path]
    for command in asked:
        said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        if found := re.search(rf"{name}\D*\s[v(version) ]*(\d+\.\d+\.\d+)|^v?(\d+\.\d+\.\d+)$", said, re.MULTILINE):
            return found[1] or found[2]
    return "of unknown version"


if __name__ == "__main__":
    main()
