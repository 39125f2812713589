"""What may be done with a session's pods, by the words that templates, decisions and statuses have for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.model.debug_grant import PodOperations

_FIELD = ("spec", "allowedPodOperations")
_WORDS = {"exec": "exec", "attach": "attach", "port_forward": "portForward", "logs": "logs"}
"""Upstream's words, by ours."""


def says_operations(reading: Reading) -> bool:
    """Whether a template or binding says anything of it."""
    return reading.has(*_FIELD)


def read_operations(reading: Reading) -> PodOperations:
    """Return what a template or binding allows; what it does not say is as upstream has it."""
    usual = PodOperations()
    flags = {ours: reading.flag(*_FIELD, theirs) for ours, theirs in _WORDS.items()}
    return PodOperations(**{ours: getattr(usual, ours) if flag is None else flag for ours, flag in flags.items()})


def operations_manifest(operations: PodOperations) -> dict[str, bool]:
    """Return the operations as signed decisions and upstream's status have them in JSON; operations_of reads them back."""
    return {theirs: getattr(operations, ours) for ours, theirs in _WORDS.items()}


def operations_of(data: Mapping[str, Any]) -> PodOperations:
    """Return the operations of such JSON. Raises KeyError where a word lacks."""
    return PodOperations(**{ours: data[theirs] is True for ours, theirs in _WORDS.items()})
