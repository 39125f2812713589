"""What the API server in memory keeps and is asked: calls, places, objects, changes, and answers that are no success."""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.kinds import Kind

Body = dict[str, Any]
MERGE, JSON = "application/merge-patch+json", "application/json-patch+json"


class StatusError(Exception):
    """An answer that is no success."""

    def __init__(self, code: int, message: str, fields: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.body = {
            "kind": "Status",
            "status": "Failure",
            "code": code,
            "message": message,
            "details": {"causes": [{"field": each} for each in fields]},
        }


@dataclass(frozen=True)
class Request:
    """One call as it arrives."""

    user: str
    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    content_type: str = "application/json"


@dataclass(frozen=True)
class Place:
    """What a path names; `name` is empty for a collection, `sub` for the object itself."""

    kind: Kind
    namespace: str
    name: str = ""
    sub: str = ""

    def key(self, name: str = "") -> tuple[str, str, str, str]:
        return self.kind.api_version, self.kind.plural, self.namespace, name or self.name


@dataclass
class Stored:
    """An object as it is kept, with the text that lists are put together from."""

    place: Place
    body: Body
    maker: str
    text: str = ""

    def seal(self) -> "Stored":
        self.text = json.dumps(self.body)
        return self


@dataclass(frozen=True)
class Change:
    """One write that took effect: who did what to what; `before` and `after` are whole objects."""

    user: str
    verb: str
    place: Place
    before: Body | None
    after: Body | None
    maker: str
