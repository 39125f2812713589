"""Waits for what an API server does a moment later.

Its own watches (of roles and bindings, of the parameters of policies, of definitions) hear of a write some milliseconds
after it is stored, on a busy machine seconds. What has to hold at once is asserted at once; everything else waits here.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import TypeVar

import requests

from tests.cluster.harness.actor import Actor

PATIENCE = 60.0
"""Seconds. Long, because a wait that comes true costs nothing more, and a busy machine is no finding."""
_PAUSE = 0.05
_RBAC = "rbac.authorization.k8s.io"
_BASE = f"/apis/{_RBAC}/v1"
_REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"

Found = TypeVar("Found")


def eventually(
    look: Callable[[], Found], otherwise: str = "it did not come about", *, seconds: float = PATIENCE
) -> Found:
    """Return what a look finds, as soon as that is something. Raises AssertionError where it never is."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"{otherwise}, in {seconds:g} s"
        time.sleep(_PAUSE)
    return found


def becomes(code: int, call: Callable[[], int]) -> None:
    """Wait until a call is answered with this code."""
    answers: list[int] = []

    def is_so() -> bool:
        answers[:] = [call()]
        return answers == [code]

    try:
        eventually(is_so)
    except AssertionError:
        raise AssertionError(f"{answers} did not become {code}") from None


def settled(admin: Actor) -> None:
    """Return once the authorizer has heard of every role and binding that was written before this call.

    Each of its four watches tells of writes in their order. So when it knows a fresh user's fresh Role, ClusterRole and
    bindings, it knows all that came before them. Where no server answers there is nothing to wait for.
    """
    name = f"settled-{uuid.uuid4().hex[:10]}"
    asked = {"group": "settled.example.com", "verb": "get", "namespace": "default"}
    made: list[str] = []
    try:
        for base, kind, resource in (
            (f"{_BASE}/namespaces/default/", "Role", "near"),
            (f"{_BASE}/", "ClusterRole", "far"),
        ):
            rules = [{"apiGroups": [asked["group"]], "resources": [resource], "verbs": ["get"]}]
            subject = {"kind": "User", "apiGroup": _RBAC, "name": name}
            bound = {"roleRef": {"kind": kind, "apiGroup": _RBAC, "name": name}, "subjects": [subject]}
            for plural, body in ((f"{kind.lower()}s", {"rules": rules}), (f"{kind.lower()}bindings", bound)):
                path, whole = f"{base}{plural}", {"metadata": {"name": name}, **body}
                # A server that has just started refuses for a while what policies with parameters match.
                eventually(lambda path=path, whole=whole: admin.status("POST", path, whole) in {201, 409}, path)
                made.append(f"{path}/{name}")
        for resource in ("near", "far"):
            review = {"spec": {"user": name, "resourceAttributes": {**asked, "resource": resource}}}
            eventually(
                lambda review=review: admin.must("POST", _REVIEWS, review)["status"]["allowed"], "RBAC does not settle"
            )
        for path in made:
            admin.must("DELETE", path)
    except requests.ConnectionError:
        return
