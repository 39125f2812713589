"""Times, tables and what the machine was doing meanwhile."""

from __future__ import annotations

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def timed(function: Callable[[], T]) -> tuple[float, T]:
    """Call, and return the seconds that it took and its result."""
    begun = time.perf_counter()
    result = function()
    return time.perf_counter() - begun, result


def spread(seconds: Sequence[float]) -> str:
    """Return the median, and between which values all were."""
    middle = statistics.median(seconds)
    if len(seconds) == 1:
        return duration(middle)
    return f"{duration(middle)} ({duration(min(seconds))} to {duration(max(seconds))})"


def duration(seconds: float) -> str:
    """Return seconds as people read them."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table whose columns stand under each other."""
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]
    lines = [heads, ["-" * width for width in widths], *rows]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    )


def machine() -> str:
    """Return what the figures were measured on, and how busy it was."""
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}; "
        f"load averages {load}"
    )


def say(line: str) -> None:
    """Tell the person who waits; results go to standard output alone."""
    print(f"benchmarks: {line}", file=sys.stderr, flush=True)
