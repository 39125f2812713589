"""The namespace that records, checkpoint and trust root live in."""

from __future__ import annotations

from gitops_breakglass.core.install.marks import LABELS
from gitops_breakglass.model.kube import NAMESPACE, Manifest


def namespace() -> Manifest:
    """Return the Namespace. What runs in it needs no privileges, so that it can hold pods to the strictest profile."""
    labels = {**LABELS, "pod-security.kubernetes.io/enforce": "restricted"}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": labels}}
