"""What a copy of a pod keeps of what the pod gets from elsewhere: volumes and variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Part: TypeAlias = Mapping[str, Any]

_ANYWHERE = frozenset({"emptyDir", "hostPath", "downwardAPI", "ephemeral", "image", "nfs"})
"""Kinds of volumes that need nothing of the namespace and hold no Secret."""
_BESIDE = frozenset({"configMap", "persistentVolumeClaim"})
"""Those that are there only in the pod's own namespace. Every other kind may bring Secrets along, as drivers do."""
_TOKENS = frozenset({"serviceAccountToken", "podCertificate"})
_SOURCES_ANYWHERE = frozenset({"downwardAPI", "clusterTrustBundle"})
"""Sources of projected volumes that need nothing of the namespace and hold no Secret."""


@dataclass(frozen=True)
class Keeping:
    """What is kept; `left_out` gathers what is not, in words, as it is met."""

    beside: bool
    """Whether the copy lies in the pod's own namespace."""
    token: bool
    secrets: bool
    left_out: dict[str, None] = field(default_factory=dict)

    def volumes(self, spec: Part) -> list[dict[str, Any]]:
        """Return the volumes of a pod that its copy has too."""
        return [kept for each in spec.get("volumes") or () if (kept := self._volume(each)) is not None]

    def env(self, container: Part) -> Iterator[dict[str, Any]]:
        """Yield the variables of a container that its copy has too."""
        for each in container.get("env") or ():
            source = each.get("valueFrom")
            if source is None or self._has_all(source, {"fieldRef", "resourceFieldRef"}, "KeyRef"):
                yield dict(each)
            else:
                self._leave(f"variable {each.get('name')}")

    def env_from(self, container: Part) -> Iterator[dict[str, Any]]:
        """Yield the sources of variables of a container that its copy has too."""
        for each in container.get("envFrom") or ():
            if self._has_all({key: value for key, value in each.items() if key != "prefix"}, set(), "Ref"):
                yield dict(each)
            else:
                names = [str(value.get("name")) for value in each.values() if isinstance(value, Mapping)]
                self._leave(f"variables from {', '.join(names)}")

    def _volume(self, volume: Part) -> dict[str, Any] | None:
        name = volume.get("name")
        kinds = volume.keys() - {"name"}
        if kinds == {"projected"}:
            return self._projected(volume)
        if all(self._takes(kind) for kind in kinds):
            return dict(volume)
        self._leave(f"volume {name} ({', '.join(sorted(kinds))})")
        return None

    def _projected(self, volume: Part) -> dict[str, Any] | None:
        sources: Sequence[Part] = volume["projected"].get("sources") or ()
        # What comes with a token says where to use it, and is of no use without.
        has_token = any(_TOKENS & each.keys() for each in sources) and not (self.token and self.beside)
        kept = [] if has_token else [each for each in sources if all(self._projects(kind) for kind in each)]
        if not kept:
            self._leave(f"volume {volume.get('name')} ({'token' if has_token else 'projected'})")
            return None
        if len(kept) < len(sources):
            self._leave(f"{len(sources) - len(kept)} of the sources of volume {volume.get('name')}")
        return {**volume, "projected": {**volume["projected"], "sources": [dict(each) for each in kept]}}

    def _takes(self, kind: str) -> bool:
        return kind in _ANYWHERE or (self.beside and (kind in _BESIDE or self.secrets))

    def _projects(self, kind: str) -> bool:
        # Of a volume with a token that is not kept, nothing is.
        if kind in _SOURCES_ANYWHERE | _TOKENS:
            return True
        return self.beside and (kind == "configMap" or (kind == "secret" and self.secrets))

    def _has_all(self, source: Part, anywhere: set[str], ending: str) -> bool:
        taken = set(anywhere)
        if self.beside:
            taken |= {f"configMap{ending}"} | ({f"secret{ending}"} if self.secrets else set())
        return source.keys() <= taken

    def _leave(self, what: str) -> None:
        self.left_out[what] = None
