"""What is asked for, once it is known by whom, for whom, and on which terms."""

from __future__ import annotations

from typing import NamedTuple

from gitops_breakglass.core.authorize.terms import Terms
from gitops_breakglass.model.request import Request, Subject


class Asked(NamedTuple):
    """What is asked for, by whom, for whom, and on which terms."""

    request: Request
    author: str
    subject: Subject
    terms: Terms
