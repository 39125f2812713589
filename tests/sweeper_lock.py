"""The part of the runtime lock that the sweeper's image installs: `python -m tests.sweeper_lock` writes it."""

from __future__ import annotations

import re
from importlib.metadata import requires
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements" / "lock.txt"
PART = ROOT / "deploy" / "sweeper" / "requirements.txt"
WANTED = ("click", "cronsim", "kubernetes", "tzdata")
"""What the sweeper imports by itself."""
HEAD = "# A part of requirements/lock.txt, made by `python -m tests.sweeper_lock`.\n"


def locked() -> dict[str, str]:
    """Each package's lines of the runtime lock, with its hashes and without its comments."""
    text = "".join(line for line in LOCK.read_text().splitlines(keepends=True) if not line.lstrip().startswith("#"))
    return {each.partition("==")[0]: each for each in re.split(r"^(?=\S)", text, flags=re.MULTILINE) if each}


def needed(packages: dict[str, str]) -> set[str]:
    """What the wanted packages need, as far as the lock has it: what it lacks is for other systems, or optional."""
    found: set[str] = set()
    left = list(WANTED)
    while left:
        name = re.sub(r"[-_.]+", "-", left.pop()).lower()
        if name in packages and name not in found:
            found.add(name)
            left += [
                re.split(r"[^A-Za-z0-9._-]", each, maxsplit=1)[0]
                for each in requires(name) or ()
                if "extra ==" not in each
            ]
    return found


def part() -> str:
    """What the file has to hold."""
    packages = locked()
    return HEAD + "".join(packages[name] for name in sorted(needed(packages)))


if __name__ == "__main__":
    PART.write_text(part())
