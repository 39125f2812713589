"""The network policy of a session: nothing goes in or out of its pods but what the template lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitops_breakglass.core.debug.parts import Asking
from gitops_breakglass.core.debug.workload.labels import SESSION, object_metadata
from gitops_breakglass.core.debug.workload.told import Source, Told, entries, mapping, plain
from gitops_breakglass.model.kube import Manifest

_ID = "network-policy"
HOST = "network-policy-hostnetwork"
_BOTH = ("Ingress", "Egress")
_DNS: dict[str, Any] = {
    "to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}],
    "ports": [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")],
}
"""To the cluster's DNS, wherever in kube-system it is; one on the node's own address needs a rule of its own."""


def network_policy(
    asking: Asking, namespace: str, pod: Mapping[str, Any], source: Source, told: Told
) -> Manifest | None:
    """Return the policy of `spec.networkPolicy`, or None where the template asks for none; `source` is of `spec`."""
    written = asking.offer.template.spec.get("networkPolicy")
    if not isinstance(written, Mapping):
        return None
    options = mapping(plain(written))
    types = [each for each in _BOTH if each in entries(options.get("defaultDeny", list(_BOTH)))]
    if pod.get("hostNetwork") is True:
        told.problem(
            HOST,
            "the pods are in the node's network, where network policies do not hold",
            source.at("networkPolicy"),
            "leave out hostNetwork, or the policy that would promise what it can't keep",
        )
    rules: dict[str, Any] = {}
    for direction, field in zip(_BOTH, ("ingress", "egress"), strict=True):
        found = entries(options.get(field))
        if found and direction not in types:
            told.problem(
                _ID,
                f"there are rules for {field}, and defaultDeny lacks {direction}: all of it is let through anyway",
                source.at("networkPolicy", field),
                f"add {direction} to defaultDeny, or leave the rules out",
            )
        for index, rule in enumerate(found):
            if not rule:
                told.problem(
                    _ID,
                    f"an empty rule lets all {field} through",
                    source.at("networkPolicy", field, index),
                    f"say from or to whom, or leave {direction} out of defaultDeny",
                )
        rules[field] = found
    if options.get("allowDNS") is True and "Egress" in types:
        rules["egress"] = [_DNS, *rules["egress"]]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": object_metadata(asking, namespace, "network"),
        "spec": {
            "podSelector": {"matchLabels": {SESSION: asking.name}},
            "policyTypes": types,
            **{field: found for field, found in rules.items() if found},
        },
    }
