"""Quantities as Kubernetes writes them, such as `500m`, `10Gi` and `1e3`."""

from __future__ import annotations

import re
from fractions import Fraction

_QUANTITY = re.compile(
    r"\A([+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40}))(?:([KMGTPE]i|[numkMGTPE])|[eE]([+-]?[0-9]{1,2}))?\Z",
    re.ASCII,
)
_SUFFIXES = {
    **{
        suffix: Fraction(1000) ** power
        for power, suffix in enumerate(("n", "u", "m", "", "k", "M", "G", "T", "P", "E"), -3)
    },
    **{suffix: Fraction(1024) ** power for power, suffix in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), 1)},
}


def parse_quantity(text: str) -> Fraction:
    """Return the number that a quantity stands for. Raises ValueError where it is none."""
    match = _QUANTITY.match(text)
    if match is None:
        msg = f"{text!r} is no quantity; write it as 500m, 2, 512Mi or 10Gi"
        raise ValueError(msg)
    return Fraction(match[1].rstrip(".")) * _SUFFIXES[match[2] or ""] * Fraction(10) ** int(match[3] or 0)
