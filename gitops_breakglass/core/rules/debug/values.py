"""Whether a value is one that a variable of a debug session template takes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from gitops_breakglass.core.pattern import matches
from gitops_breakglass.core.quantity import parse_quantity
from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.model.document import Node, Path


def input_type(reading: Reading, at: Path) -> str:
    """Return the type of the variable at a path."""
    return reading.text(*at, "inputType") or "text"


def value_problem(reading: Reading, at: Path, value: Node) -> str | None:
    """Say why the variable at `at` does not take a value, or None. Bounds that can't be read bound nothing."""
    match input_type(reading, at):
        case "boolean":
            return None if isinstance(value, bool) or value in ("true", "false") else "it is no boolean"
        case "number":
            return _number(reading, at, value)
        case "storageSize":
            return _size(reading, at, value)
        case "select":
            return "it is no text" if not isinstance(value, str) else _choice(reading, at, value)
        case "multiSelect":
            return _choices(reading, at, value)
        case _:
            return _text(reading, at, value)


def number_of(text: str) -> float | None:
    """Read a number as Go writes it; None where it is none."""
    try:
        found = float(text) if len(text) <= 40 and "_" not in text and text == text.strip() else None
    except ValueError:
        return None
    # What is no number at all is within any bounds.
    return None if found is not None and math.isnan(found) else found


def size_of(text: str) -> Fraction | None:
    """Read a quantity; None where it is none."""
    try:
        return parse_quantity(text)
    except ValueError:
        return None


def _text(reading: Reading, at: Path, value: Node) -> str | None:
    if not isinstance(value, str):
        return "it is no text"
    length = len(value.encode())
    least, most = (reading.number(*at, "validation", field) for field in ("minLength", "maxLength"))
    if (least is not None and length < least) or (most is not None and length > most):
        return f"it has {length} characters, and may have {_range(least, most)}"
    pattern = reading.text(*at, "validation", "pattern")
    if pattern and not matches(pattern, value):
        return reading.text(*at, "validation", "patternError") or "it does not match the pattern"
    return None


def _number(reading: Reading, at: Path, value: Node) -> str | None:
    if isinstance(value, bool):
        return "it is no number"
    # A long number has no place in a float, and none in a template either.
    found = number_of(str(value)) if isinstance(value, int | float | str) else None
    if found is None:
        return "it is no number"
    least, most = (reading.text(*at, "validation", field) for field in ("min", "max"))
    low, high = (number_of(text) if text else None for text in (least, most))
    return f"it has to be {_range(least, most)}" if _outside(found, low, high) else None


def _size(reading: Reading, at: Path, value: Node) -> str | None:
    found = size_of(value) if isinstance(value, str) else None
    if found is None:
        return "it is no size, such as 10Gi"
    least, most = (reading.text(*at, "validation", field) for field in ("minStorage", "maxStorage"))
    low, high = (size_of(text) if text else None for text in (least, most))
    return f"it has to be {_range(least, most)}" if _outside(found, low, high) else None


def _choices(reading: Reading, at: Path, value: Node) -> str | None:
    if isinstance(value, str) or not isinstance(value, Sequence) or not all(isinstance(each, str) for each in value):
        return "it is no list of texts"
    least, most = (reading.number(*at, "validation", field) for field in ("minItems", "maxItems"))
    if (least is not None and len(value) < least) or (most is not None and len(value) > most):
        return f"it chooses {len(value)}, and may choose {_range(least, most)}"
    return next((told for each in value if (told := _choice(reading, at, str(each))) is not None), None)


def _choice(reading: Reading, at: Path, value: str) -> str | None:
    options = dict(_options(reading, at))
    if value not in options:
        return f"{value!r} is none of its options" if options else None
    return f"the option {value!r} is disabled" if options[value].get("disabled") is True else None


def _options(reading: Reading, at: Path) -> Iterator[tuple[str, Mapping[str, Node]]]:
    for option in reading.entries(*at, "options"):
        if isinstance(option, Mapping):
            yield str(option.get("value")), option


def _outside(value: float | Fraction, low: float | Fraction | None, high: float | Fraction | None) -> bool:
    return (low is not None and value < low) or (high is not None and value > high)


def _range(least: str | int | None, most: str | int | None) -> str:
    if least and most:
        return f"{least} to {most}"
    return f"{most} at most" if most is not None else f"{least} at least"
