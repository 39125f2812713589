"""The Leases of our namespace on an API server."""

from __future__ import annotations

from collections.abc import Callable

from gitops_breakglass.adapters.cluster.answers import told_time
from gitops_breakglass.adapters.cluster.connection import Answer, Call
from gitops_breakglass.adapters.cluster.resources import LEASES, collection, object_path
from gitops_breakglass.core.lease import read_lease, written_lease
from gitops_breakglass.model.errors import ConflictError, GoneError, RefusedError
from gitops_breakglass.model.kube import NAMESPACE, ObjectKey
from gitops_breakglass.model.lease import Lease, SeenLease

_ABSENT = frozenset({404})


class KubernetesLeases:
    """Leases by one connection to the API server; many threads may use it at a time."""

    def __init__(self, name: str, call: Callable[[Call], Answer]) -> None:
        self._name = name
        self._call = call

    def read(self, name: str) -> SeenLease:
        """Return a Lease with the API server's time, in whole seconds; one that is not there says nothing."""
        key = _key(name)
        answer = self._call(Call("get", "GET", object_path(LEASES, key), f"read {key}", expected=_ABSENT))
        return self._seen(name, answer)

    def write(self, seen: SeenLease, lease: Lease) -> SeenLease:
        """Put `lease` in the place of exactly what was seen; ConflictError where somebody else was first, or removed it."""
        key = _key(lease.name)
        body = written_lease(lease, seen.manifest)
        if seen.manifest is None:
            call = Call("create", "POST", collection(LEASES, NAMESPACE), f"make {key}", body=body, repeatable=False)
        else:
            call = Call("update", "PUT", object_path(LEASES, key), f"write {key}", body=body, repeatable=False)
        try:
            return self._seen(lease.name, self._call(call))
        except GoneError as error:
            if seen.manifest is None:
                raise RefusedError(
                    error.message, hint="our namespace is not there: an administrator runs `install`"
                ) from None
            raise ConflictError(error.message, hint=error.hint) from None

    def _seen(self, name: str, answer: Answer) -> SeenLease:
        now = told_time(answer, self._name)
        if answer.status in _ABSENT:
            return SeenLease(Lease(name), now)
        return SeenLease(read_lease(answer.body), now, answer.body)


def _key(name: str) -> ObjectKey:
    return ObjectKey(LEASES.api_version, LEASES.kind, NAMESPACE, name)
