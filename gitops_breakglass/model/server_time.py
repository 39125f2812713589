"""What is known of an API server's clock: bounds, since it tells its time in whole seconds and some time ago."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class ServerTime:
    """What a server's clock shows at one moment: no less than `earliest`, and no more than `latest`."""

    earliest: datetime
    latest: datetime


@dataclass(frozen=True)
class OffsetBounds:
    """By how much a server's clock is ahead of ours: from `lower` to `upper`, as it was known when ours showed `at`."""

    lower: timedelta
    upper: timedelta
    at: datetime


@dataclass(frozen=True)
class TimeSample:
    """One answer that told the time: when it was asked for and had come by our clock, and the server's whole second."""

    sent: datetime
    received: datetime
    date: datetime
