"""Auxiliary resources have names of their own, and one form."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gitops_breakglass.core.debug.bindings import is_for_template
from gitops_breakglass.core.debug.offer import offer_of
from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.debug.blocks import BINDING, TEMPLATE, readings
from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.debug_offer import DebugOffer
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import DebugRequest

_ID = "auxiliary-resource"
_BASE = ("spec", "auxiliaryResources")
_CATEGORY = re.compile(r"\A[a-z0-9-]{1,63}\Z", re.ASCII)


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for reading in readings(facts, TEMPLATE):
        names: set[str] = set()
        for index in range(reading.count(*_BASE)):
            name = reading.text(*_BASE, index, "name") or ""
            if name in names:
                yield Finding(
                    _ID,
                    f"there is an auxiliary resource {name} before this one",
                    reading.document.at(*_BASE, index, "name"),
                    hint="give it a name of its own",
                )
            names.add(name)
            yield from _form(reading, index)
        yield from _required(reading, _categories(reading))
    for reading in readings(facts, BINDING):
        known: set[str] = set()
        for template in readings(facts, TEMPLATE):
            if is_for_template(reading, template.document):
                known |= _categories(template)
        yield from _required(reading, known)


def _on_debug(request: DebugRequest, policy: PolicySide) -> Iterator[Finding]:
    offer = offer_of(request, policy)
    if not isinstance(offer, DebugOffer):
        return
    reading = Reading(offer.template.document)
    names = [reading.text(*_BASE, index, "name") or "" for index in range(reading.count(*_BASE))]
    for index, name in enumerate(request.auxiliary):
        problem = None
        if name not in names:
            problem = f"{offer.source} has no auxiliary resource {name}"
        elif name not in offer.auxiliary:
            problem = f"the binding of {offer.source} has auxiliary resource {name} switched off"
        if problem is not None:
            at = request.document.at("spec", "selectedAuxiliaryResources", index)
            yield Finding(_ID, problem, at, hint=nearest(name, offer.auxiliary) or "leave it out")


def _form(reading: Reading, index: int) -> Iterator[Finding]:
    at = (*_BASE, index)
    # An empty mapping is no template: upstream has nothing to make out of it.
    there = [field for field in ("template", "templateString") if reading.node(*at, field)]
    if len(there) != 1:
        yield Finding(
            _ID,
            "template and templateString are both set" if there else "there is neither template nor templateString",
            reading.document.at(*at, *there[1:]),
            hint="an auxiliary resource is written in one of the two",
        )
    category = reading.text(*at, "category")
    if category and not _CATEGORY.match(category):
        yield Finding(
            _ID,
            "a category has lower-case letters, digits and dashes, 63 at most",
            reading.document.at(*at, "category"),
            hint="such as network-policy",
        )


def _categories(template: Reading) -> set[str]:
    return {template.text(*_BASE, index, "category") or "" for index in range(template.count(*_BASE))}


def _required(reading: Reading, known: set[str]) -> Iterator[Finding]:
    path = ("spec", "requiredAuxiliaryResourceCategories")
    for index, category in enumerate(reading.texts(*path)):
        if category not in known:
            yield Finding(
                _ID,
                f"no auxiliary resource is of the required category {category}",
                reading.document.at(*path, index),
                Severity.WARNING,
                hint="what must be there, such as a network policy, would be missing; correct the category",
            )


RULE = Rule(
    _ID,
    "auxiliary resources have names of their own and one form, and required ones are there",
    "They are often what makes a debug pod safe, such as a network policy. One that is lost to a doubled name or a misspelt "
    "category is missed by nobody.",
    on_policy=_on_policy,
    on_debug=_on_debug,
)
