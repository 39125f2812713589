"""What an API server's clock shows now, from the whole seconds that its answers told."""

from __future__ import annotations

from datetime import datetime, timedelta

from gitops_breakglass.model.server_time import OffsetBounds, ServerTime, TimeSample

WHOLE = timedelta(seconds=1)
"""The `Date` of an answer is cut to this (RFC 9110, section 5.6.7)."""
DRIFT = 500e-6
"""Seconds by which two clocks come apart in a second at most: the fastest at which a kernel lets a clock be slewed."""


def bounds_of(sample: TimeSample) -> OffsetBounds | None:
    """Return what one answer says of the offset; None where our clock was set back while it was under way.

    The server wrote the date at some moment between the two of ours, and its clock showed that second or up to one more.
    """
    if sample.received < sample.sent:
        return None
    return OffsetBounds(sample.date - sample.received, sample.date + WHOLE - sample.sent, sample.received)


def learn(known: OffsetBounds | None, sample: TimeSample) -> OffsetBounds | None:
    """Return what is known after one more answer.

    The offset lies within what each answer says, so within all of it. Where that contradicts itself a clock was set, or
    another server answered, and only the last answer counts.
    """
    said = bounds_of(sample)
    if said is None:
        return known
    if known is None:
        return said
    before = aged(known, said.at)
    lower, upper = max(before.lower, said.lower), min(before.upper, said.upper)
    return OffsetBounds(lower, upper, said.at) if lower <= upper else said


def aged(known: OffsetBounds, now: datetime) -> OffsetBounds:
    """Return what is still known at a later moment: clocks drift."""
    drift = abs(now - known.at) * DRIFT
    return OffsetBounds(known.lower - drift, known.upper + drift, now)


def server_time(known: OffsetBounds, now: datetime) -> ServerTime:
    """Return what the server's clock shows while ours shows `now`."""
    bounds = aged(known, now)
    return ServerTime(now + bounds.lower, now + bounds.upper)
