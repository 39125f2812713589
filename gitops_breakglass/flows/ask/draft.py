"""Writes the smallest request file that says what somebody wants, as they would have written it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from gitops_breakglass.flows.ask.draft_debug import DebugWish, draft_debug
from gitops_breakglass.model.request import RequestId
from gitops_breakglass.model.window import print_duration, print_time

# What YAML 1.1 and 1.2 both read as the text that it is.
_PLAIN = re.compile(r"\A[a-z][a-z0-9.-]*[a-z0-9]\Z", re.ASCII)
_NOT_TEXT = frozenset({"no", "nan", "null", "off", "on", "true", "false", "yes"})


@dataclass(frozen=True)
class Recurs:
    """When windows open again and again; `location` is the zone that `cron` is read in, UTC where there is none."""

    cron: str
    location: str | None = None
    end: datetime | None = None
    max_activations: int | None = None


@dataclass(frozen=True)
class Wish:
    """What somebody asks for: an escalation, cluster roles that an offer covers, or a debug session."""

    id: RequestId
    escalation: str | None = None
    cluster_roles: tuple[str, ...] = ()
    duration: timedelta | None = None
    start: datetime | None = None
    reason: str = ""
    recurs: Recurs | None = None
    """How often, of cluster roles; None is once."""
    approvers: tuple[str, ...] = ()
    """E-mail addresses, to which the offer's approvers are narrowed; of cluster roles likewise."""
    approval: bool = True
    """Whether somebody is to approve it; an offer may spare that."""
    debug: DebugWish | None = None
    """A debug session instead."""


def draft(wish: Wish) -> str:
    """Return the YAML of a `DebugSession`, of a `BreakglassSession` for an escalation, else of a `Breakglass`."""
    if wish.debug is not None:
        return draft_debug(wish.id, wish.debug, wish.duration, wish.reason)
    lines = _session(wish) if wish.escalation is not None else _breakglass(wish)
    return "\n".join(lines) + "\n"


def _session(wish: Wish) -> list[str]:
    lines = [
        "apiVersion: breakglass.t-caas.telekom.com/v1alpha1",
        "kind: BreakglassSession",
        "metadata:",
        f"  name: {_text(wish.id.name)}",
        "spec:",
        f"  escalation: {_text(wish.escalation or '')}",
    ]
    if wish.duration is not None:
        lines.append(f"  maxValidFor: {print_duration(wish.duration)}")
    if wish.start is not None:
        lines.append(f"  scheduledStartTime: {_quoted(print_time(wish.start))}")
    if wish.reason:
        lines.append(f"  requestReason: {_quoted(wish.reason)}")
    return lines


def _breakglass(wish: Wish) -> list[str]:
    lines = [
        "apiVersion: access.cloudnimbus.io/v1alpha1",
        "kind: Breakglass",
        "metadata:",
        f"  name: {_text(wish.id.name)}",
        "spec:",
        *_approval(wish),
        "  clusterRoles:",
        *(f"    - {_text(role)}" for role in wish.cluster_roles),
        "  schedule:",
    ]
    if wish.recurs is not None:
        lines.append(f"    cron: {_quoted(wish.recurs.cron)}")
    if wish.duration is not None:
        lines.append(f"    duration: {print_duration(wish.duration)}")
    if wish.start is not None:
        lines.append(f"    start: {_quoted(print_time(wish.start))}")
    if wish.recurs is not None:
        lines += _bounds(wish.recurs)
    if wish.reason:
        lines.append(f"  justification: {_quoted(wish.reason)}")
    return lines


def _approval(wish: Wish) -> list[str]:
    if wish.approval and not wish.approvers:
        return []
    lines = ["  approval:", f"    required: {str(wish.approval).lower()}"]
    return lines + (
        ["    approvers:", *(f"      - {_quoted(each)}" for each in wish.approvers)] if wish.approvers else []
    )


def _bounds(recurs: Recurs) -> list[str]:
    lines = []
    if recurs.end is not None:
        lines.append(f"    end: {_quoted(print_time(recurs.end))}")
    if recurs.location is not None:
        lines.append(f"    location: {_quoted(recurs.location)}")
    if recurs.max_activations is not None:
        lines.append(f"    maxActivations: {recurs.max_activations}")
    return lines


def _text(value: str) -> str:
    return value if _PLAIN.match(value) and value not in _NOT_TEXT else _quoted(value)


def _quoted(value: str) -> str:
    """Return a double-quoted scalar: JSON's, with everything escaped that YAML does not take as it is."""
    written = json.dumps(value, ensure_ascii=False)
    return "".join(each if each.isprintable() else _escaped(each) for each in written)


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
