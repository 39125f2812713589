"""Globs as regular expressions of RE2, which is what CEL matches with on the API server."""

from __future__ import annotations

from collections.abc import Iterable

from gitops_breakglass.core.glob import One, chunks

NEVER = "$a"
"""Matches nothing: no letter comes after the end."""
_EVERY = "*"
_ANYTHING = "^(?s:.*)$"


def to_regex(glob: str) -> str:
    """Return the expression that a whole name matches iff the glob does, as `core.glob.matches_any` has it.

    A lone `*` is every name, and a malformed pattern matches none. The expression means the same to Python's `re`.
    """
    if glob == _EVERY:
        return _ANYTHING
    try:
        parts = ["".join(map(_one, chunk)) for chunk in chunks(glob)]
    except ValueError:
        return NEVER
    return f"^{'[^/]*'.join(parts)}$"


def any_regex(globs: Iterable[str]) -> str:
    """Return the expression for names that one of the globs matches."""
    return "|".join(to_regex(each) for each in globs) or NEVER


def _one(one: One) -> str:
    """Return the expression for one character. A range that runs backwards holds none, where RE2 would not take it."""
    ranges = [(low, high) for low, high in one.ranges if low <= high]
    if not ranges:
        # Nothing is within no range, and everything is outside of it.
        return "(?s:.)" if one.outside else NEVER
    if len(ranges) == 1 and ranges[0][0] == ranges[0][1] and not one.outside:
        return _literal(ranges[0][0])
    inside = "".join(
        _literal(low, within=True) if low == high else f"{_literal(low, within=True)}-{_literal(high, within=True)}"
        for low, high in ranges
    )
    return f"[{'^' if one.outside else ''}{inside}]"


def _literal(character: str, *, within: bool = False) -> str:
    """Return a character as itself; what could mean something else is escaped."""
    if character.isalnum() or ord(character) > 0x7F or character in "_/" or (character == "-" and not within):
        return character
    return f"\\{character}" if character.isprintable() and character != " " else f"\\x{ord(character):02x}"
