"""Builds the values of a stream in which nothing is to be said; anything odd is left to the pass that can tell it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

from gitops_breakglass.core.yaml.scalars import FORBIDDEN, AmbiguousError, read_plain
from gitops_breakglass.core.yaml.stream import DEEPEST, Stream, parser_of
from gitops_breakglass.model.document import Document, Path

_ASCII = bytes([9, 10, *range(32, 127)])
"""Tab, newline and what is printed; nothing of it is forbidden."""


def is_plain_ascii(text: bytes) -> bool:
    """Whether no character of the text can be a forbidden one, which then need not be searched for."""
    return not text.translate(None, _ASCII)


def documents_of(text: bytes, path: str, *, blob: str | None) -> tuple[Document, ...] | None:
    """Return every document of a file without forbidden characters, or None where there is anything to tell about it.

    Their positions are found when the first of them is asked for. Raises UsageError where PyYAML came without libyaml.
    """
    values = _values(text, escapes=b"\\" in text)
    if values is None:
        return None
    places = _Places(text, path)
    return tuple(Document(path, value, _Positions(places, index), blob) for index, value in enumerate(values))


def _values(text: bytes, *, escapes: bool) -> list[dict[str, Any]] | None:
    """Return the mappings of a stream, or None for one that `Stream` has a finding about, and maybe for others.

    Whoever checks ten thousand files spends most of the time here, so it is one loop without calls of ours, and marks
    are not looked at. What it accepts, `Stream` accepts with the same values: that is a law with a test.
    """
    from yaml import YAMLError, events

    take: Callable[[], Any] = parser_of(text).get_event
    scalar, mapping, sequence = events.ScalarEvent, events.MappingStartEvent, events.SequenceStartEvent
    mapping_end, sequence_end = events.MappingEndEvent, events.SequenceEndEvent
    roots: list[Any] = []
    stack: list[Any] = []
    # What is being filled, and the key that waits for its value there: a mapping gets no value before one.
    here: Any = roots
    key: str | None = None
    try:
        while (event := take()) is not None:
            kind = event.__class__
            if kind is scalar:
                if event.tag is not None or event.anchor is not None:
                    return None
                value = event.value
                if event.implicit[0]:
                    value = read_plain(value)
                elif escapes and FORBIDDEN.search(value):
                    return None
                if key is not None:
                    here[key] = value
                    key = None
                elif here.__class__ is list:
                    here.append(value)
                elif value.__class__ is not str or value in here or value == "<<":
                    return None
                else:
                    key = value
            elif kind is mapping_end or kind is sequence_end:
                here = stack.pop()
            elif kind is mapping or kind is sequence:
                if event.tag is not None or event.anchor is not None or len(stack) >= DEEPEST:
                    return None
                stack.append(here)
                new: Any = {} if kind is mapping else []
                if key is not None:
                    here[key] = new
                    key = None
                elif here.__class__ is list:
                    here.append(new)
                else:
                    return None
                here = new
            elif kind is events.AliasEvent or (kind is events.DocumentStartEvent and (event.version or event.tags)):
                return None
    except (AmbiguousError, YAMLError):
        return None
    return roots if all(root.__class__ is dict for root in roots) else None


class _Places:
    """Where everything of one file stands, found by the pass that keeps positions."""

    def __init__(self, text: bytes, path: str) -> None:
        self._text = text
        self._path = path

    @cached_property
    def of_documents(self) -> list[Mapping[Path, tuple[int, int]]]:
        stream = Stream(self._path, None, escapes=True, forbidden=())
        stream.read(self._text)
        return [document.positions for document in stream.documents]


class _Positions(Mapping[Path, tuple[int, int]]):
    """The positions of one document of a file."""

    __slots__ = ("_index", "_places")

    def __init__(self, places: _Places, index: int) -> None:
        self._places = places
        self._index = index

    def __getitem__(self, path: Path) -> tuple[int, int]:
        return self._places.of_documents[self._index][path]

    def __iter__(self) -> Iterator[Path]:
        return iter(self._places.of_documents[self._index])

    def __len__(self) -> int:
        return len(self._places.of_documents[self._index])
