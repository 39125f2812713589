"""Patterns that policies bring along, in Go's syntax as far as one linear engine takes it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

LONGEST = 500
"""Characters. Compiling is what costs, and a file may hold hundreds of patterns."""
_COMPILED = 1 << 17
"""Bytes that a compiled pattern may take; one with large repeats of large classes takes more."""


def problem(pattern: str) -> str | None:
    """Say why a pattern can't be used, or None."""
    if len(pattern) > LONGEST:
        return f"it is longer than {LONGEST} characters"
    if _compiled(pattern) is None:
        return "it can't be read, or takes too much memory"
    return None


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern is found anywhere in the text, in time that grows with the text; not where it is unusable."""
    compiled = _compiled(pattern) if len(pattern) <= LONGEST else None
    return compiled is not None and compiled.is_valid(text)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    # Python's own engine backtracks, and can be kept busy for ever by a pattern of ten characters.
    import jsonschema_rs

    try:
        return jsonschema_rs.Draft202012Validator(
            {"pattern": pattern}, offline=True, pattern_options=jsonschema_rs.RegexOptions(size_limit=_COMPILED)
        )
    except ValueError:
        return None
