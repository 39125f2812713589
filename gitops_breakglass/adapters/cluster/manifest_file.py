"""One object ↔ the YAML file that it lies in: where, in which form, and with which uid."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import yaml

from gitops_breakglass.adapters.cluster.folder import Parts
from gitops_breakglass.adapters.cluster.resources import checked
from gitops_breakglass.model.errors import RefusedError
from gitops_breakglass.model.kube import DOMAIN, OUR_GROUP, LiveObject, Manifest, ObjectKey, key_of

STATE = ".state"
CLUSTER_WIDE = "_cluster"
"""No namespace can have this name."""
UID = f"{DOMAIN}/uid"
"""Annotation: what a file has in the place of the uid that an API server gives; it outlives changes of the file."""
SUFFIX = ".yaml"

_KIND = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]*")
_SERVERS_OWN = ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields")


class UnreadableError(ValueError):
    """The file can't be read as the object that its name says."""


class _Loader(yaml.CSafeLoader):
    """Reads a time as the text that it is, as Kubernetes does."""


_Loader.yaml_implicit_resolvers = {
    first: [each for each in resolvers if each[0] != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def place_of(key: ObjectKey) -> Parts:
    """Return where the object lies below the folder; raises RefusedError for a name that no file can have."""
    name = checked(key).name
    if not _KIND.fullmatch(key.kind) or not _FILE_NAME.fullmatch(name):
        raise RefusedError(f"{key} can't be a file's name", hint="letters, digits, dots, dashes and colons can")
    parts = (key.kind.lower(), key.namespace or CLUSTER_WIDE, name + SUFFIX)
    is_state = key.api_version.startswith(f"{OUR_GROUP}/")
    return (STATE, *parts) if is_state else parts


def text_of(manifest: Manifest, uid: str) -> bytes:
    """Return the file's content, without what only an API server may set."""
    metadata = {name: value for name, value in manifest["metadata"].items() if name not in _SERVERS_OWN}
    metadata["annotations"] = {**(metadata.get("annotations") or {}), UID: uid}
    content = _plain({**manifest, "metadata": metadata})
    text = yaml.dump(content, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=10_000)
    return str(text).encode()


def object_of(content: bytes, parts: Parts) -> LiveObject:
    """Return the object as an API server would show it, with uid and resourceVersion; raises UnreadableError.

    A file that we did not write has no uid of its own: its content's digest stands for it.
    """
    manifest = _load(content)
    try:
        key, place = key_of(manifest), place_of(key_of(manifest))
    except (KeyError, TypeError, AttributeError, RefusedError):
        raise UnreadableError("it holds no object with apiVersion, kind and a name") from None
    if place != parts:
        raise UnreadableError(f"it holds {key}, which belongs into {'/'.join(place)}")
    digest = sha256(content).hexdigest()
    metadata = dict(manifest["metadata"])
    marks = {name: metadata.get(name) or {} for name in ("labels", "annotations")}
    if not all(_is_texts(each) for each in marks.values()):
        raise UnreadableError("its labels or annotations are no texts")
    annotations = dict(marks["annotations"])
    uid = str(annotations.pop(UID, digest))
    metadata |= {"annotations": annotations, "uid": uid, "resourceVersion": digest}
    if not annotations:
        del metadata["annotations"]
    return LiveObject(key, uid, {**manifest, "metadata": metadata})


def _load(content: bytes) -> Mapping[str, Any]:
    try:
        # Aliases of aliases grow without bound as soon as they are written out again; no file of ours has any.
        if b"*" in content and any(isinstance(each, yaml.AliasEvent) for each in yaml.parse(content, _Loader)):
            raise UnreadableError("it has YAML aliases")
        loaded = yaml.load(content, _Loader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if isinstance(error, UnreadableError):
            raise
        raise UnreadableError("it is no YAML, or more than one document") from None
    if not isinstance(loaded, dict):
        raise UnreadableError("it holds no object")
    return loaded


def _is_texts(marks: object) -> bool:
    return isinstance(marks, dict) and all(isinstance(text, str) for pair in marks.items() for text in pair)


def _plain(value: object) -> object:
    """Return fresh dicts and lists, which YAML writes out each time."""
    match value:
        case Mapping():
            return {str(name): _plain(each) for name, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case _:
            return value
