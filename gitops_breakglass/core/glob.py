"""Globs as Go's `path.Match` reads them, which is what upstream matches names with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

SPECIAL = frozenset("*?[\\")
"""The characters that make a name a pattern."""


@dataclass(frozen=True)
class One:
    """What one character must be: inside one of the ranges, or outside all of them."""

    ranges: tuple[tuple[str, str], ...]
    outside: bool = False

    def takes(self, character: str) -> bool:
        return any(low <= character <= high for low, high in self.ranges) is not self.outside


_ANY = One((("/", "/"),), outside=True)
Chunk = tuple[One, ...]


# A run asks the same few things of every request: is this escalation for that cluster?
@lru_cache(maxsize=4096)
def matches(pattern: str, name: str) -> bool:
    """Whether the whole name matches; `*` and `?` stop at a slash. Raises ValueError for a malformed pattern."""
    first, *rest = chunks(pattern)
    if not _begins(first, name):
        return False
    at = len(first)
    for index, chunk in enumerate(rest):
        # The first place where a chunk fits leaves the most to the chunks after it: no place has to be tried again.
        found = _place(chunk, name, at, last=index == len(rest) - 1)
        if found is None:
            return False
        at = found
    return at == len(name)


def matches_any(patterns: tuple[str, ...] | frozenset[str], name: str) -> bool:
    """Whether one of the patterns matches; a lone `*` is every name, and a malformed pattern is none."""
    return any(pattern == "*" or _matches_or_not(pattern, name) for pattern in patterns)


def problem(pattern: str) -> str | None:
    """Say what is wrong with a pattern, or None."""
    try:
        chunks(pattern)
    except ValueError as error:
        return str(error)
    return None


def _matches_or_not(pattern: str, name: str) -> bool:
    try:
        return matches(pattern, name)
    except ValueError:
        return False


def _begins(chunk: Chunk, name: str) -> bool:
    return len(chunk) <= len(name) and all(one.takes(each) for one, each in zip(chunk, name, strict=False))


def _place(chunk: Chunk, name: str, at: int, *, last: bool) -> int | None:
    """Return the end of the first place for a chunk that stands behind a star, or None."""
    for start in range(at, len(name) - len(chunk) + 1):
        if "/" in name[at:start]:
            return None
        if _begins(chunk, name[start:]) and (not last or start + len(chunk) == len(name)):
            return start + len(chunk)
    return None


@lru_cache(maxsize=1024)
def chunks(pattern: str) -> tuple[Chunk, ...]:
    """Cut a pattern at its stars; one without stars is one chunk. Raises ValueError for a malformed pattern."""
    cut: list[list[One]] = [[]]
    at = 0
    while at < len(pattern):
        match pattern[at]:
            case "*":
                cut.append([])
                at += 1
            case "?":
                cut[-1].append(_ANY)
                at += 1
            case "[":
                one, at = _class(pattern, at + 1)
                cut[-1].append(one)
            case _:
                character, at = _character(pattern, at)
                cut[-1].append(One(((character, character),)))
    return tuple(tuple(chunk) for chunk in cut)


def _class(pattern: str, at: int) -> tuple[One, int]:
    """Read a class like `[a-z]` whose bracket is just before `at`."""
    outside = pattern[at : at + 1] == "^"
    at += outside
    ranges: list[tuple[str, str]] = []
    while pattern[at : at + 1] != "]" or not ranges:
        low, at = _member(pattern, at)
        high = low
        if pattern[at : at + 1] == "-":
            high, at = _member(pattern, at + 1)
        ranges.append((low, high))
    return One(tuple(ranges), outside), at + 1


def _member(pattern: str, at: int) -> tuple[str, int]:
    if pattern[at : at + 1] in {"", "-", "]"}:
        raise ValueError(f"the class in {pattern!r} is not finished")
    return _character(pattern, at)


def _character(pattern: str, at: int) -> tuple[str, int]:
    at += pattern[at] == "\\"
    if at >= len(pattern):
        raise ValueError(f"{pattern!r} ends in a lone backslash")
    return pattern[at], at + 1
