"""What a real API server 1.36.3 serves and the stock roles that it has, as `tests/data/kubernetes-1.36.json` keeps them."""

import json
from pathlib import Path

from gitops_breakglass.core.rbac.manifest import from_manifest
from gitops_breakglass.model.rules import ApiResource, Discovery

_DATA = json.loads((Path(__file__).parents[2] / "data" / "kubernetes-1.36.json").read_text(encoding="utf-8"))

DISCOVERY = Discovery(
    tuple(
        ApiResource(group, name, tuple(verbs.split()), namespaced=namespaced)
        for group, name, verbs, namespaced in _DATA["discovery"]
    )
)
ROLES = {name: from_manifest(rules) for name, rules in _DATA["clusterRoles"].items()}
