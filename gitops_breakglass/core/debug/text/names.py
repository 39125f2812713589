"""Functions that debug templates have beside Go's and Sprig's: names and quantities."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from fractions import Fraction

from gitops_breakglass.core.go_template.error import ValueProblem
from gitops_breakglass.core.go_template.library import Function, Int64
from gitops_breakglass.core.go_template.literals import LARGEST, SMALLEST
from gitops_breakglass.core.quantity import parse_quantity

_LONGEST_NAME = 63
_NO_NAME = "resource"
_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_DECIMAL = ("n", "u", "m", "", "k", "M", "G", "T", "P", "E")


def _cut(length: int, name: str) -> str:
    """Cut a name to so many bytes, 63 where none are given; as upstream's, without a hash."""
    most = length if length > 0 else _LONGEST_NAME
    return name.encode("utf-8", "replace")[:most].decode("utf-8", "ignore")


def _name(text: str) -> str:
    """Return a text as the name of an object; letters that no name may have are left out, other than upstream."""
    dashed = re.sub("[-_ .]", "-", text.lower())
    made = re.sub("-{2,}", "-", re.sub("[^a-z0-9-]", "", dashed).strip("-"))[:_LONGEST_NAME].rstrip("-")
    return made or _NO_NAME


def _number(text: str) -> Int64:
    """Return what a quantity comes to, rounded away from zero; 0 for the empty text."""
    if not text:
        return Int64(0)
    held = _read(text)
    number = math.ceil(abs(held)) * (-1 if held < 0 else 1)
    return Int64(max(SMALLEST, min(LARGEST, number)))


def _read(text: str) -> Fraction:
    try:
        return parse_quantity(text)
    except ValueError as error:
        raise ValueProblem(str(error)) from None


def _bytes(number: int) -> str:
    return _binary(Fraction(number))


def _quantity(text: str) -> str:
    """Return a quantity in the form that a cluster gives it."""
    held = _read(text)
    return _binary(held) if text.endswith("i") else _decimal(held)


def _binary(held: Fraction) -> str:
    if abs(held) < 1024:
        return _decimal(held)
    number, power = math.ceil(abs(held)), 0
    while number % 1024 == 0 and power < len(_BINARY) - 1:
        number, power = number // 1024, power + 1
    return f"{'-' if held < 0 else ''}{number}{_BINARY[power]}"


def _decimal(held: Fraction) -> str:
    number, power = math.ceil(abs(held) * 10**9), 0
    if not number:
        return "0"
    while number % 1000 == 0 and power < len(_DECIMAL) - 1:
        number, power = number // 1000, power + 1
    return f"{'-' if held < 0 else ''}{number}{_DECIMAL[power]}"


NAMES: Mapping[str, Function] = {
    "formatQuantity": Function(_bytes, 1, 1, "n"),
    "k8sName": Function(_name, 1, 1, "t"),
    "parseQuantity": Function(_number, 1, 1, "t"),
    "resourceQuantity": Function(_quantity, 1, 1, "t"),
    "truncName": Function(_cut, 2, 2, "it"),
}
