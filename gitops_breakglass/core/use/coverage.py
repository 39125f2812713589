"""How far a source of audit events is proved to be whole: by calls of our own that have to be in it."""

from __future__ import annotations

from datetime import datetime, timedelta

from gitops_breakglass.model.use import Batch, Coverage, Mark

MISSED = timedelta(minutes=2)
"""How much later a call of ours must be that was found, for one that was not to be missing: webhooks send out of order."""
_MOST = 200


def with_mark(coverage: Coverage, mark: Mark) -> Coverage:
    """Return the coverage with one more call of ours to look for; of too many the oldest go on being looked for no more."""
    return Coverage(coverage.since, coverage.until, tuple(sorted({*coverage.pending, mark}))[-_MOST:])


def covered(coverage: Coverage, batch: Batch, *, slack: timedelta = timedelta()) -> Coverage:
    """Return what is proved once this batch was taken.

    A source is whole up to the newest call of ours that is in it, less `slack` where events may overtake each other. Where
    one of ours is missing although much later ones are there, the source does not show every call: what it has shown so
    far proves nothing, and it begins anew.
    """
    since = coverage.since if batch.begins is None else batch.begins
    until = coverage.until if batch.begins is None else None
    ids = {call.audit_id: call.received for call in batch.calls}
    if since is None:
        # A log shows what was told since it began: a watch that ends in it may have begun long before.
        since = min((call.at for call in batch.calls), default=None)
    found = [mark for mark in coverage.pending if mark.audit_id in ids]
    pending = tuple(mark for mark in coverage.pending if mark.audit_id not in ids)
    if batch.is_cut_off:
        return Coverage(pending=pending)
    if not found:
        return Coverage(since, until, pending)
    newest = max(found)
    if any(newest.at - mark.at > MISSED for mark in pending):
        since = ids[newest.audit_id]
        pending = tuple(mark for mark in pending if newest.at - mark.at <= MISSED)
    reached = ids[newest.audit_id] - slack
    until = reached if until is None else max(until, reached)
    return Coverage(since, _not_before(since, until), pending)


def _not_before(since: datetime | None, until: datetime) -> datetime | None:
    return until if since is not None and until >= since else None
