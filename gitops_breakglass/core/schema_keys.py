"""Lists whose entries are told apart by some of their fields, as the API server holds them: the schema keyword for that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

KEYWORD = "x-kubernetes-list-map-keys"


class DistinctEntries:
    """Judges a list by the keyword; the form of its entries is for other keywords to judge."""

    def __init__(self, _schema: Mapping[str, Any], keys: Sequence[str], _path: Sequence[str | int]) -> None:
        """Take the fields that tell entries apart."""
        self._keys = tuple(keys)

    def validate(self, entries: Any) -> None:
        """Raise ValueError where two entries are the same in all of the fields."""
        if repeated(entries, self._keys):
            raise ValueError(KEYWORD)


def repeated(entries: Any, keys: Sequence[str]) -> tuple[int, ...]:
    """Return which entries of a list are the same in these fields as one before them; without the first, one is not told."""
    if not isinstance(entries, list):
        return ()
    seen = set()
    found = []
    for index, entry in enumerate(entries):
        if isinstance(entry, Mapping) and keys[0] in entry:
            key = tuple(repr(entry.get(each)) for each in keys)
            found += [index] if key in seen else []
            seen.add(key)
    return tuple(found)
