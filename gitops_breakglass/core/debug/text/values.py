"""Values of a template's variables as the texts that its templates get."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from gitops_breakglass.core.go_template.foreign import Foreign
from gitops_breakglass.core.quantity import parse_quantity
from gitops_breakglass.model.document import Node

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,17})?", re.ASCII)


def values_of(declared: Sequence[Node], given: Mapping[str, Node]) -> Mapping[str, str]:
    """Return the text of each variable that has a value, or else a default.

    `declared` is `spec.extraDeployVariables` as it is written. Several choices are joined by commas. A text is foreign
    unless it can be nothing but what its variable is declared to be: a number, a truth value, a quantity, or options.
    """
    made: dict[str, str] = {}
    for variable in declared:
        if not isinstance(variable, Mapping) or not isinstance(name := variable.get("name"), str):
            continue
        value = given[name] if name in given else variable.get("default")
        if value is not None:
            text = _told(value)
            made[name] = text if _is_plain(variable, value, text) else Foreign(text)
    return made


def _told(value: Node) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and math.isfinite(value):
        return str(int(value)) if value == int(value) else repr(value)
    if isinstance(value, Sequence):
        return ",".join(_told(each) for each in value)
    return str(value)


def _is_plain(variable: Mapping[str, Node], value: Node, text: str) -> bool:
    match variable.get("inputType"):
        case "boolean":
            return text in {"true", "false"}
        case "number":
            return _NUMBER.fullmatch(text) is not None
        case "storageSize":
            return _is_quantity(text)
        case "select":
            return text in _options(variable)
        case "multiSelect":
            chosen = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
            return all(_told(each) in _options(variable) for each in chosen)
        case _:
            return False


def _options(variable: Mapping[str, Node]) -> set[str]:
    options = variable.get("options")
    listed = options if isinstance(options, Sequence) and not isinstance(options, str) else ()
    return {_told(each["value"]) for each in listed if isinstance(each, Mapping) and "value" in each}


def _is_quantity(text: str) -> bool:
    try:
        parse_quantity(text)
    except ValueError:
        return False
    return True
