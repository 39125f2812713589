"""One cluster that is a folder of manifests, which something else applies; our own records lie in it under `.state`."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import yaml

from gitops_breakglass.adapters.cluster.folder import Folder, Parts
from gitops_breakglass.adapters.cluster.manifest_file import (
    STATE,
    SUFFIX,
    UnreadableError,
    object_of,
    place_of,
    text_of,
)
from gitops_breakglass.core.deny.imagined import facts_of_folder
from gitops_breakglass.model.enforcement import DenyFacts, Needs
from gitops_breakglass.model.errors import ConflictError, GoneError, RefusedError, UnreachableError
from gitops_breakglass.model.kube import LiveObject, Manifest, ObjectKey, key_of
from gitops_breakglass.model.policy import Rbac
from gitops_breakglass.model.rules import ApiResource, Discovery
from gitops_breakglass.model.server_time import ServerTime
from gitops_breakglass.ports import Clock, ClusterState, LedgerPages

_CLUSTER = (STATE, "cluster.yaml")
_LEDGER = (STATE, "ledgerpage")
_DISCOVERY = (STATE, "discovery.json")


class ManifestsCluster:
    """A ClusterWriter on a folder; many threads and processes may use it at a time.

    An object lies at `<kind>/<namespace or _cluster>/<name>.yaml`, one of our own kinds at the same place under `.state`.
    """

    def __init__(self, name: str, folder: str | Path, clock: Clock) -> None:
        self.name = name
        self._folder = Folder(folder)
        self._clock = clock

    def initialise(self) -> str:
        """Make the folder a cluster and return its uid; one that is a cluster already stays the one it is."""
        content = yaml.safe_dump({"uid": str(uuid.uuid4())}).encode()
        with self._folder.locked():
            try:
                self._folder.create(_CLUSTER, content)
            except FileExistsError:
                return self._uid()
            return self._uid()

    def keep_discovery(self, discovery: Discovery) -> None:
        """Write down what the API servers behind the folder serve, by which wildcards are expanded."""
        resources = [
            {"group": each.group, "name": each.name, "verbs": list(each.verbs), "namespaced": each.namespaced}
            for each in discovery.resources
        ]
        content = json.dumps({"resources": resources}, indent=1).encode()
        with self._folder.locked():
            try:
                self._folder.create(_DISCOVERY, content)
            except FileExistsError:
                self._folder.replace(_DISCOVERY, content)

    # -- to look

    def read(self) -> ClusterState:
        """Return the clock's time, the folder's uid, what carries our label, and which files can't be read."""
        uid, now = self._uid(), self._clock.now()
        found, unreadable = self._read(lambda parts: parts[:2] != _LEDGER)
        return ClusterState(now, uid, found, unreadable)

    def access(self) -> ClusterState:
        """Return the same: a folder is read as a whole."""
        return self.read()

    def ledger(self) -> LedgerPages:
        """Return the whole ledger."""
        return LedgerPages(*self._read(lambda parts: parts[:2] == _LEDGER))

    def now(self) -> datetime:
        """Return the clock's time."""
        return self._clock.now()

    def get(self, key: ObjectKey) -> LiveObject | None:
        """Return one object, whoever's it is, or None; RefusedError for a file that can't be read."""
        parts = place_of(key)
        try:
            live = self._load(parts)
        except UnreadableError as error:
            raise RefusedError(
                f"{self.name}: {self._path(parts)}: {error}", hint="repair the file, or remove it"
            ) from None
        return live if live is not None and live.key == key else None

    def server_time(self) -> ServerTime:
        """Return the clock's time, which is the cluster's."""
        now = self._clock.now()
        return ServerTime(now, now)

    def pods(self, namespace: str) -> tuple[LiveObject, ...]:
        """Return those that the folder holds: what else runs behind it is not known here."""
        found, _ = self._read(lambda parts: parts[0] == "pod")
        return tuple(each for each in found if each.key.namespace == namespace)

    def rbac(self) -> Rbac:
        """Return nothing: what holds on the clusters behind the folder is not known here."""
        return Rbac()

    def discovery(self) -> Discovery:
        """Return what `keep_discovery` wrote down, or nothing; RefusedError where that can't be read."""
        try:
            resources = json.loads(self._folder.read(_DISCOVERY))["resources"]
            return Discovery(
                tuple(
                    ApiResource(str(each["group"]), str(each["name"]), tuple(each["verbs"]), bool(each["namespaced"]))
                    for each in resources
                )
            )
        except FileNotFoundError:
            return Discovery()
        except (OSError, ValueError, KeyError, TypeError):
            raise RefusedError(
                f"{self.name}: {self._path(_DISCOVERY)} can't be read",
                hint="run `gitops-breakglass install` again, which writes it",
            ) from None

    def deny_facts(self, needs: Needs) -> DenyFacts:
        """Say that nothing of this can be known: the clusters behind the folder are not asked."""
        return facts_of_folder(self.name, needs)

    # -- to change

    def create(self, manifest: Manifest) -> LiveObject:
        """Write a new file; ConflictError where there is one. A status is not taken over, as on an API server."""
        key = key_of(manifest)
        parts = place_of(key)
        content = text_of({name: value for name, value in manifest.items() if name != "status"}, str(uuid.uuid4()))
        with self._changing(f"create {key}"):
            try:
                self._folder.create(parts, content)
            except FileExistsError:
                raise ConflictError(
                    f"{self.name}: create {key}: {self._path(parts)} is there already",
                    hint="look at whose it is; it is left as it is",
                ) from None
        return object_of(content, parts)

    def replace(self, live: LiveObject, manifest: Manifest) -> LiveObject:
        """Write `manifest`, with the status that is there, in the place of the file that was seen."""
        with self._changing(f"replace {live.key}"):
            there = self._same(live.key, live.uid, live.manifest["metadata"].get("resourceVersion"))
            return self._write(there, {**manifest, "status": there.manifest.get("status")})

    def replace_status(self, key: ObjectKey, manifest: Manifest) -> None:
        """Write the whole status; where `manifest` has a uid or resourceVersion, only to that object."""
        metadata = manifest["metadata"]
        with self._changing(f"write the status of {key}"):
            there = self._same(key, metadata.get("uid"), metadata.get("resourceVersion"))
            self._write(there, {**there.manifest, "status": manifest.get("status")})

    def delete(self, live: LiveObject) -> None:
        """Remove the file of exactly the object that was seen, also where it was edited since."""
        with self._changing(f"delete {live.key}"):
            self._same(live.key, live.uid)
            self._folder.remove(place_of(live.key))

    def strip_finalizers(self, live: LiveObject) -> None:
        """Take the finalizers from the object that was seen."""
        with self._changing(f"take the finalizers from {live.key}"):
            there = self._same(live.key, live.uid)
            metadata = {name: value for name, value in there.manifest["metadata"].items() if name != "finalizers"}
            self._write(there, {**there.manifest, "metadata": metadata})

    def lingering(self, pods: Sequence[LiveObject], *, within: float) -> tuple[LiveObject, ...]:  # noqa: ARG002 - the port's
        """Return those whose files are there: a file is gone at once."""
        there = {(each.key, each.uid) for each in self.read().objects}
        return tuple(each for each in pods if (each.key, each.uid) in there)

    def inject(self, pod: LiveObject, container: Manifest) -> LiveObject:  # noqa: ARG002 - the port's
        """RefusedError: what a folder holds are whole objects of ours, never a part of somebody else's."""
        raise RefusedError(f"{self.name}: {pod.key} is not in the folder", hint="debug sessions need an API server")

    def in_force(self, live: LiveObject, *, within: float = 0.0) -> bool:  # noqa: ARG002 - the port's
        """Say that it is not: what the clusters behind the folder hold to is not known."""
        return False

    # -- how

    def _read(self, is_wanted: Callable[[Parts], bool]) -> tuple[tuple[LiveObject, ...], tuple[str, ...]]:
        """Return what is ours in the wanted places, and where something can't be read, and why."""
        try:
            places = [parts for parts in self._places() if is_wanted(parts)]
        except OSError as error:
            raise UnreachableError(
                f"{self.name}: {error.filename or self._folder.path}: {error.strerror}", hint="may this user read it?"
            ) from None
        found: list[LiveObject] = []
        unreadable: list[str] = []
        for parts in places:
            try:
                live = self._load(parts)
            except UnreadableError as error:
                unreadable.append(f"{self._path(parts)}: {error}")
                continue
            # As on an API server, a record without its label still counts.
            if live is not None and (live.is_marked_ours or parts[0] == STATE):
                found.append(live)
        return tuple(found), tuple(unreadable)

    @contextmanager
    def _changing(self, doing: str) -> Iterator[None]:
        try:
            with self._folder.locked():
                yield
        except OSError as error:
            raise RefusedError(
                f"{self.name}: {doing}: {error.strerror or error}",
                hint=f"may this user write in {self._folder.path}, and is there space left?",
            ) from None

    def _same(self, key: ObjectKey, uid: str | None, version: str | None = None) -> LiveObject:
        there = self.get(key)
        if there is None:
            raise GoneError(f"{self.name}: {key} is not there", hint="someone else removed its file")
        if uid not in {None, there.uid} or version not in {None, there.manifest["metadata"]["resourceVersion"]}:
            raise ConflictError(
                f"{self.name}: {key} is not the one that was seen",
                hint="look at what is there now; it is left as it is",
            )
        return there

    def _write(self, there: LiveObject, manifest: Manifest) -> LiveObject:
        parts = place_of(there.key)
        content = text_of({name: value for name, value in manifest.items() if value is not None}, there.uid)
        self._folder.replace(parts, content)
        return object_of(content, parts)

    def _uid(self) -> str:
        try:
            return str(uuid.UUID(yaml.safe_load(self._folder.read(_CLUSTER))["uid"]))
        except FileNotFoundError:
            raise RefusedError(
                f"{self.name}: {self._folder.path} is not installed", hint="run `gitops-breakglass install` first"
            ) from None
        except (OSError, yaml.YAMLError, ValueError, KeyError, TypeError, AttributeError):
            raise UnreachableError(
                f"{self.name}: {self._path(_CLUSTER)} can't be read",
                hint="take the file from the folder's history: records are only good for the uid in it",
            ) from None

    def _places(self) -> Iterator[Parts]:
        """Every place at which an object may lie, in a fixed order; a link comes as it is, to be reported."""
        for root in ((), (STATE,)):
            kinds = ((*root, each) for each in self._folder.names(root) if not each.startswith("."))
            for kind in kinds:
                for namespace in self._below(kind):
                    for file in self._below(namespace):
                        if file[-1].endswith((SUFFIX, ".yml")) or self._folder.is_link(file):
                            yield file
                    if self._folder.is_link(namespace):
                        yield namespace
                if self._folder.is_link(kind):
                    yield kind

    def _below(self, parts: Parts) -> list[Parts]:
        return [(*parts, each) for each in self._folder.names(parts) if not each.startswith(".")]

    def _load(self, parts: Parts) -> LiveObject | None:
        try:
            return object_of(self._folder.read(parts), parts)
        except (FileNotFoundError, NotADirectoryError):
            if any(self._folder.is_link(parts[:depth]) for depth in range(1, len(parts) + 1)):
                raise UnreadableError("a symbolic link, which is not followed") from None
            return None
        except OSError as error:
            raise UnreadableError(error.strerror or str(error)) from None

    def _path(self, parts: Parts) -> str:
        return str(self._folder.path.joinpath(*parts))
