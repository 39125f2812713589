"""An API server in memory: versions, preconditions, finalizers, statuses apart, pages, and its own time in whole seconds."""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import datetime

from tests.simulation.api_verbs import fitting, merged, selector
from tests.simulation.kinds import BY_PLACE, discovery
from tests.simulation.stored import JSON, MERGE, Body, Change, Place, Request, StatusError, Stored

_FAILED_TEST = "the server rejected our request due to an error in our request"

Admission = Callable[["ApiServer", Request, Place, str, Body | None, Body | None], str | None]


class ApiServer:
    """Serves calls one at a time. `now` is its clock; `admit` refuses writes; `heard` is told of each that took effect."""

    def __init__(
        self, now: Callable[[], datetime], admit: Admission | None = None, heard: Callable[[Change], None] | None = None
    ) -> None:
        self.now = now
        self.admit = admit
        self.heard = heard
        self.objects: dict[tuple[str, str, str, str], Stored] = {}
        self.version = 0
        self._made = 0
        self._pages: dict[str, list[str]] = {}
        self._write(
            "seed",
            "create",
            Place(BY_PLACE["v1", "namespaces"], "", "kube-system"),
            None,
            {
                "apiVersion": "v1",
                "kind": "Namespace",
                "metadata": {"name": "kube-system"},
            },
        )

    # -- what arrives

    def answer(self, request: Request) -> tuple[int, str]:
        """Return status and text; StatusError is answered too."""
        try:
            return self._answered(request)
        except StatusError as error:
            return error.code, json.dumps(error.body)

    def must(self, request: Request) -> Body:
        """Carry out a call of the model's own; anything but a success is a mistake of the model."""
        status, text = self.answer(request)
        assert status < 300, (request, text)
        found: Body = json.loads(text)
        return found

    def _answered(self, request: Request) -> tuple[int, str]:
        if request.path == "/version":
            return 200, "{}"
        if request.path in {"/api", "/apis"}:
            return 200, json.dumps(discovery(request.path))
        place = self._place(request.path)
        match request.method, bool(place.name):
            case "GET", False:
                return 200, self._list(place, request)
            case "GET", True:
                return 200, self._found(place).text
            case "POST", False:
                return 201, self._create(place, request)
            case "PUT", True:
                return 200, self._update(place, request, dict(request.body))
            case "PATCH", True:
                return 200, self._update(place, request, self._patched(place, request))
            case "DELETE", True:
                return 200, self._delete(place, request)
        raise StatusError(405, "the server does not allow this method on the requested resource")

    def _place(self, path: str) -> Place:
        parts = path.strip("/").split("/")
        api_version, rest = (parts[1], parts[2:]) if parts[0] == "api" else ("/".join(parts[1:3]), parts[3:])
        namespace = ""
        if len(rest) > 2 and rest[0] == "namespaces":
            namespace, rest = rest[1], rest[2:]
        kind = BY_PLACE.get((api_version, rest[0] if rest else ""))
        if kind is None:
            raise StatusError(404, "the server could not find the requested resource")
        return Place(kind, namespace, *rest[1:3])

    def _found(self, place: Place) -> Stored:
        stored = self.objects.get(place.key())
        if stored is None:
            raise StatusError(404, f'{place.kind.plural} "{place.name}" not found')
        return stored

    # -- lists

    def _list(self, place: Place, request: Request) -> str:
        token = request.query.get("continue")
        if token is not None:
            if token not in self._pages:
                raise StatusError(410, "The provided continue parameter is too old")
            found = self._pages.pop(token)
        else:
            wanted = selector(request.query.get("labelSelector", ""))
            found = [
                stored.text
                for (api_version, plural, namespace, _), stored in sorted(self.objects.items())
                if (api_version, plural) == (place.kind.api_version, place.kind.plural)
                and (not place.namespace or namespace == place.namespace)
                and wanted(stored.body["metadata"].get("labels") or {})
            ]
        limit = int(request.query.get("limit") or 0) or len(found)
        more = ""
        if len(found) > limit:
            more = f"page-{self.version}-{len(self._pages)}"
            self._pages[more] = found[limit:]
        metadata = json.dumps({"resourceVersion": str(self.version), "continue": more})
        return f'{{"items": [{",".join(found[:limit])}], "metadata": {metadata}}}'

    # -- writes

    def _create(self, place: Place, request: Request) -> str:
        body = deepcopy(dict(request.body))
        metadata = body.setdefault("metadata", {})
        name = metadata.get("name") or ""
        if place.kind.namespaced and not place.namespace:
            raise StatusError(405, "the server does not allow this method on the requested resource")
        if place.namespace and ("v1", "namespaces", "", place.namespace) not in self.objects:
            raise StatusError(404, f'namespaces "{place.namespace}" not found')
        at = Place(place.kind, place.namespace, name)
        self._made += 1
        body |= {"apiVersion": place.kind.api_version, "kind": place.kind.kind}
        metadata |= {
            "uid": f"{self._made:08x}-0000-4000-8000-000000000000",
            "creationTimestamp": f"{self.now():%Y-%m-%dT%H:%M:%SZ}",
            "generation": 1,
            **({"namespace": place.namespace} if place.namespace else {}),
        }
        metadata.pop("deletionTimestamp", None)
        if place.kind.has_status:
            body.pop("status", None)
        body = fitting(place.kind, body)
        self._admitted(request, at, "create", None, body)
        if at.key() in self.objects:
            raise StatusError(409, f'{place.kind.plural} "{name}" already exists')
        if request.query.get("dryRun"):
            return json.dumps(body)
        return self._write(request.user, "create", at, None, body)

    def _update(self, place: Place, request: Request, body: Body) -> str:
        stored = self._found(place)
        old, live = stored.body["metadata"], stored.body
        new = dict(body.get("metadata") or {})
        if new.get("uid", old["uid"]) != old["uid"]:
            if request.method == "PATCH":
                raise StatusError(422, "Invalid value: field is immutable", ("metadata.uid",))
            raise StatusError(409, "Precondition failed: UID in precondition does not match")
        if new.get("resourceVersion", old["resourceVersion"]) != old["resourceVersion"]:
            raise StatusError(409, "the object has been modified; please apply your changes to the latest version")
        if place.sub == "status":
            after = {**live, "status": body.get("status") or {}}
        else:
            kept = {name: old[name] for name in ("uid", "creationTimestamp", "generation", "resourceVersion")}
            kept |= {name: old[name] for name in ("deletionTimestamp", "namespace") if name in old}
            after = {**body, "apiVersion": live["apiVersion"], "kind": live["kind"]}
            after["metadata"] = {**new, "name": old["name"], **kept}
            if not after["metadata"].get("finalizers"):
                after["metadata"].pop("finalizers", None)
            if place.kind.has_status:
                after.pop("status", None)
                after |= {"status": live["status"]} if "status" in live else {}
            if "roleRef" in live and after.get("roleRef") != live["roleRef"]:
                raise StatusError(422, "cannot change roleRef", ("roleRef",))
        after = fitting(place.kind, json.loads(json.dumps(after)))
        if after.get("spec") != live.get("spec"):
            after["metadata"] = {**after["metadata"], "generation": old["generation"] + 1}
        self._admitted(request, place, "update", live, after)
        if after == live:
            return stored.text
        if "deletionTimestamp" in after["metadata"] and not after["metadata"].get("finalizers"):
            self._remove(request.user, place, stored)
            return json.dumps(after)
        return self._write(request.user, "update", place, stored, after)

    def _patched(self, place: Place, request: Request) -> Body:
        live = self._found(place).body
        if request.content_type == MERGE:
            patched: Body = merged(live, request.body)
            return patched
        assert request.content_type == JSON, request.content_type
        body = dict(live)
        for step in request.body:
            where = step["path"].strip("/").split("/")
            if step["op"] == "test":
                if live["metadata"].get(where[1]) != step["value"]:
                    raise StatusError(422, _FAILED_TEST)
            else:
                assert (step["op"], where) == ("add", ["status"]), step
                body["status"] = step["value"]
        return body

    def _delete(self, place: Place, request: Request) -> str:
        stored = self._found(place)
        metadata = stored.body["metadata"]
        for name, value in ((request.body or {}).get("preconditions") or {}).items():
            if metadata[name] != value:
                raise StatusError(
                    409, f"Precondition failed: {name} in precondition: {value}, in object: {metadata[name]}"
                )
        self._admitted(request, place, "delete", stored.body, None)
        if metadata.get("finalizers"):
            if "deletionTimestamp" not in metadata:
                going = {**metadata, "deletionTimestamp": f"{self.now():%Y-%m-%dT%H:%M:%SZ}"}
                return self._write(request.user, "update", place, stored, {**stored.body, "metadata": going})
            return stored.text
        self._remove(request.user, place, stored)
        return stored.text

    def _admitted(self, request: Request, place: Place, verb: str, old: Body | None, new: Body | None) -> None:
        said = self.admit(self, request, place, verb, old, new) if self.admit else None
        if said is not None:
            raise StatusError(403, f'{place.kind.plural} "{place.name}" is forbidden: {said}')

    def _write(self, user: str, verb: str, place: Place, stored: Stored | None, body: Body) -> str:
        self.version += 1
        body = {**body, "metadata": {**body["metadata"], "resourceVersion": str(self.version)}}
        body["metadata"].setdefault("uid", "00000000-0000-4000-8000-000000000000")
        place = Place(place.kind, place.namespace, place.name)
        maker = stored.maker if stored else user
        self.objects[place.key()] = made = Stored(place, body, maker).seal()
        self._tell(Change(user, verb, place, stored.body if stored else None, body, maker))
        return made.text

    def _remove(self, user: str, place: Place, stored: Stored) -> None:
        self.version += 1
        del self.objects[place.key()]
        self._tell(Change(user, "delete", stored.place, stored.body, None, stored.maker))

    def _tell(self, change: Change) -> None:
        if self.heard is not None:
            self.heard(change)
