"""What a run knows of a request beside its record, for the status of the upstream resource."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gitops_breakglass.core.render.breakglass_failure import Attempt
from gitops_breakglass.model.debug_state import NO_SESSION, SessionState
from gitops_breakglass.model.kube import LiveObject


@dataclass(frozen=True)
class Around:
    """What a run knows of a request beside its record."""

    ended_at: datetime | None = None
    """Since when nothing of it is left; None while something is, or may still come."""
    why: str = ""
    """Why it ended, where it ended before its time."""
    attempt: Attempt = field(default_factory=Attempt)
    made: Sequence[LiveObject] = ()
    """What of it is on the cluster."""
    session: SessionState = NO_SESSION
    """Of a debug session: how it stands."""
