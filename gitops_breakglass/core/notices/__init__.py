"""What there is to tell of grants, to whom, and what of it was told already."""

from gitops_breakglass.core.notices.due import notices_of
from gitops_breakglass.core.notices.recipients import NOBODY_QUIET, Quiet, recipients_of
from gitops_breakglass.core.notices.tellings import Telling, marked, stale, tellings

__all__ = [
    "NOBODY_QUIET",
    "Quiet",
    "Telling",
    "marked",
    "notices_of",
    "recipients_of",
    "stale",
    "tellings",
]
