"""Maps of which some fields are known by name only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitops_breakglass.core.go_template.error import ValueProblem


class Record(dict[str, Any]):
    """A map, and the fields that it does not give, each with the reason."""

    def __init__(self, fields: Mapping[str, Any], withheld: Mapping[str, str]) -> None:
        super().__init__(fields)
        self.withheld = withheld


def member(held: Mapping[str, Any], name: str) -> Any:
    """Return a field of a map, or None where there is none; raises ValueProblem for one that is withheld."""
    if isinstance(held, Record) and name in held.withheld:
        raise ValueProblem(held.withheld[name])
    return held.get(name)
