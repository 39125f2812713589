"""What a template has made beside the pods of a session: its auxiliary resources, and the further documents of a pod's text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from gitops_breakglass.core.debug.parts import Asking
from gitops_breakglass.core.debug.workload.aside import aside
from gitops_breakglass.core.debug.workload.texts import Texts
from gitops_breakglass.core.debug.workload.told import Source, Told, entries, mapping, plain
from gitops_breakglass.model.debug_grant import Failure, Part, SessionObject
from gitops_breakglass.model.kube import ObjectKey

_BASE = ("spec", "auxiliaryResources")


def auxiliary_objects(asking: Asking, namespace: str, texts: Texts) -> Iterator[SessionObject]:
    """Yield the auxiliary resources that the offer has chosen, in the template's order."""
    told = texts.told
    document = asking.offer.template.document
    for index, written in enumerate(entries(plain(asking.offer.template.spec.get("auxiliaryResources")))):
        block = mapping(written)
        if block.get("name") not in asking.offer.auxiliary:
            continue
        source = Source(document, (*_BASE, index))
        if block.get("deleteAfter") is False:
            told.problem(
                "auxiliary-object",
                f"{block.get('name')} would stay when the session ends",
                source.at("deleteAfter"),
                "leave deleteAfter out: whatever a session makes ends with it",
            )
        part = Part.AUXILIARY_AFTER if block.get("createBefore") is False else Part.AUXILIARY
        for manifest, place in _documents(block, source, texts):
            yield from _made(asking, namespace, manifest, place, part, _failure(block), told)


def further_objects(
    asking: Asking, namespace: str, further: Iterable[tuple[dict[str, Any], Source]], told: Told
) -> Iterator[SessionObject]:
    """Yield the objects that a pod's text has after the pod; they are there before it."""
    for manifest, place in further:
        yield from _made(asking, namespace, manifest, place, Part.AUXILIARY, Failure.FAIL, told)


def hold_names(objects: Iterable[SessionObject], place: Source, told: Told) -> None:
    """Report objects that have one name: the second would be taken for the first."""
    seen: set[ObjectKey] = set()
    for each in objects:
        if each.key in seen:
            told.problem("auxiliary-name", f"the session has {each.key} twice", place.at(), "give each its own name")
        seen.add(each.key)


def _documents(block: dict[str, Any], source: Source, texts: Texts) -> Iterator[tuple[dict[str, Any], Source]]:
    text, tree = block.get("templateString"), block.get("template")
    if bool(text) is bool(tree):
        texts.told.problem(
            "auxiliary-resource",
            f"{block.get('name')} has neither template nor templateString, or both",
            source.at(),
            "an auxiliary resource is written in one of the two",
        )
    elif isinstance(text, str) and text:
        place = Source(source.document, (*source.base, "templateString"), is_text=True)
        yield from ((each, place) for each in texts.read(text, place))
    else:
        place = Source(source.document, (*source.base, "template"))
        yield from ((mapping(each), place) for each in texts.fill(tree, place))


def _made(
    asking: Asking, namespace: str, manifest: dict[str, Any], place: Source, part: Part, failure: Failure, told: Told
) -> Iterator[SessionObject]:
    before = len(told.problems)
    made = aside(asking, namespace, manifest, place, told)
    if len(told.problems) == before:
        yield SessionObject(made, part, failure)


def _failure(block: dict[str, Any]) -> Failure:
    if block.get("optional") is True:
        return Failure.IGNORE
    written = block.get("failurePolicy")
    return Failure(written) if written in {each.value for each in Failure} else Failure.FAIL
