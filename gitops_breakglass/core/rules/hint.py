"""Guessing what was meant by a name that is not there."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 100
"""Comparing names takes time that grows with their product; longer ones are no slip of the pen."""


def nearest(word: str, known: Iterable[str], *, likeness: float = 0.6) -> str | None:
    """Return "did you mean `…`?" with the name that is most like `word`, or None; 1 is the same name, 0 nothing alike."""
    if len(word) > _LONGEST:
        return None
    found = get_close_matches(word, sorted(each for each in known if len(each) <= _LONGEST), n=1, cutoff=likeness)
    return f"did you mean `{found[0]}`?" if found else None
