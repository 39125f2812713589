"""The mail provider that a document names is in the repository."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "unknown-mail-provider"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    known = {document.name: Reading(document) for document in facts.of_kind("MailProvider")}
    for kind in ("BreakglassEscalation", "ClusterConfig"):
        for document in facts.of_kind(kind):
            name = Reading(document).text("spec", "mailProvider")
            if not name:
                continue
            disabled = name in known and known[name].flag("spec", "disabled") is True
            if name in known and not disabled:
                continue
            yield Finding(
                _ID,
                f"mail provider {name} is disabled" if disabled else f"there is no MailProvider {name}",
                document.at("spec", "mailProvider"),
                Severity.WARNING,
                hint="enable it, or name another"
                if disabled
                else nearest(name, known) or "upstream refuses the document",
            )


RULE = Rule(
    _ID,
    "a mail provider that is named exists and is enabled",
    "No mail is sent by this version. Where upstream reads the same files, it refuses a name that does not exist, and sends "
    "nothing by one that is disabled.",
    on_policy=_on_policy,
)
