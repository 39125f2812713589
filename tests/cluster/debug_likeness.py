"""What a debug session comes to on a cluster, without what differs from one session to the next: names, uids and times."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.cluster.debug_asked import Asked, Place
from tests.cluster.debug_everything import namespace_of
from tests.cluster.debug_stage import DebugStage

_ITS_OWN = {"uid", "resourceVersion", "creationTimestamp", "managedFields", "generation", "ownerReferences"}
_DIFFER = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "TIME"),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "UUID"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "DIGEST"),
    (re.compile(r"\b[0-9a-f]{40}\b"), "COMMIT"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "UID"),
)


def likeness(stage: DebugStage, asked: Asked, place: Place) -> list[str]:
    """All objects of the session, the containers in the place's pod, and what record and resource say of it; in order."""
    names = names_of(stage, asked)
    found = [{"at": path, **_bare(each)} for path, each in stage.listed() if _is_of(path, each, names)]
    found.append({"pod": stage.admin.must("GET", place.target.path)["spec"].get("ephemeralContainers")})
    for each in (stage.record(asked), stage.debug_session(asked)):
        found.append({"name": each["metadata"]["name"], "kind": each["kind"], "status": each["status"]})
    return sorted(_without_names(json.dumps(each, sort_keys=True), stage, asked, place) for each in found)


def names_of(stage: DebugStage, asked: Asked) -> tuple[str, ...]:
    """What the names of all that is made for the request begin with."""
    return (stage.name_of(asked), namespace_of(asked.name), f"bg-{asked.name}-")


def _is_of(path: str, each: Mapping[str, Any], names: tuple[str, ...]) -> bool:
    return path.rpartition("/")[2].startswith(names) or each["metadata"].get("namespace", "").startswith(names)


def _bare(each: Mapping[str, Any]) -> dict[str, Any]:
    meta = {name: value for name, value in each["metadata"].items() if name not in _ITS_OWN}
    meta["owners"] = [owner["kind"] for owner in each["metadata"].get("ownerReferences", ())]
    spec = each.get("spec")
    if each.get("kind", "Pod") == "Pod" and isinstance(spec, Mapping):
        # The scheduler's choice.
        spec = {name: value for name, value in spec.items() if name != "nodeName"}
    rest = {name: value for name, value in each.items() if name not in {"metadata", "spec", "status"}}
    return {**rest, "metadata": meta, "spec": spec}


def _without_names(text: str, stage: DebugStage, asked: Asked, place: Place) -> str:
    session = re.escape(stage.name_of(asked))
    text = re.sub(rf"{session}-pods-[a-z0-9]+(-[a-z0-9]+)?", "SESSION-pods", text)
    text = re.sub(r'"pod-template-hash": "[a-z0-9]+"', "", text)
    text = text.replace(stage.name_of(asked), "SESSION")
    text = re.sub(rf"bg-{re.escape(asked.name)}-[0-9a-f]{{10}}", "GRANT", text)
    text = text.replace(asked.name, "REQUEST").replace(place.namespace, "PLACE")
    for pattern, name in _DIFFER:
        text = pattern.sub(name, text)
    # The scheduler's choice, and the place in the ledger.
    return re.sub(r'"node(Name)?": "[^"]*"|"(decided|ended)": [1-9]\d*', "", text)
