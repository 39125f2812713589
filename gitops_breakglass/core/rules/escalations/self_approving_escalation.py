"""An escalation that wants a second person can't be approved by those whom it makes powerful."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "self-approving-escalation"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document in facts.of_kind("BreakglassEscalation"):
        reading = Reading(document)
        blocks = reading.flag("spec", "blockSelfApproval")
        if blocks is False:
            continue
        group = reading.text("spec", "escalatedGroup")
        groups = reading.texts("spec", "approvers", "groups")
        if blocks and not groups:
            yield Finding(
                _ID,
                f"escalation {document.name} blocks self-approval and names no group that approves",
                document.at("spec", "approvers"),
                hint="name a group, so that there is a second person when the one named is the author",
            )
        for field, names in (("groups", groups), ("hiddenFromUI", reading.texts("spec", "approvers", "hiddenFromUI"))):
            if group in names:
                yield Finding(
                    _ID,
                    f"group {group} is what escalation {document.name} gives, and may approve it",
                    document.at("spec", "approvers", field, names.index(group)),
                    # Unset, the cluster or the repository decides, and upstream does not look.
                    Severity.ERROR if blocks else Severity.WARNING,
                    hint="whoever has the access could approve it for the next; let another group approve",
                )


RULE = Rule(
    _ID,
    "an escalation that blocks self-approval has a group of others to approve it",
    "Upstream refuses such an escalation too: with one approver there is nobody left when they ask themselves, and a group that "
    "an escalation gives could hand it on.",
    on_policy=_on_policy,
)
