"""Risk factors are named as pods are scored by them."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Finding, Severity

_ID = "unknown-risk-factor"
_CAPABILITY = "capability"
_FACTORS = (
    _CAPABILITY,
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "hostPathReadOnly",
    "hostPathWritable",
    "privilegedContainer",
    "runAsRoot",
)
_RISKS: Path = ("spec", "podSecurityRules", "riskFactors", "capabilities")
_PREFIX = "CAP_"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document in facts.of_kind("BreakglassEscalation"):
        reading = Reading(document)
        yield from _names(reading, ("spec", "podSecurityOverrides", "exemptFactors"))
    for document in facts.of_kind("DenyPolicy"):
        reading = Reading(document)
        path = ("spec", "podSecurityRules", "blockFactors")
        yield from _names(reading, path)
        blocked = reading.texts(*path)
        if _CAPABILITY in blocked and not reading.keys(*_RISKS):
            yield Finding(
                _ID,
                "only capabilities that have a weight are looked for, and none has one",
                document.at(*path, blocked.index(_CAPABILITY)),
                Severity.WARNING,
                hint="list them in riskFactors.capabilities, such as `NET_ADMIN: 30`",
            )
        yield from _capabilities(reading)


def _names(reading: Reading, path: Path) -> Iterator[Finding]:
    for index, name in enumerate(reading.texts(*path)):
        if name in _FACTORS:
            continue
        place = reading.document.at(*path, index)
        if name == "capabilities" and path[-1] == "exemptFactors":
            message = "the factor is called `capability`; it is read as such here, and as nothing by upstream"
            yield Finding(_ID, message, place, Severity.NOTE, hint="write `capability`")
            continue
        one_of_them = name.partition(":")[0] in {_CAPABILITY, "capabilities"}
        hint = "write `capability`; it stands for every capability that has a weight" if one_of_them else None
        yield Finding(
            _ID,
            f"there is no risk factor {name}, so this entry never matches",
            place,
            Severity.WARNING,
            hint=hint or nearest(name, _FACTORS) or f"one of {', '.join(_FACTORS)}",
        )


def _capabilities(reading: Reading) -> Iterator[Finding]:
    for name in reading.keys(*_RISKS):
        plain = name.upper().removeprefix(_PREFIX)
        if name != plain:
            yield Finding(
                _ID,
                f"a pod asks for the capability {plain}, so the weight of {name} never counts",
                reading.document.at(*_RISKS, name),
                Severity.WARNING,
                hint=f"write {plain}",
            )


RULE = Rule(
    _ID,
    "risk factors are named as they are found in pods",
    "Names are compared letter by letter. One that no pod can have blocks nothing, exempts nothing and weighs nothing.",
    on_policy=_on_policy,
)
