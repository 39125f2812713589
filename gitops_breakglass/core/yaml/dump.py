"""Writes data as block YAML that the strict loader, and every other reader, takes for the same data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gitops_breakglass.core.yaml.scalars import FORBIDDEN, AmbiguousError, read_plain

# Plain where no reader can stumble: a word or words, without any character that means something in YAML.
_PLAIN = re.compile(r"[A-Za-z0-9_/.][A-Za-z0-9_/.@+,=()-]*(?: [A-Za-z0-9_/.@+,=()-]+)*", re.ASCII)
# Dates are text to us and times to YAML 1.1.
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*", re.DOTALL)
_LONGEST_KEY = 500
"""A key on one line with its colon may have 1,024 characters; escapes need up to two for one."""
_INT64 = range(-(2**63), 2**63)


def dump(data: Any) -> str:
    """Return block-style YAML with keys in the order given; `load` reads the same data back.

    Data is what JSON can say: mappings with string keys, sequences, strings, integers of 64 bits, finite floats, booleans
    and None. Raises ValueError for anything else. Characters that the loader refuses are written as escapes.
    """
    match data:
        case Mapping() | Sequence() if data and not isinstance(data, str | bytes):
            return "".join(f"{line}\n" for line in _block(data))
        case _:
            return "\n".join(_scalar(data)) + "\n"


def _block(data: Any) -> Iterator[str]:
    if isinstance(data, Mapping):
        for key, value in data.items():
            if not isinstance(key, str):
                raise ValueError(f"a key in YAML has to be text, not {key!r}")
            (name,) = _text(key, block=False)
            if len(name) <= _LONGEST_KEY:
                yield from _entry(f"{name}:", value)
            else:
                yield f"? {name}"
                yield from _entry(":", value)
    else:
        for value in data:
            yield from _entry("-", value)


def _entry(head: str, value: Any) -> Iterator[str]:
    """Yield an entry: a scalar beside its head, the items of a list in line with it, a mapping below its key."""
    if isinstance(value, Mapping | Sequence) and not isinstance(value, str | bytes) and value:
        lines = _block(value)
        if head == "-":
            yield f"- {next(lines)}"
        else:
            yield head
    else:
        first, *rest = _scalar(value)
        yield f"{head} {first}"
        lines = iter(rest)
    for line in lines:
        yield f"  {line}" if line else ""


def _scalar(value: Any) -> list[str]:
    match value:
        case None:
            return ["null"]
        case bool():
            return ["true" if value else "false"]
        case int() if value in _INT64:
            return [str(int(value))]
        case float() if abs(value) < float("inf"):
            # Never an exponent: readers differ in whether that is a number.
            from decimal import Decimal

            digits = format(Decimal(repr(float(value))), "f")
            return [digits if "." in digits else f"{digits}.0"]
        case str():
            return _text(str(value), block=True)
        case Mapping() if not value:
            return ["{}"]
        case Sequence() if not value and not isinstance(value, bytes):
            return ["[]"]
        case _:
            raise ValueError(f"{value!r} can't be written as YAML that reads back as the same")


def _text(text: str, *, block: bool) -> list[str]:
    """Return a string plain, as a literal block (its lines) where it has lines and `block` allows it, or quoted."""
    if _PLAIN.fullmatch(text) and not _DATE.fullmatch(text) and _is_text(text):
        return [text]
    lines = text.removesuffix("\n").split("\n")
    is_tidy = all(line == line.strip() for line in lines) and lines[0] and lines[-1]
    if block and "\n" in text and is_tidy and not FORBIDDEN.search(text):
        return ["|" if text.endswith("\n") else "|-", *lines]
    quoted = json.dumps(text, ensure_ascii=False)
    return [FORBIDDEN.sub(_escape, quoted)]


def _is_text(text: str) -> bool:
    try:
        return isinstance(read_plain(text), str)
    except AmbiguousError:
        return False


def _escape(match: re.Match[str]) -> str:
    return "".join(f"\\U{ord(character):08x}" for character in match[0])
