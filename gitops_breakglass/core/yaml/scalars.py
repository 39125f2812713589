"""What plain scalars of YAML mean to us, and which characters text may hold."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from gitops_breakglass.model.document import Scalar

WORDS: dict[str, Scalar] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
"""Plain scalars that every reader of YAML, 1.1 or 1.2, takes for the same value."""

# What YAML 1.1 reads as a boolean and 1.2 as text; `=` has a meaning of its own in 1.1.
_DIVIDED = frozenset(
    {"="} | {form for word in ("y", "n", "yes", "no", "on", "off") for form in (word, word.title(), word.upper())}
)
_NUMERIC_START = frozenset("+-.0123456789")
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]+")
# Everything else that one reader or another makes a number of: octal, hex, underscores, base 60, exponents, infinities.
_NUMBER_TO_SOME = re.compile(
    r"""[-+]?(?:
        0[xob][0-9a-f_]+
      | [0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?
      | (?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:e[-+]?[0-9]+)?
      | \.inf
      | \.nan
    )""",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
_INT64 = range(-(2**63), 2**63)
_INT64_LENGTH = len(str(-(2**63)))

# Control characters (Cc) but newline and tab, with `\r` only before `\n`; format characters (Cf: bidirectional marks,
# zero widths, tags); line and paragraph separators, which YAML takes for line breaks; noncharacters.
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufdd0-\ufdef\ufeff\ufff0-\ufffb\ufffe\uffff"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff]"
    "|\r(?!\n)"
)


class AmbiguousError(ValueError):
    """A plain scalar that readers of YAML disagree about; the message says as what."""


@lru_cache(maxsize=4096)
def read_plain(text: str) -> Scalar:
    """Return the value of an unquoted scalar. Raises AmbiguousError where others would read another one."""
    if text in WORDS:
        return WORDS[text]
    if text[0] in _NUMERIC_START:
        return _read_numeric(text)
    if text in _DIVIDED:
        raise AmbiguousError("is a boolean or a special word to some readers of YAML and text to others")
    return text


def _read_numeric(text: str) -> Scalar:
    if _INTEGER.fullmatch(text):
        # The length first: int() refuses thousands of digits with an error of its own.
        if len(text) > _INT64_LENGTH or (number := int(text)) not in _INT64:
            raise AmbiguousError("does not fit into 64 bits, and readers differ in what becomes of it")
        return number
    if _DECIMAL.fullmatch(text) and abs(value := float(text)) != float("inf"):
        return value
    if _NUMBER_TO_SOME.fullmatch(text):
        raise AmbiguousError("is a number to some readers of YAML, and not the same one to all")
    return text


def instead_of(text: str) -> str:
    """Return what to write for an unquoted scalar that is ambiguous: what it can mean, each form the same to all."""
    quoted = f'"{text}"'
    if text.lower() in {"y", "yes", "on"}:
        return f"write true, or {quoted} in quotes to mean the word"
    if text.lower() in {"n", "no", "off"}:
        return f"write false, or {quoted} in quotes to mean the word"
    if len(text) < _INT64_LENGTH and (number := text.lstrip("0")) and text.isdecimal():
        return f"write {quoted} in quotes to mean text, or {number} to mean the number"
    if len(text) <= _INT64_LENGTH:
        return f"write {quoted} in quotes to mean text, or a number in plain decimal digits"
    return "write it in quotes to mean text"


def name_of(character: str) -> str:
    """Return how people look a character up: `U+202E RIGHT-TO-LEFT OVERRIDE`."""
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()
