"""What a request chooses of what its template has: where to run, and what is made beside the pods."""

from __future__ import annotations

from collections.abc import Mapping

from gitops_breakglass.core.read.reading import Reading, texts_of
from gitops_breakglass.model.audience import Audience
from gitops_breakglass.model.debug_offer import DebugBinding, DebugTemplate, Restriction
from gitops_breakglass.model.document import Node, Path
from gitops_breakglass.model.request import DebugRequest

OPTIONS: Path = ("spec", "schedulingOptions", "options")
AUXILIARY: Path = ("spec", "auxiliaryResources")
VARIABLES: Path = ("spec", "extraDeployVariables")


def options_of(template: DebugTemplate, binding: DebugBinding | None) -> Reading:
    """Return the document whose scheduling options there are: a binding that has some replaces the template's."""
    own = Reading(binding.document) if binding else None
    return own if own is not None and own.has("spec", "schedulingOptions") else Reading(template.document)


def option_at(reading: Reading, name: str) -> int | None:
    """Return the index of the option that a request names, or of the default one where one has to be chosen."""
    for index in range(reading.count(*OPTIONS)):
        if name and reading.text(*OPTIONS, index, "name") == name:
            return index
        is_default = reading.flag(*OPTIONS, index, "default") is True
        if not name and is_default and reading.flag("spec", "schedulingOptions", "required") is True:
            return index
    return None


def scheduling_of(
    request: DebugRequest, template: DebugTemplate, binding: DebugBinding | None
) -> tuple[tuple[Mapping[str, Node], ...], Mapping[str, Node] | None]:
    """Return the constraints that all hold, and the option that is chosen."""
    reading = options_of(template, binding)
    index = option_at(reading, request.scheduling_option)
    chosen = reading.node(*OPTIONS, index) if index is not None else None
    option = chosen if isinstance(chosen, Mapping) else None
    sides = (template.spec, binding.spec if binding else {}, option or {})
    found = (each.get("schedulingConstraints") for each in sides)
    return tuple(each for each in found if isinstance(each, Mapping)), option


def restrictions_of(
    request: DebugRequest, template: DebugTemplate, option: Mapping[str, Node] | None
) -> tuple[Restriction, ...]:
    """Return who may ask for this, of those who may ask for the template: by the option, variables and values it chooses."""
    found: list[Restriction] = []
    if option is not None:
        who = Audience(
            frozenset(texts_of(option.get("allowedUsers"))), frozenset(texts_of(option.get("allowedGroups")))
        )
        found.append(Restriction(who, f"scheduling option {option.get('name')}"))
    reading = Reading(template.document)
    for index in range(reading.count(*VARIABLES)):
        at: Path = (*VARIABLES, index)
        name = reading.text(*at, "name") or ""
        if name not in request.values:
            continue
        found.append(Restriction(_groups(reading, *at), f"the variable {name}"))
        value = request.values[name]
        chosen = set(texts_of(value)) | ({value} if isinstance(value, str) else set())
        for number in range(reading.count(*at, "options")):
            if reading.text(*at, "options", number, "value") in chosen:
                what = f"the value {reading.text(*at, 'options', number, 'value')} of {name}"
                found.append(Restriction(_groups(reading, *at, "options", number), what))
    return tuple(each for each in found if not each.audience.is_empty)


def _groups(reading: Reading, *path: str | int) -> Audience:
    return Audience(groups=frozenset(reading.texts(*path, "allowedGroups")))


def auxiliary_of(request: DebugRequest, template: DebugTemplate, binding: DebugBinding | None) -> tuple[str, ...]:
    """Return the auxiliary resources that are made, in the template's order.

    What is of a required category always is. Else a binding switches categories on and off; of what it leaves open are
    made those that the request names, and those that the template has on by default, by name or by category.
    """
    reading = Reading(template.document)
    sides = (reading, *((Reading(binding.document),) if binding else ()))
    required = {word for each in sides for word in each.texts("spec", "requiredAuxiliaryResourceCategories")}
    names: list[str] = []
    for index in range(reading.count(*AUXILIARY)):
        name = reading.text(*AUXILIARY, index, "name") or ""
        category = reading.text(*AUXILIARY, index, "category") or ""
        switched = sides[-1].flag("spec", "auxiliaryResourceOverrides", category) if category and binding else None
        default = reading.flag("spec", "auxiliaryResourceDefaults", name)
        if default is None and category:
            default = reading.flag("spec", "auxiliaryResourceDefaults", category)
        asked = name in request.auxiliary or default is True
        if category in required or (asked if switched is None else switched):
            names.append(name)
    return tuple(dict.fromkeys(names))
