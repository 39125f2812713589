"""What is left of a document without the fields that its schema refuses, so that the others can be judged all the same."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

from gitops_breakglass.model.document import Document, Path
from gitops_breakglass.model.finding import Location

_WHOLE = 2
"""Fields nearer to the root are what a document is; without one of them nothing is left to judge."""

_CRON: Path = ("spec", "schedule", "cron")
_BESIDE_CRON = ("end", "location", "maxActivations")
"""What means nothing without a cron expression, or something else."""


def left_of(document: Document, refused: Iterable[Location]) -> Document | None:
    """Return the document without each field in which something stands that was refused; None where nothing is left."""
    # Of a mapping in a list and its first key, which stand at one place, the key is the later entry.
    paths = {Location(document.path, *place): path for path, place in document.positions.items()}
    gone: set[Path] = set()
    for location in refused:
        path = paths.get(location, ())
        # Without an entry the others of a list would stand elsewhere.
        while path and isinstance(path[-1], int):
            path = path[:-1]
        if len(path) < _WHOLE:
            return None
        gone.add(path)
    if _CRON in gone:
        gone |= {(*_CRON[:-1], name) for name in _BESIDE_CRON}
    data = copy.deepcopy(dict(document.data))
    for path in gone:
        _remove(data, path)
    positions = {
        path: place for path, place in document.positions.items() if not any(path[: len(each)] == each for each in gone)
    }
    return Document(document.path, data, positions, document.blob)


def places_of(document: Document) -> frozenset[Location]:
    """Return where the fields stand that a finding may be about when part of the document is gone."""
    return frozenset(
        Location(document.path, *place) for path, place in document.positions.items() if len(path) >= _WHOLE
    )


def _remove(data: Any, path: Path) -> None:
    for step in path[:-1]:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return  # with a field around it
    if isinstance(data, dict):
        data.pop(path[-1], None)
