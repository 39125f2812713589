"""Pods as an API server or a file has them, as far as pod rules look at them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard

from gitops_breakglass.model.deny import Container, Pod, Volume

UNREADABLE = "(unreadable)"
_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
_WORST = Container(UNREADABLE, privileged=True, run_as_user=0, mounts=((UNREADABLE, False),))
"""What stands for a container that can't be read: it may be anything, and may write to whatever volume can't be read."""


def read_pod(manifest: Mapping[str, Any]) -> Pod:
    """Read a Pod. What has another type than an API server would give it is taken for the riskier of what it may be.

    A field that is not there, or null, is what Kubernetes takes it for. Labels that can't be read exempt nothing.
    """
    metadata = _mapping(manifest.get("metadata")) or {}
    spec = _mapping(manifest.get("spec"))
    labels = _mapping(metadata.get("labels")) or {}
    return Pod(
        namespace=_text(metadata.get("namespace")),
        name=_text(metadata.get("name")),
        labels={name: value for name, value in labels.items() if isinstance(value, str)},
        host_network=spec is None or _is_on(spec.get("hostNetwork")),
        host_pid=spec is None or _is_on(spec.get("hostPID")),
        host_ipc=spec is None or _is_on(spec.get("hostIPC")),
        containers=(_WORST,) if spec is None else _containers(spec),
        volumes=(Volume(UNREADABLE, is_host_path=True),) if spec is None else _volumes(spec.get("volumes")),
    )


def _containers(spec: Mapping[str, Any]) -> tuple[Container, ...]:
    found = [_container(each) for kind in _CONTAINERS for each in _entries(spec.get(kind))]
    # Whether a volume that can't be read is mounted can't be known either.
    if any(volume.name == UNREADABLE for volume in _volumes(spec.get("volumes"))):
        found.append(Container(UNREADABLE, mounts=_WORST.mounts))
    return tuple(found)


def _container(value: Any) -> Container:
    fields = _mapping(value)
    # No container is null.
    if fields is None or value is None:
        return _WORST
    security = _mapping(fields.get("securityContext"))
    mounts = tuple(_mount(each) for each in _entries(fields.get("volumeMounts")))
    name = _text(fields.get("name"))
    if security is None:
        return Container(name, privileged=True, run_as_user=0, mounts=mounts)
    return Container(
        name=name,
        privileged=_is_on(security.get("privileged")),
        run_as_user=_user(security.get("runAsUser")),
        capabilities=_capabilities(security.get("capabilities")),
        mounts=mounts,
    )


def _volumes(value: Any) -> tuple[Volume, ...]:
    return tuple(_volume(each) for each in _entries(value))


def _volume(value: Any) -> Volume:
    if isinstance(value, Mapping) and isinstance(name := value.get("name"), str):
        return Volume(name, is_host_path=value.get("hostPath") is not None)
    return Volume(UNREADABLE, is_host_path=True)


def _mount(value: Any) -> tuple[str, bool]:
    if isinstance(value, Mapping) and isinstance(name := value.get("name"), str):
        return name, value.get("readOnly") is True
    return UNREADABLE, False


def _capabilities(value: Any) -> tuple[str, ...]:
    fields = _mapping(value)
    added = value if fields is None else fields.get("add")
    return tuple(str(each) for each in _entries(added))


def _user(value: Any) -> int | None:
    """Return the user's number; whatever is no number is taken for root."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    return 0


def _is_on(value: Any) -> bool:
    return value is not None and value is not False


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: Any) -> Mapping[str, Any] | None:
    """Return a mapping, an empty one for what is not there, and None for anything else."""
    if value is None:
        return {}
    return value if isinstance(value, Mapping) else None


def _entries(value: Any) -> Iterable[Any]:
    """Go through a list; what is no list is taken for its only entry."""
    if value is None:
        return ()
    return value if _is_list(value) else (value,)


def _is_list(value: Any) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    return isinstance(value, list | tuple)
