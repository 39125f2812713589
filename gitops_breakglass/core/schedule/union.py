"""Access is the union of windows: those that touch or overlap are one."""

from __future__ import annotations

from collections.abc import Iterable

from gitops_breakglass.model.window import Window


def union(windows: Iterable[Window]) -> tuple[Window, ...]:
    """Return disjoint windows in order that hold at exactly the moments at which any of the given ones does.

    Windows that touch are joined, since access does not pause between them; empty ones hold nowhere and go.
    """
    joined: list[Window] = []
    for each in sorted(windows):
        if each.start == each.end:
            continue
        if joined and each.start <= joined[-1].end:
            joined[-1] = Window(joined[-1].start, max(joined[-1].end, each.end))
        else:
            joined.append(each)
    return tuple(joined)
