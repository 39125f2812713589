"""Who still uses a namespace that was made for a debug session: it goes with the last of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from gitops_breakglass.core.plan.ends import listed_by, record_is_over
from gitops_breakglass.core.plan.ownership import is_grant_object
from gitops_breakglass.model.grant import Record
from gitops_breakglass.model.kube import DECISION, REQUEST, LiveObject

_NAMED = 5


def was_made(namespace: LiveObject, records: Iterable[Record]) -> bool:
    """Whether a record says that this namespace was made for its request: labels alone may be anybody's."""
    return any(
        record.request_uid == namespace.labels.get(REQUEST)
        and record.digest == namespace.annotations.get(DECISION)
        and namespace.key in record.inventory
        and record.uids.get(namespace.key, namespace.uid) == namespace.uid
        for record in records
    )


def users_of(
    namespace: LiveObject,
    objects: Iterable[LiveObject],
    records: Iterable[Record],
    pods: Iterable[LiveObject],
    now: datetime,
) -> tuple[str, ...]:
    """Return what keeps a namespace: objects of grants in it, sessions to come that name it, and pods of others.

    `pods` are all pods in it.
    """
    place, own = namespace.key.name, namespace.labels.get(REQUEST, "")
    there = [each for each in objects if is_grant_object(each) and each.key.namespace == place]
    keys = {each.key for each in there}
    waiting = (
        f"the request {record.statement.request.name if record.statement else record.name}"
        for record in records
        if record.request_uid != own and record.ended_at is None and not record_is_over(record, now)
        if any(key.namespace == place for key in listed_by(record))
    )
    found = (
        *(str(each.key) for each in sorted(there, key=lambda each: each.key)),
        *(f"{each.key}, which is not ours" for each in sorted(pods, key=lambda each: each.key) if each.key not in keys),
        *sorted(waiting),
    )
    return tuple(dict.fromkeys(found))


def named(users: Sequence[str]) -> str:
    """Return who uses it, in a sentence of bounded length."""
    more = f", and {len(users) - _NAMED} more" if len(users) > _NAMED else ""
    return f"it is still used by {'; '.join(users[:_NAMED])}{more}"
