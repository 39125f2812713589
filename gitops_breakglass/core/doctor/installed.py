"""Whether what is on a cluster is what this version installs: every field of ours, and where more would say less, no other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from gitops_breakglass.core.install.admission import is_same
from gitops_breakglass.model.kube import LiveObject, Manifest, ObjectKey, key_of
from gitops_breakglass.model.unread import Unread

_LEFT_OUT = frozenset({"apiVersion", "kind", "status"})
_NOTHING_MORE = {
    "ValidatingAdmissionPolicy": "spec",
    "ValidatingAdmissionPolicyBinding": "spec",
    "ClusterRole": "rules",
    "Role": "rules",
}
"""By kind, what may have no field that we did not write: most fields that could be added there make it hold for less."""


class Changed(NamedTuple):
    """An object that is there otherwise, and the fields in which it is."""

    key: ObjectKey
    fields: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.key} ({', '.join(self.fields)})"


def compare(
    manifests: Iterable[Manifest], live: Mapping[ObjectKey, LiveObject | Unread | None]
) -> tuple[list[ObjectKey], list[Changed], list[ObjectKey]]:
    """Return what is not there, what is there otherwise, and what could not be seen."""
    gone: list[ObjectKey] = []
    other: list[Changed] = []
    hidden: list[ObjectKey] = []
    for manifest in manifests:
        key = key_of(manifest)
        found = live.get(key)
        if isinstance(found, Unread):
            hidden.append(key)
        elif found is None:
            gone.append(key)
        elif fields := tuple(_differing(found.manifest, manifest)):
            other.append(Changed(key, fields))
    return gone, other, hidden


def _differing(live: Manifest, wanted: Manifest) -> Iterator[str]:
    """Return the fields in which an object is not as it should be, as `spec.matchResources`."""
    whole = _NOTHING_MORE.get(wanted["kind"])
    for name in dict.fromkeys((*wanted, *((whole,) if whole else ()))):
        found, ours = live.get(name), wanted.get(name)
        alike = is_same if name == whole else has
        if name in _LEFT_OUT or alike(found, ours):
            continue
        if isinstance(found, Mapping) and isinstance(ours, Mapping):
            fields = dict.fromkeys((*ours, *found) if name == whole else ours)
            yield from (f"{name}.{each}" for each in fields if not alike(found.get(each), ours.get(each)))
        else:
            yield name


def has(live: object, wanted: object) -> bool:
    """Whether a value has everything that is wanted of it; mappings may have more, and what is empty may be left out.

    Lists are as long as what is wanted: one rule, subject or expression more is another meaning.
    """
    if isinstance(wanted, Mapping):
        return all(has(live.get(name) if isinstance(live, Mapping) else None, each) for name, each in wanted.items())
    if isinstance(wanted, Sequence) and not isinstance(wanted, str):
        if not isinstance(live, Sequence) or isinstance(live, str):
            return not wanted and live is None
        return len(live) == len(wanted) and all(has(*pair) for pair in zip(live, wanted, strict=True))
    return live == wanted or (live is None and not wanted)
