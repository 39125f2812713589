"""A limit of sessions for a group can apply, and says one thing."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.glob import matches_any, problem
from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "session-limits"
_MOST = 100
"""Overrides of one provider. Each is compared with those before it."""


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document in facts.of_kind("IdentityProvider"):
        yield from _overrides(Reading(document))


def _overrides(reading: Reading) -> Iterator[Finding]:
    base = ("spec", "sessionLimits", "groupOverrides")
    earlier: tuple[str, ...] = ()
    count = reading.count(*base)
    if count > _MOST:
        message = f"there are {count} overrides; at most {_MOST} are judged"
        yield Finding(_ID, message, reading.document.at(*base, _MOST), hint="use globs, such as ops-*")
    for index in range(min(count, _MOST)):
        group = reading.text(*base, index, "group") or ""
        unlimited = reading.flag(*base, index, "unlimited") is True
        capped = reading.has(*base, index, "maxActiveSessionsPerUser")
        told = _problem(group, earlier, unlimited=unlimited, capped=capped)
        if told is not None:
            message, hint = told
            yield Finding(_ID, message, reading.document.at(*base, index, "group"), Severity.WARNING, hint=hint)
        if problem(group) is None:
            earlier = (*earlier, group)


def _problem(group: str, earlier: tuple[str, ...], *, unlimited: bool, capped: bool) -> tuple[str, str] | None:
    if (what := problem(group)) is not None:
        return f"this override is for no group: {what}", "correct the glob"
    if unlimited and capped:
        return f"the override for {group} has a limit and is unlimited", "keep one of the two; the limit is ignored"
    if not unlimited and not capped:
        return (
            f"the override for {group} has no limit",
            "set maxActiveSessionsPerUser, or `unlimited: true` if that is meant",
        )
    if group == "*" and "*" not in earlier:
        return None
    if matches_any(earlier, group):
        return f"an override before this one is for {group} too", "the first that matches holds: put this one before it"
    return None


RULE = Rule(
    _ID,
    "an override of session limits says one thing, and is reached",
    "The first override whose glob matches one of the user's groups holds. One after it, or one that says both or nothing, "
    "reads like a limit and is none.",
    on_policy=_on_policy,
)
