"""The options of `request` that ask for a debug session."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gitops_breakglass.model.errors import UsageError

if TYPE_CHECKING:
    from gitops_breakglass.flows.ask.draft_debug import DebugWish
    from gitops_breakglass.model.request import Operation

F = TypeVar("F", bound=Callable[..., Any])
_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,17}", re.ASCII)
_SWITCHES = {"true": True, "false": False}
_PARTS = (
    "binding",
    "namespace",
    "node_labels",
    "scheduling",
    "auxiliary",
    "values",
    "participants",
    "containers",
    "copies",
    "nodes",
)
_NAMES = {
    "node_labels": "--node-label",
    "values": "--set",
    "participants": "--participant",
    "containers": "--container",
    "copies": "--copy",
    "nodes": "--node",
}

_OPTIONS = (
    click.option("--template", metavar="NAME", help="A debug session by this template."),
    click.option("--binding", metavar="NAMESPACE/NAME", help="With --template: by this binding of it."),
    click.option("--namespace", metavar="NAME", help="With --template: where the pods are to be."),
    click.option(
        "--node-label", "node_labels", metavar="KEY=VALUE", multiple=True, help="Only on nodes with this label."
    ),
    click.option("--scheduling", metavar="NAME", help="One of the template's scheduling options."),
    click.option("--auxiliary", metavar="NAME", multiple=True, help="An auxiliary resource of the template's."),
    click.option(
        "--set", "values", metavar="NAME=VALUE", multiple=True, help="A value for a variable of the template."
    ),
    click.option("--participant", "participants", metavar="USER", multiple=True, help="Who else may use the session."),
    click.option(
        "--container", "containers", metavar="NAMESPACE/POD=IMAGE", multiple=True, help="Add a container to a pod."
    ),
    click.option("--copy", "copies", metavar="NAMESPACE/POD[=IMAGE]", multiple=True, help="Copy a pod."),
    click.option("--node", "nodes", metavar="NODE[=IMAGE]", multiple=True, help="Make a pod on a node."),
)


def debug_options(command: F) -> F:
    """Add the options to a command; click lists them in this order."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def take_debug(asked: dict[str, Any]) -> DebugWish | None:
    """Take these options out of all that were given; None without a template. Raises UsageError for what fits nowhere."""
    template = asked.pop("template")
    given = {name: asked.pop(name) for name in _PARTS}
    if template is None:
        if (stray := next((name for name in _PARTS if given[name]), None)) is not None:
            option = _NAMES.get(stray, f"--{stray}")
            raise UsageError(f"{option} is for debug sessions", hint=f"give --template NAME too, or leave {option} out")
        return None
    return _wish(template, given)


def _wish(template: str, given: Mapping[str, Any]) -> DebugWish:
    from gitops_breakglass.flows.ask.draft_debug import DebugWish

    binding = None if given["binding"] is None else _pair("--binding", given["binding"], "/")
    return DebugWish(
        template=template,
        binding=binding,
        namespace=given["namespace"] or "",
        node_labels=dict(_pair("--node-label", each, "=") for each in given["node_labels"]),
        scheduling=given["scheduling"] or "",
        auxiliary=given["auxiliary"],
        values={name: _value(text) for name, text in (_pair("--set", each, "=") for each in given["values"])},
        participants=given["participants"],
        operations=_operations(given["containers"], given["copies"], given["nodes"]),
    )


def _operations(containers: Sequence[str], copies: Sequence[str], nodes: Sequence[str]) -> tuple[Operation, ...]:
    from gitops_breakglass.model.request import EphemeralContainer, NodeDebug, PodCopy

    found: list[Operation] = []
    for each in containers:
        place, image = _pair("--container", each, "=")
        found.append(EphemeralContainer(*_pair("--container", place, "/"), image))
    for each in copies:
        place, _, image = each.partition("=")
        found.append(PodCopy(*_pair("--copy", place, "/"), image))
    for each in nodes:
        node, _, image = each.partition("=")
        found.append(NodeDebug(node, image))
    return tuple(found)


def _pair(option: str, text: str, sign: str) -> tuple[str, str]:
    first, found, second = text.partition(sign)
    if not (first and found and second):
        raise UsageError(f"{option} takes two words with {sign} between them, not {text!r}", hint="see --help")
    return first, second


def _value(text: str) -> str | int | bool:
    """Return a value as the template's variables take it: a number, true or false, else text."""
    if text in _SWITCHES:
        return _SWITCHES[text]
    return int(text) if _NUMBER.fullmatch(text) else text
