"""One list of an API server, page by page: all of it or an error, never half of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gitops_breakglass.adapters.cluster.connection import JSON, Answer, Call

_ABSENT = 404
_EXPIRED = 410


@dataclass(frozen=True)
class Pages:
    """How lists are read: by which call, and with at most `size` objects to an answer."""

    call: Callable[[Call], Answer]
    size: int

    def items(
        self, path: str, doing: str, *, selector: str = "", fields: str = "", accept: str = JSON
    ) -> tuple[Mapping[str, Any], ...] | None:
        """Return every object as it was sent, or None where the path is not served; raises what `call` raises.

        `selector` is of labels, `fields` of the few fields that a kind can be listed by.
        """
        picked = {"labelSelector": selector, "fieldSelector": fields}
        return self._items(path, doing, {name: value for name, value in picked.items() if value}, accept, again=True)

    def _items(
        self, path: str, doing: str, picked: Mapping[str, str], accept: str, *, again: bool
    ) -> tuple[Mapping[str, Any], ...] | None:
        query: dict[str, str | int] = {"limit": self.size, **picked}
        expected = frozenset({_ABSENT, _EXPIRED} if again else {_ABSENT})
        found: list[Mapping[str, Any]] = []
        while True:
            answer = self.call(Call("list", "GET", path, doing, query=query, accept=accept, expected=expected))
            if answer.status == _EXPIRED:
                # The server no longer has the state that the first pages came from.
                return self._items(path, doing, picked, accept, again=False)
            if answer.status == _ABSENT:
                return None
            found += answer.body.get("items") or ()
            more = (answer.body.get("metadata") or {}).get("continue")
            if not more:
                return tuple(found)
            query = {**query, "continue": more}
