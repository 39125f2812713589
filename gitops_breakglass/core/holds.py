"""Whether an object that a server sent has everything that was asked for."""

from __future__ import annotations

from collections.abc import Mapping


def holds(found: object, wanted: object) -> bool:
    """Whether `found` has everything that `wanted` has; a server adds fields of its own and leaves empty ones out."""
    match found, wanted:
        case Mapping(), Mapping():
            return all(holds(found.get(name), value) for name, value in wanted.items())
        case ((list() | tuple()), (list() | tuple())):
            return len(found) == len(wanted) and all(map(holds, found, wanted))
        case _:
            return found == wanted or (not found and not wanted)
