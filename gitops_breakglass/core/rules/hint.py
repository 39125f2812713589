"""Guessing what was meant by a name that is not there."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches

_LONGEST = 100
"""Comparing names takes time that grows with their product; longer ones are no slip of the pen."""


def nearest(word: str, known: Iterable[str], *, likeness: float = 0.6) -> str | None:
    """Return "did you mean `…`?" with the name that is most like `word`, or None; 1 is the same name, 0 nothing alike."""
    if len(word) > _LONGEST:
        return None
    short = sorted(each for each in known if len(each) <= _LONGEST and _may_be(word, each, likeness))
    found = get_close_matches(word, short, n=1, cutoff=likeness)
    return f"did you mean `{found[0]}`?" if found else None


def _may_be(word: str, name: str, likeness: float) -> bool:
    """Tell apart addresses that have little but their domain in common: colleagues are not each other's misspelling."""
    before, at, _ = word.rpartition("@")
    other, _, _ = name.rpartition("@")
    return not at or SequenceMatcher(None, before, other).ratio() >= likeness
