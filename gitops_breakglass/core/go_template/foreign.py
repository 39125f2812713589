"""Text of other people within the text of a template: what it is, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Self

from gitops_breakglass.core.go_template.error import ValueProblem

if TYPE_CHECKING:
    from gitops_breakglass.core.go_template.printing import Value

DEEPEST_VALUE = 32
"""Lists and maps within each other."""


class Foreign(str):
    """Text that the template's author did not write: it may say anything, and is never more than one text."""

    __slots__ = ()


class Mixed(str):
    """What Go would have written, and the `pieces` of it: those that are foreign are as they were before any quoting."""

    __slots__ = ("pieces",)
    pieces: tuple[str, ...]

    def __new__(cls, pieces: Iterable[str], text: str) -> Self:
        """Put pieces together; `text` is what Go writes for them."""
        made = super().__new__(cls, text)
        made.pieces = tuple(pieces)
        return made


def joined(pieces: Iterable[str]) -> str:
    """Put texts together, of which some may be foreign."""
    texts = list(pieces)
    flat = [part for text in texts for part in pieces_of(text)]
    told = "".join(texts)
    return Mixed(flat, told) if any(isinstance(part, Foreign) for part in flat) else told


def enclosed(quote: str, value: str, text: str) -> str:
    """Return foreign text within quotes that are not its own; `text` is what Go makes of both."""
    return Mixed((quote, whole(value), quote), text) if is_foreign(value) else text


def is_foreign(value: Value) -> bool:
    """Whether a value is a text of which some is foreign."""
    return isinstance(value, Foreign | Mixed)


def pieces_of(text: str) -> tuple[str, ...]:
    """Return what a text consists of."""
    return text.pieces if isinstance(text, Mixed) else (text,)


def whole(text: str) -> Foreign:
    """Return a text as one that is foreign as a whole."""
    return text if isinstance(text, Foreign) else Foreign(text)


def tainted(value: Value) -> Value:
    """Return a value with each text in it foreign, keys too."""
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, Mapping):
        return {whole(key): tainted(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [tainted(each) for each in value]
    return value


def measured(values: Sequence[Value], most: int) -> tuple[int, bool]:
    """Return how large values are in all, and whether any text in them is foreign; looks no further than `most`.

    What is held in several places counts at each. Raises ValueProblem for lists and maps that are too deep.
    """
    size, foreign = 0, False
    left: list[tuple[Value, int]] = [(each, 0) for each in values]
    while left and size <= most:
        value, depth = left.pop()
        size += 1
        if isinstance(value, str):
            size += len(value)
            foreign = foreign or isinstance(value, Foreign | Mixed)
        elif isinstance(value, Mapping | list | tuple):
            if depth >= DEEPEST_VALUE:
                raise ValueProblem(f"more than {DEEPEST_VALUE} lists and maps lie within each other")
            size += len(value)
            if size > most:
                break
            left += ((each, depth + 1) for each in value)
            if isinstance(value, Mapping):
                left += ((each, depth + 1) for each in value.values())
    return size, foreign
