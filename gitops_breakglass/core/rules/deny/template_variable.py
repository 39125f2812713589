"""The reason of a threshold names what there is to tell."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Finding, Severity

_ID = "template-variable"
_AT: Path = ("spec", "podSecurityRules", "thresholds")
_KNOWN = ("Factors", "Namespace", "Pod", "Score")


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document in facts.of_kind("DenyPolicy"):
        reading = Reading(document)
        for index in range(reading.count(*_AT)):
            path = (*_AT, index, "reason")
            for message, hint in _problems(reading.text(*path) or ""):
                yield Finding(_ID, message, document.at(*path), Severity.WARNING, hint=hint)


def _problems(reason: str) -> Iterator[tuple[str, str]]:
    if "{{" not in reason:
        return
    # Few reasons have one, and `check` starts sooner without what reads them.
    from gitops_breakglass.core.go_template.error import TemplateError
    from gitops_breakglass.core.go_template.fields import root_fields
    from gitops_breakglass.core.go_template.parsing import parse

    try:
        asked = root_fields(parse(reason))
    except TemplateError as error:
        yield (
            f"the template can't be read, so its text is told as it stands ({error})",
            "each `{{` needs its `}}`, and each `if` its `{{end}}`; line and column are those within the text",
        )
        return
    one_of = f"one of {', '.join(f'{{{{.{name}}}}}' for name in _KNOWN)}"
    for name in asked:
        if name not in _KNOWN:
            yield f"there is no {{{{.{name}}}}} to tell: it becomes `<no value>`", nearest(name, _KNOWN) or one_of


RULE = Rule(
    _ID,
    "the reason of a denial names what there is to tell",
    "The reason is all that somebody who is denied in an incident gets to read. A variable that is not there leaves a hole "
    "in it.",
    on_policy=_on_policy,
)
