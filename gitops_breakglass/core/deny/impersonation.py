"""Whether a rule about impersonation is about one request."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from gitops_breakglass.core.deny.match import has_word, in_namespaces
from gitops_breakglass.core.glob import matches_any
from gitops_breakglass.model.deny import Ask, ImpersonationRule

LEGACY = "legacy"
"""The mode of the plain verb `impersonate`, which API servers fall back to when every other mode is refused."""
MODES = frozenset({"user-info", "serviceaccount", "arbitrary-node", "associated-node"})
"""The modes that have verbs of their own (KEP-5284)."""
_ANYBODY = "*"
"""What an API server asks for in place of a name when a request names many."""


class Check(Enum):
    """What is asked when somebody acts as somebody else: two questions, never both in one request."""

    IDENTITY = "identity"
    ACTION = "action"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Impersonation:
    """A request about impersonation, told by its verb; `action` is what is to be done in the other's name."""

    check: Check
    mode: str = ""
    action: str = ""


def impersonation(verb: str) -> Impersonation | None:
    """Read a verb: `impersonate`, `impersonate:<mode>`, `impersonate-on:<mode>:<verb>`; None for any other.

    A verb that begins as these and goes on otherwise is one that nobody knows yet, not one that is harmless.
    """
    if verb == "impersonate":
        return Impersonation(Check.IDENTITY, LEGACY)
    form, colon, rest = verb.partition(":")
    if not colon or form not in {"impersonate", "impersonate-on"}:
        return None
    mode, _, action = rest.partition(":")
    if form == "impersonate" and rest in MODES:
        return Impersonation(Check.IDENTITY, rest)
    if form == "impersonate-on" and mode in MODES and action and ":" not in action:
        return Impersonation(Check.ACTION, mode, action)
    return Impersonation(Check.UNKNOWN)


def denies_impersonation(rule: ImpersonationRule, ask: Ask, asked: Impersonation) -> bool:
    """Whether the rule denies the request; where that hangs on labels that are not known, it does.

    An identity is asked for by its kind (the resource), its name, the namespace of a service account and, of an extra
    field, the key (the subresource). An action is asked for by its own group and resource.
    """
    if asked.check is Check.UNKNOWN:
        return _denies_all(rule)
    if rule.modes and asked.mode not in rule.modes:
        return False
    if rule.action_verbs:
        return asked.check is Check.ACTION and _is_action(rule, ask, asked)
    if asked.check is Check.ACTION:
        return not _is_about_identities(rule)
    return _is_identity(rule, ask)


def default_reason(ask: Ask, asked: Impersonation) -> str:
    """Return what is told where a rule gives no reason."""
    match asked.check:
        case Check.IDENTITY:
            return f"acting as {ask.resource} {ask.name or '(any)'} is denied ({asked.mode} impersonation)"
        case Check.ACTION:
            where = f"{ask.resource}.{ask.group}" if ask.group else ask.resource
            return f"to {asked.action} {where} in the name of others is denied ({asked.mode} impersonation)"
        case Check.UNKNOWN:
            return f"{ask.verb} is no way to impersonate that is known"


def _denies_all(rule: ImpersonationRule) -> bool:
    return not (
        rule.modes or rule.action_verbs or rule.target_resources or rule.target_api_groups or _is_about_identities(rule)
    )


def _is_about_identities(rule: ImpersonationRule) -> bool:
    return bool(rule.identity_resources or rule.identities or rule.extra_keys or not rule.namespaces.is_empty)


def _is_action(rule: ImpersonationRule, ask: Ask, asked: Impersonation) -> bool:
    return (
        has_word(rule.action_verbs, asked.action)
        and (not rule.target_resources or has_word(rule.target_resources, ask.resource))
        and (not rule.target_api_groups or has_word(rule.target_api_groups, ask.group))
    )


def _is_identity(rule: ImpersonationRule, ask: Ask) -> bool:
    return (
        (not rule.identity_resources or ask.resource in rule.identity_resources)
        and (not rule.identities or ask.name == _ANYBODY or matches_any(rule.identities, ask.name))
        and (not rule.extra_keys or matches_any(rule.extra_keys, ask.subresource))
        and in_namespaces(rule.namespaces, ask.namespace, ask.namespace_labels) is not False
    )
