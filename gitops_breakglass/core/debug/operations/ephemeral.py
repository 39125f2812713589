"""Ephemeral containers: what is added to a pod that is there, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gitops_breakglass.core.debug.operations.asked import Asked
from gitops_breakglass.core.debug.pods import controller_of
from gitops_breakglass.core.names import session_object_name
from gitops_breakglass.model.debug_grant import Injection
from gitops_breakglass.model.decision import Reason
from gitops_breakglass.model.kube import SESSION_VARIABLE, LiveObject
from gitops_breakglass.model.request import EphemeralContainer


def injection_of(asked: Asked, operation: EphemeralContainer, session: str, pod: LiveObject | None) -> Injection:
    """Render the container, for the pod that was seen; where none could be seen it is for no pod yet, by its uid."""
    container: dict[str, Any] = {
        "name": session_object_name(session, str(asked.index)),
        "image": operation.image,
        "imagePullPolicy": "IfNotPresent",
        "env": [{"name": SESSION_VARIABLE, "value": session}],
        "stdin": True,
        "tty": True,
        "securityContext": _security(operation, must_not_be_root=asked.terms.ephemeral.non_root),
    }
    if operation.target:
        container["targetContainerName"] = operation.target
    for field, words in (("command", operation.command), ("args", operation.args)):
        if words:
            container[field] = list(words)
    return Injection(
        namespace=operation.namespace,
        pod=operation.pod,
        pod_uid=pod.uid if pod is not None else "",
        container=container,
        restart=asked.terms.ephemeral.restart and pod is not None and bool(controller_of(pod)),
    )


def said_of(asked: Asked, operation: EphemeralContainer, pod: LiveObject | None) -> Iterator[Reason]:
    """Say that the container stays, and what can't be told without the cluster."""
    name = f"{operation.namespace}/{operation.pod}"
    if pod is None:
        yield Reason(
            "pod-by-name",
            f"no cluster could be seen: {name} is the pod of that name when the session is decided",
            location=asked.at("pod"),
        )
        return
    controller = controller_of(pod).get("kind")
    if asked.terms.ephemeral.restart and controller is not None:
        told = f"pod {name} is deleted when the session ends, so that its {controller} makes it anew"
    else:
        told = f"the container stays in pod {name} until that pod goes; the session's end ends the access to it"
    yield Reason("container-stays", told, location=asked.at())


def _security(operation: EphemeralContainer, *, must_not_be_root: bool) -> dict[str, Any]:
    security: dict[str, Any] = {}
    if operation.privileged:
        security["privileged"] = True
    else:
        # What a runtime gives unasked is not what the template allows and the reviewers see.
        security["capabilities"] = {"drop": ["ALL"]}
        if not operation.capabilities:
            security["allowPrivilegeEscalation"] = False
    if operation.capabilities:
        security.setdefault("capabilities", {})["add"] = list(operation.capabilities)
    if operation.run_as_user is not None:
        security["runAsUser"] = operation.run_as_user
    if must_not_be_root or operation.run_as_non_root is not None:
        security["runAsNonRoot"] = must_not_be_root or operation.run_as_non_root is True
    return security
