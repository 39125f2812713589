"""What the parts of a debug session are made from, and what they come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from gitops_breakglass.model.debug_grant import Injection, SessionObject
from gitops_breakglass.model.debug_offer import DebugOffer
from gitops_breakglass.model.decision import Reason
from gitops_breakglass.model.kube import LiveObject, ObjectKey
from gitops_breakglass.model.request import DebugRequest, Subject

Facts: TypeAlias = Mapping[ObjectKey, LiveObject | None]
"""What was looked for on the cluster, by key: None is what is not there. A key that lacks was not looked for."""


@dataclass(frozen=True)
class Asking:
    """One request with what its template offers, for rendering; `facts` is None where no cluster could be seen."""

    request: DebugRequest
    offer: DebugOffer
    name: str
    """The session's name on the cluster."""
    owner: Subject
    facts: Facts | None


@dataclass(frozen=True)
class Parts:
    """Objects and injections, in the order of their making; with `problems` there are none."""

    objects: tuple[SessionObject, ...] = ()
    injections: tuple[Injection, ...] = ()
    notes: tuple[Reason, ...] = ()
    """What differs from the template's or the file's own words."""
    problems: tuple[Reason, ...] = ()
