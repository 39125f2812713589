"""Texts, characters and numbers as Go writes them."""

from __future__ import annotations

import math
import re

from gitops_breakglass.core.go_template.error import ValueProblem

LARGEST, SMALLEST = 2**63 - 1, -(2**63)
_SHORTER = len(str(LARGEST))
"""Of so many digits no number is too large."""
_ESCAPE = re.compile(
    r"\\(?:([abfnrtv\\'\"])|([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))|(\\)|([^\\]+)"
)
_SHORT = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", "'": "'", '"': '"'}
_INTEGER = re.compile(
    r"([+-]?)(?:0[xX]((?:_?[0-9a-fA-F])+)|0[bB]((?:_?[01])+)|0[oO]((?:_?[0-7])+)|0((?:_?[0-7])+)|(0|[1-9](?:_?[0-9])*))"
)
_BASES = (16, 2, 8, 8, 10)
_FLOAT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def text_of(quoted: str) -> str:
    """Read a text in quotes of either kind, quotes included; raises ValueProblem."""
    if quoted[0] == "`":
        # As in Go's own sources.
        return quoted[1:-1].replace("\r", "")
    return _unescaped(quoted[1:-1], '"').decode("utf-8", "replace")


def character_of(quoted: str) -> int:
    """Read one character in single quotes as its number; raises ValueProblem."""
    inner = quoted[1:-1]
    if number := re.fullmatch(r"\\(?:x([0-9a-fA-F]{2})|([0-7]{3}))", inner):
        return int(number[1], 16) if number[1] else _octal(number[2])
    text = _unescaped(inner, "'").decode("utf-8", "replace")
    if len(text) != 1:
        raise ValueProblem(f"{quoted} is not one character")
    return ord(text)


def number_of(text: str) -> int | float:
    """Read a number in any of Go's bases; raises ValueProblem where there is none, or it is too large."""
    if len(text) < _SHORTER and text.isascii() and text.isdecimal() and text[0] != "0":
        return int(text)
    if found := _INTEGER.fullmatch(text):
        digits, base = next((digits, base) for digits, base in zip(found.groups()[1:], _BASES, strict=True) if digits)
        number = int(digits.replace("_", ""), base) * (-1 if found[1] == "-" else 1)
        if SMALLEST <= number <= LARGEST:
            return number
        raise ValueProblem(f"{text} is too large")
    if _FLOAT.fullmatch(text) and not text.lstrip("+-").isdecimal() and math.isfinite(value := float(text)):
        return value
    raise ValueProblem(f"{text} is no number")


def _unescaped(text: str, quote: str) -> bytes:
    """Return the bytes of a text: an escape may be part of a character."""
    out = bytearray()
    for found in _ESCAPE.finditer(text):
        short, octal, small, four, eight, lone, plain = found.groups()
        if lone or (short in {"'", '"'} and short != quote):
            raise ValueProblem(f"{text[found.start() : found.start() + 2]} is no escape here")
        if octal:
            out.append(_octal(octal))
        elif small:
            out.append(int(small, 16))
        else:
            out += (_SHORT[short] if short else plain or _character(four or eight)).encode("utf-8", "replace")
    return bytes(out)


def _octal(digits: str) -> int:
    if (value := int(digits, 8)) > 0xFF:
        raise ValueProblem(f"\\{digits} is no byte")
    return value


def _character(digits: str) -> str:
    code = int(digits, 16)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise ValueProblem(f"{digits} is no character")
    return chr(code)
