"""What is live and what is overdue, of what is known to end on a cluster."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from gitops_breakglass.model.plan import KnownEnd
from gitops_breakglass.model.standing import Standing


def standing(known: Iterable[KnownEnd], now: datetime) -> Standing:
    """Return how many requests are live and overdue at a moment of the cluster's clock, and by how much the oldest is over.

    A request counts once, and as overdue if anything of it is. What is not in `known` is left at its default.
    """
    ends: dict[str, datetime] = {}
    for each in known:
        uid = each.delete.request
        ends[uid] = min(each.at, ends.get(uid, each.at))
    over = [end for end in ends.values() if end <= now]
    return Standing(len(ends) - len(over), len(over), max((now - end for end in over), default=timedelta()))
