"""The smallest change of a value that makes a schema take it, where one can be guessed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

_LONGEST = 100
"""Nobody meant a longer text by a slip of the pen, and patterns are tried on it."""
_UNITS = {"s": "s", "sec": "s", "m": "m", "min": "m", "h": "h", "hr": "h", "hour": "h", "d": "d", "day": "d"}
_UNITS |= {"second": "s", "minute": "m"}
_NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
"""What some programs of cron take in place of five fields."""
_LENGTH = re.compile(r"\s*([0-9]{1,9})\s*([A-Za-z]{1,10})\s*(?:,|and\b)?", re.ASCII)


def instead(value: Any, schema: Mapping[str, Any]) -> str | None:
    """Return a text that the schema's pattern takes and that is nearly the value; None where there is none."""
    pattern = schema.get("pattern")
    if not isinstance(pattern, str) or isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value)
    if len(text) > _LONGEST:
        return None
    takes = _pattern(pattern)
    if isinstance(value, str) and takes(value):
        return None
    return next((each for each in _guesses(text) if each and takes(each)), None)


def nearest_of(value: Any, known: Sequence[Any]) -> str | None:
    """Return the one of the texts that is most like the value; capitals do not count."""
    text = str(value)
    if len(text) > _LONGEST:
        return None
    lowered = {str(each).lower(): str(each) for each in known}
    close = get_close_matches(text.lower(), lowered, n=1)
    return lowered[close[0]] if close else None


def place_of(name: str, fields: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Return the one of the fields beside it below which a misplaced field belongs; None for none or several."""
    homes = [field for field, inner in fields.items() if name in inner]
    return homes[0] if len(homes) == 1 else None


def _guesses(text: str) -> Iterator[str]:
    yield text
    yield text.strip()
    yield from _length(text)
    yield _NICKNAMES.get(text.strip().lower(), "")
    yield text.strip().lower()
    yield re.sub(r"[\s_]+", "-", text.strip().lower())


def _length(text: str) -> Iterator[str]:
    """Yield `90m` for `90 minutes`, and `3600s` for 3600."""
    if text.isdecimal():
        yield f"{text}s"
    parts = _LENGTH.findall(text)
    units = [_unit(word.lower()) for _, word in parts]
    if parts and not _LENGTH.sub("", text).strip() and None not in units:
        yield "".join(f"{number}{unit}" for (number, _), unit in zip(parts, units, strict=True))


def _unit(word: str) -> str | None:
    return _UNITS.get(word) or _UNITS.get(word.removesuffix("s"))


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> Callable[[str], bool]:
    """Return what a schema asks of a text, in time that grows with the text only, unlike Python's own."""
    import jsonschema_rs

    validator = jsonschema_rs.Draft202012Validator(
        {"type": "string", "pattern": pattern}, pattern_options=jsonschema_rs.RegexOptions()
    )
    return validator.is_valid
