"""`IdentityProvider` documents: by which one a person signs in, and how many sessions that allows them."""

from __future__ import annotations

from gitops_breakglass.core.glob import problem
from gitops_breakglass.core.read.reading import Read, Reading
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.identity_provider import GroupLimit, IdentityProvider

_OVERRIDES = ("spec", "sessionLimits", "groupOverrides")


def read_identity_provider(document: Document) -> Read[IdentityProvider]:
    """Read a provider. With a limit for groups that can't be told there is none, so that nobody counts by it."""
    reading = Reading(document)
    return reading.done(
        IdentityProvider(
            name=document.name,
            location=document.at("metadata", "name"),
            issuer=reading.text("spec", "issuer") or "",
            disabled=reading.flag("spec", "disabled") or False,
            per_user=reading.number("spec", "sessionLimits", "maxActiveSessionsPerUser"),
            group_limits=tuple(_group_limit(reading, index) for index in range(reading.count(*_OVERRIDES))),
        )
    )


def _group_limit(reading: Reading, index: int) -> GroupLimit:
    at = (*_OVERRIDES, index)
    group = reading.text(*at, "group") or ""
    if (what := problem(group)) is not None:
        reading.report(
            "malformed-glob",
            f"this glob matches nothing: {what}",
            *at,
            "group",
            hint="`*` any text, `?` one character, `[a-z]` one of these, `[^a-z]` none of these",
        )
    return GroupLimit(
        group=group,
        per_user=reading.number(*at, "maxActiveSessionsPerUser"),
        unlimited=reading.flag(*at, "unlimited") or False,
    )
