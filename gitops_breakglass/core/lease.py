"""Leases as Kubernetes' objects, and who may take one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from gitops_breakglass.core.install.marks import metadata
from gitops_breakglass.model.kube import NAMESPACE, Manifest
from gitops_breakglass.model.lease import COORDINATION, LEASE_KIND, NEXT_RUN, RAN_AT, Lease, SeenLease


def empty_lease(name: str) -> Manifest:
    """Return the object without a holder, as `install` makes it: applied again, it leaves the holder as it is."""
    return {"apiVersion": COORDINATION, "kind": LEASE_KIND, "metadata": metadata(name, NAMESPACE)}


def read_lease(manifest: Manifest) -> Lease:
    """Return what an object says; what can't be read was never said."""
    spec: Mapping[str, Any] = manifest.get("spec") or {}
    notes: Mapping[str, str] = manifest["metadata"].get("annotations") or {}
    seconds = spec.get("leaseDurationSeconds")
    return Lease(
        manifest["metadata"]["name"],
        spec.get("holderIdentity") or "",
        _time(spec.get("acquireTime")),
        _time(spec.get("renewTime")),
        timedelta(seconds=seconds) if isinstance(seconds, int) else None,
        spec.get("leaseTransitions") or 0,
        _time(notes.get(RAN_AT)),
        _time(notes.get(NEXT_RUN)),
    )


def written_lease(lease: Lease, seen: Manifest | None) -> Manifest:
    """Return the object to put in the place of what was seen; labels and notes of others stay."""
    base = seen or empty_lease(lease.name)
    told: Mapping[str, Any] = base["metadata"]
    notes = {RAN_AT: _text(lease.ran), NEXT_RUN: _text(lease.next_run)}
    others = {key: value for key, value in (told.get("annotations") or {}).items() if key not in notes}
    spec = {
        "holderIdentity": lease.holder,
        "acquireTime": _text(lease.acquired),
        "renewTime": _text(lease.renewed),
        "leaseDurationSeconds": int(lease.duration.total_seconds()) if lease.duration else None,
        "leaseTransitions": lease.transitions,
    }
    return {
        **base,
        "metadata": {**told, "annotations": {**others, **{key: each for key, each in notes.items() if each}}},
        "spec": {**(base.get("spec") or {}), **{key: each for key, each in spec.items() if each is not None}},
    }


def taken(seen: SeenLease, holder: str, duration: timedelta, *, still: timedelta = timedelta()) -> Lease | None:
    """Return the Lease as `holder` takes or renews it, or None while somebody else holds it.

    It is over when nobody has renewed it for `duration`, by the API server's clock, or was not seen to change for that
    long (`still`), so that a time from the future keeps nobody out.
    """
    lease = seen.lease
    if lease.holder == holder and lease.acquired is not None:
        return renewed(seen, holder, duration)
    is_over = lease.renewed is None or seen.now - lease.renewed > duration or still > duration
    if lease.holder and not is_over:
        return None
    return renewed(seen, holder, duration)


def renewed(seen: SeenLease, holder: str, duration: timedelta) -> Lease:
    """Return the Lease as `holder` has it from now on for `duration`, whoever had it before."""
    lease = seen.lease
    is_other = lease.holder != holder
    return replace(
        lease,
        holder=holder,
        acquired=seen.now if is_other or lease.acquired is None else lease.acquired,
        renewed=seen.now,
        duration=duration,
        transitions=lease.transitions + (is_other and lease.renewed is not None),
    )


def given_back(seen: SeenLease, holder: str) -> Lease | None:
    """Return the Lease without its holder, so that the next one need not wait; None where it is somebody else's."""
    return replace(seen.lease, holder="", renewed=seen.now) if seen.lease.holder == holder else None


def noted(seen: SeenLease, every: timedelta | None) -> Lease:
    """Return the Lease with the note that a single run ended now, and when the next is promised."""
    return replace(seen.lease, ran=seen.now, next_run=seen.now + every if every is not None else None)


def _time(text: object) -> datetime | None:
    try:
        told = datetime.fromisoformat(text) if isinstance(text, str) else None
        return told.astimezone(UTC) if told is not None and told.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _text(time: datetime | None) -> str | None:
    """Return the time as Kubernetes' MicroTime, which always has six digits after the point."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if time is not None else None
