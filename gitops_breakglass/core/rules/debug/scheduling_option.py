"""Scheduling options have names of their own, and one default at most."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.debug.choices import option_at, options_of
from gitops_breakglass.core.debug.offer import offer_of
from gitops_breakglass.core.rules.debug.blocks import BINDING, TEMPLATE, readings
from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.debug_offer import DebugOffer
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import DebugRequest

_ID = "scheduling-option"
_BASE = ("spec", "schedulingOptions", "options")


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for reading in readings(facts, TEMPLATE, BINDING):
        names: set[str] = set()
        default: str | None = None
        for index in range(reading.count(*_BASE)):
            name = reading.text(*_BASE, index, "name") or ""
            if name in names:
                yield Finding(
                    _ID,
                    f"there is an option {name} before this one",
                    reading.document.at(*_BASE, index, "name"),
                    hint="give it a name of its own",
                )
            names.add(name)
            if reading.flag(*_BASE, index, "default") is not True:
                continue
            if default is not None:
                yield Finding(
                    _ID,
                    f"option {default} is the default already",
                    reading.document.at(*_BASE, index, "default"),
                    hint="there is one default at most",
                )
            default = default or name


def _on_debug(request: DebugRequest, policy: PolicySide) -> Iterator[Finding]:
    offer = offer_of(request, policy)
    if not isinstance(offer, DebugOffer):
        return
    reading, asked = options_of(offer.template, offer.binding), request.scheduling_option
    names = [reading.text(*_BASE, index, "name") or "" for index in range(reading.count(*_BASE))]
    if asked and asked not in names:
        yield Finding(
            _ID,
            f"{offer.source} has no scheduling option {asked}",
            request.document.at("spec", "selectedSchedulingOption"),
            hint=nearest(asked, names) or "leave it out",
        )
    elif not asked and reading.flag(*_BASE[:-1], "required") is True and option_at(reading, "") is None:
        yield Finding(
            _ID,
            f"{offer.source} asks for a scheduling option",
            request.document.at("spec", "selectedSchedulingOption"),
            hint=f"choose one of {', '.join(names)}",
        )


RULE = Rule(
    _ID,
    "scheduling options have names of their own, one default at most, and a session chooses one that is there",
    "A request chooses an option by its name. Upstream refuses two of one name, and two defaults.",
    on_policy=_on_policy,
    on_debug=_on_debug,
)
