"""Debug sessions as they are asked for, and where: what is the same for each test of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gitops_breakglass.model.request import RequestId
from tests.cluster.debug_calls import PodAt

CLUSTER = "prod-cluster-1"
PODS_OF_SESSIONS = "breakglass-debug"
"""The namespace that upstream puts debug pods into unless told otherwise."""
COPIES = "debug-copies"
"""The one that it puts copies of pods into."""
NODE = "node-to-debug"
"""The node that the seeds' pod template and their example name."""
LONG = 1800


@dataclass(frozen=True)
class Place:
    """A namespace of others with a running pod `web-0` and pods beside it."""

    namespace: str
    others: tuple[PodAt, ...]
    pod: str = "web-0"

    @property
    def target(self) -> PodAt:
        """The pod that operations are about."""
        return PodAt(self.namespace, self.pod, "main")


@dataclass(frozen=True)
class Asked:
    """A session as it is asked for."""

    name: str
    template: str
    seconds: int = LONG
    participants: tuple[str, ...] = ()
    operations: tuple[Mapping[str, Any], ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> RequestId:
        """What people call it."""
        return RequestId(CLUSTER, self.name)

    @property
    def content(self) -> str:
        """The request's file; JSON is YAML too."""
        spec: dict[str, Any] = {
            "templateRef": self.template,
            "cluster": CLUSTER,
            "requestedDuration": f"{self.seconds}s",
            "reason": "INC-1234: connections to the shop time out",
            **self.more,
        }
        if self.participants:
            spec["invitedParticipants"] = [f"{each}@example.com" for each in self.participants]
        if self.operations:
            spec["operations"] = list(self.operations)
        meta = {"name": self.name}
        head = {"apiVersion": "breakglass.t-caas.telekom.com/v1alpha1", "kind": "DebugSession"}
        return json.dumps({**head, "metadata": meta, "spec": spec}, indent=2) + "\n"
