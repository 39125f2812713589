"""Sprig's functions of numbers, lists, maps and choices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce

from gitops_breakglass.core.go_template.error import ValueProblem
from gitops_breakglass.core.go_template.library import Function, Int64
from gitops_breakglass.core.go_template.literals import LARGEST, SMALLEST, number_of
from gitops_breakglass.core.go_template.printing import Value, text_of
from gitops_breakglass.core.go_template.record import member

MOST_NUMBERS = 10_000
"""How far `until` counts."""


def _int64(value: Value) -> int:
    """Return the number that Sprig takes a value for: 0 where it is none."""
    if isinstance(value, str):
        try:
            number = number_of(_without_zeros(value))
        except ValueProblem:
            return 0
        return number if isinstance(number, int) else 0
    if isinstance(value, float):
        if not SMALLEST <= value <= LARGEST:
            raise ValueProblem("the number is too large")
        return int(value)
    return int(value) if isinstance(value, int) else 0


def _without_zeros(text: str) -> str:
    """Take `.0` and the like off; as in Sprig, `.` alone at the end stays."""
    bare = text.rstrip("0")
    return bare[:-1] if bare.endswith(".") and bare != text else text


def _wrapped(number: int) -> Int64:
    return Int64((number - SMALLEST) % 2**64 + SMALLEST)


def _folded(combine: Callable[[int, int], int]) -> Callable[..., Value]:
    return lambda *values: _wrapped(reduce(combine, map(_int64, values)))


def _divided(first: Value, second: Value) -> Value:
    return _wrapped(_quotient(_int64(first), _int64(second)))


def _rest(first: Value, second: Value) -> Value:
    held, by = _int64(first), _int64(second)
    return _wrapped(held - by * _quotient(held, by))


def _quotient(first: int, second: int) -> int:
    if not second:
        raise ValueProblem("nothing is divided by zero")
    size = abs(first) // abs(second)
    return size if (first < 0) is (second < 0) else -size


def _until(count: int) -> list[Value]:
    if abs(count) > MOST_NUMBERS:
        raise ValueProblem(f"until counts to {MOST_NUMBERS} at most")
    return [*range(0, count, 1 if count >= 0 else -1)]


def _default(default: Value, *given: Value) -> Value:
    return given[0] if given and given[0] else default


def _required(message: str, value: Value) -> Value:
    if value is None or value == "":
        raise ValueProblem(f"a value is required: {message}")
    return value


def _dict(*values: Value) -> Mapping[str, Value]:
    made: dict[str, Value] = {}
    for index in range(0, len(values), 2):
        key = text_of(values[index])
        # As Go has it, and with the key that came last: a foreign one stays so.
        made.pop(key, None)
        made[key] = values[index + 1] if index + 1 < len(values) else ""
    return made


def _get(held: Mapping[str, Value] | None, key: str) -> Value:
    return member(held, key) if held and (key in held or member(held, key) is not None) else ""


def _has_key(held: Mapping[str, Value] | None, key: str) -> Value:
    return held is not None and (member(held, key) is not None or key in held)


def _keys(*held: Mapping[str, Value] | None) -> list[Value]:
    return [key for each in held for key in sorted(each or {})]


def _end(name: str, index: int) -> Callable[[Value], Value]:
    def taken(values: Value) -> Value:
        if not isinstance(values, list | tuple):
            raise ValueProblem(f"{name} takes a list")
        return values[index] if values else None

    return taken


def _kind(value: Value) -> str:
    if value is None:
        return "invalid"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int64" if isinstance(value, Int64) else "int"
    if isinstance(value, float):
        return "float64"
    return "string" if isinstance(value, str) else "map" if isinstance(value, Mapping) else "slice"


VALUES: Mapping[str, Function] = {
    "add": Function(lambda *values: _wrapped(sum(map(_int64, values))), 0, None),
    "coalesce": Function(lambda *values: next((each for each in values if each), None), 0, None, keeps=True),
    "default": Function(_default, 1, None, keeps=True),
    "dict": Function(_dict, 0, None, keeps=True),
    "div": Function(_divided, 2, 2),
    "empty": Function(lambda value: not value, 1, 1),
    "first": Function(_end("first", 0), 1, 1, keeps=True),
    "get": Function(_get, 2, 2, "mt", keeps=True),
    "hasKey": Function(_has_key, 2, 2, "mt"),
    "int": Function(_int64, 1, 1),
    "int64": Function(lambda value: Int64(_int64(value)), 1, 1),
    "keys": Function(_keys, 0, None, "m", keeps=True),
    "kindIs": Function(lambda kind, value: kind == _kind(value), 2, 2, "ta"),
    "last": Function(_end("last", -1), 1, 1, keeps=True),
    "list": Function(lambda *values: [*values], 0, None, keeps=True),
    "max": Function(_folded(max), 1, None),
    "min": Function(_folded(min), 1, None),
    "mod": Function(_rest, 2, 2),
    "mul": Function(_folded(lambda first, second: _wrapped(first * second)), 1, None),
    "required": Function(_required, 2, 2, "ta", keeps=True),
    "sub": Function(lambda first, second: _wrapped(_int64(first) - _int64(second)), 2, 2),
    "ternary": Function(lambda yes, no, decides: yes if decides else no, 3, 3, "aab", keeps=True),
    "until": Function(_until, 1, 1, "i"),
}
