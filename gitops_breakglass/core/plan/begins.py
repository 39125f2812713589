"""Which occurrences a record has to list before anything of them is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gitops_breakglass.core.names import record_name
from gitops_breakglass.core.occurrences import unlisted
from gitops_breakglass.model.grant import Occurrence, Record, Statement
from gitops_breakglass.model.kube import NAMESPACE, OUR_API, ObjectKey
from gitops_breakglass.model.plan import Begin


def begins(
    wanted: Mapping[str, Sequence[Occurrence]], records: Mapping[str, Record], decisions: Sequence[Statement]
) -> tuple[Begin, ...]:
    """Return what to list, by request; `wanted` are the occurrences that are open now, by the uid of the request.

    Of what this run decides there is no record yet: it is listed in the one that is made first.
    """
    found = []
    names = {each.uid: record_name(each.request, each.uid) for each in decisions}
    for uid, occurrences in wanted.items():
        record = records.get(uid)
        fresh = unlisted(occurrences, record.occurrences if record is not None else ())
        if fresh:
            key = record.live.key if record is not None else ObjectKey(OUR_API, "Grant", NAMESPACE, names[uid])
            found.append(Begin(key, record.live if record is not None else None, fresh, uid))
    return tuple(sorted(found, key=lambda each: each.key))
