"""What an API server makes of a body, a patch and a selector of labels."""

from collections.abc import Callable
from typing import Any

from tests.simulation.kinds import Kind, pruned
from tests.simulation.stored import Body


def fitting(kind: Kind, body: Body) -> Body:
    """Prune spec and status of a custom resource."""
    if kind.schema is None:
        return body
    known = kind.schema["properties"]
    return {
        name: pruned(value, known[name]) if name in {"spec", "status"} else value
        for name, value in body.items()
        if name in known or name in {"apiVersion", "kind", "metadata"}
    }


def merged(live: Any, patch: Any) -> Any:
    """Apply a merge patch (RFC 7396)."""
    if not isinstance(patch, dict) or not isinstance(live, dict):
        return patch
    result = dict(live)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name, {}), value)
    return result


def selector(text: str) -> Callable[[dict[str, str]], bool]:
    """Read a selector; what comes of it says whether labels fit."""
    wanted = []
    for each in filter(None, text.split(",")):
        if "!=" in each:
            wanted.append((*each.split("!=", 1), False))
        elif "=" in each:
            wanted.append((*each.split("=", 1), True))
        else:
            wanted.append((each, None, True))

    def fits(labels: dict[str, str]) -> bool:
        return all(
            (key in labels) if value is None else (labels.get(key) == value) is same for key, value, same in wanted
        )

    return fits
