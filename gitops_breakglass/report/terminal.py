"""Text that others wrote, made safe for a terminal and for the log of a CI job."""

from __future__ import annotations

import re
import unicodedata
from enum import Enum
from typing import NamedTuple

_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Controls, invisible and direction-turning characters, lone surrogates, unassigned ones, and separators of lines."""
_COMMAND = re.compile(r"#(?=#\w*\[)")
"""What GitHub's and Azure's runners take for a command wherever it stands in a line: `##[…]`, `##vso[…]`."""
_TAB = "→   "


class Cell(NamedTuple):
    """One character as it is shown, and how many columns that takes."""

    shown: str
    width: int


class Style(Enum):
    """What a colour is for; the value is the parameter of the escape sequence."""

    ERROR = "1;31"
    WARNING = "1;33"
    NOTE = "1;36"
    PLACE = "1"
    HINT = "32"
    FAINT = "2"


class Paint:
    """Colours, or none."""

    def __init__(self, *, is_on: bool) -> None:
        self.is_on = is_on

    def __call__(self, text: str, style: Style) -> str:
        """Return text that is printable already in the colour of a style."""
        return f"\x1b[{style.value}m{text}\x1b[0m" if self.is_on and text else text


NO_PAINT = Paint(is_on=False)


def printable(text: str) -> str:
    """Return the text on one line, with every character that a terminal or a log might obey written as an escape."""
    if "##" in text:
        text = _COMMAND.sub(r"\\x23", text)
    # What GitHub's runner takes for a command where a line begins with it, blanks before it or not.
    if text.lstrip().startswith("::"):
        text = text.replace(":", r"\x3a", 1)
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text))


def cells(line: str) -> list[Cell]:
    """Return the characters of a line as `printable` has them, with their widths; a tab is an arrow."""
    found = [Cell(_TAB, len(_TAB)) if character == "\t" else _cell(character) for character in line]
    for match in _COMMAND.finditer(line):
        found[match.start()] = Cell(r"\x23", 4)
    return found


def _cell(character: str) -> Cell:
    if character.isascii() and character.isprintable():
        return Cell(character, 1)
    shown = _shown(character)
    if shown != character:
        return Cell(shown, len(shown))
    if unicodedata.category(character) in {"Mn", "Me"}:
        return Cell(character, 0)
    return Cell(character, 2 if unicodedata.east_asian_width(character) in "WF" else 1)


def _shown(character: str) -> str:
    if unicodedata.category(character) not in _UNSAFE:
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
