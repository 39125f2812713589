"""The policy side of the model, and what its people can ask for."""

import json
from datetime import timedelta

from gitops_breakglass.adapters.signing import Ed25519Signer
from tests.simulation.forge import PEOPLE, account

_TELEKOM = "breakglass.t-caas.telekom.com/v1alpha1"
_CONFIG = "config.gitops-breakglass.dev/v1alpha1"
_RBAC = "rbac.authorization.k8s.io/v1"
PLACE = "shop"
IDLE = timedelta(minutes=5)
"""How long what an escalation of that name gives may be unused."""
_EVENTS = ["granted", "reminder", "ended", "could-not-end"]


def _document(api_version, kind, name, **parts):
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **parts}


def _escalation(name, **more):
    spec = {
        "escalatedGroup": name,
        "allowed": {"clusters": ["prod"], "groups": ["developers"]},
        "approvers": {"groups": ["team-leads"]},
        "maxValidFor": "2h",
        **more,
    }
    return _document(_TELEKOM, "BreakglassEscalation", name, spec=spec)


def _role(name, *rules):
    return _document(_RBAC, "ClusterRole", name, rules=list(rules))


def _rule(resources, verbs):
    return {"apiGroups": [""], "resources": resources, "verbs": verbs}


def _yaml(*documents):
    return "---\n".join(json.dumps(each) + "\n" for each in documents).encode()


def policy_files(public_key):
    """Every file of the policy side: escalations, one of which a deny policy narrows and one ends what is not used, and an offer of recurring access."""
    offer = {
        "name": "on-call",
        "clusters": ["prod"],
        "allowed": {"groups": ["developers"]},
        "approvers": {"groups": ["team-leads"]},
        "clusterRoles": ["viewer"],
        "namespaces": [PLACE],
        "rules": [_rule(["configmaps"], ["get", "update"])],
        "maxDuration": "4h",
        "recurring": True,
    }
    configuration = {
        "apiVersion": _CONFIG,
        "kind": "Configuration",
        "forge": {"provider": "github", "repository": "1"},
        "policyApprovers": {"users": ["dana@example.com"]},
        "reconcilers": [{"name": "ci", "publicKey": public_key}],
        "offers": [offer],
        "notifications": {
            "comments": {"events": _EVENTS},
            "webhook": {"url": "https://hooks.example.com/x", "events": _EVENTS},
        },
        "clusters": {"prod": {"kubernetes": {"context": "prod"}}},
    }
    people = [
        {"name": name, "emails": [f"{name}@example.com"], "github": {"id": int(account(name).id), "login": name}}
        for name in PEOPLE
        if name != "mallory"
    ]
    groups = [{"name": "developers", "members": ["alice", "erin"]}, {"name": "team-leads", "members": ["ben"]}]
    locked = {
        "rules": [{"verbs": ["delete"], "apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["locked"]}],
    }
    binding = {
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "keepers"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "keepers"}],
    }
    in_shop = {**_document(_RBAC, "RoleBinding", "keepers", **binding)}
    in_shop["metadata"] = {"name": "keepers", "namespace": PLACE}
    cluster = _document(_TELEKOM, "ClusterConfig", "prod", spec={"environment": "test"})
    return {
        "breakglass.yaml": _yaml(configuration),
        "identities.yaml": _yaml({"apiVersion": _CONFIG, "kind": "Identities", "people": people, "groups": groups}),
        "clusters/prod.yaml": _yaml(cluster),
        "policies/shell.yaml": _yaml(
            _escalation("shell"), _role("shell", _rule(["pods"], ["get", "list"]), _rule(["pods/exec"], ["create"]))
        ),
        "policies/keepers.yaml": _yaml(
            _escalation("keepers"), _role("keepers", _rule(["configmaps"], ["get", "delete"])), in_shop
        ),
        "policies/idle.yaml": _yaml(_escalation("idle", idleTimeout="5m"), _role("idle", _rule(["pods/log"], ["get"]))),
        "policies/locked.yaml": _yaml(_document(_TELEKOM, "DenyPolicy", "locked", spec=locked)),
        "policies/viewer.yaml": _yaml(_role("viewer", _rule(["services"], ["get", "list"]))),
    }


def request_file(kind, name, minutes):
    """A request's file; `kind` is an escalation's name, or `viewer`, `daily` or `edit` for what the offer gives."""
    if kind in {"shell", "keepers", "idle"}:
        spec = {"escalation": kind, "maxValidFor": f"{minutes}m", "requestReason": "INC-1: it is down"}
        return _yaml(_document(_TELEKOM, "BreakglassSession", name, spec=spec))
    schedule = {"duration": f"{minutes}m"}
    if kind == "daily":
        schedule |= {"cron": "*/20 * * * *", "maxActivations": 3}
    spec = {"schedule": schedule, "justification": "a look"}
    if kind == "edit":
        spec["policy"] = [{"namespace": PLACE, "rules": [_rule(["configmaps"], ["get", "update"])]}]
    else:
        spec["clusterRoles"] = ["viewer"]
    return _yaml(_document("access.cloudnimbus.io/v1alpha1", "Breakglass", name, spec=spec))


CELLS = {
    "shell": {("", "pods", "get"), ("", "pods", "list"), ("", "pods/exec", "create")},
    "keepers": {(PLACE, "configmaps", "get"), (PLACE, "configmaps", "delete")},
    "viewer": {("", "services", "get"), ("", "services", "list")},
    "daily": {("", "services", "get"), ("", "services", "list")},
    "edit": {(PLACE, "configmaps", "get"), (PLACE, "configmaps", "update")},
    "idle": {("", "pods/log", "get")},
}
"""What each kind of request gives, as (namespace or empty for all, resource, verb)."""


class Signer(Ed25519Signer):
    """The reconciler's key, the same in every run, which remembers what it has verified."""

    def __init__(self):
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        super().__init__()
        self._key = Ed25519PrivateKey.from_private_bytes(bytes(32))
        self.public = self._key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        self._verified = {}

    def verify(self, envelope, keys):
        known = (envelope, tuple(keys))
        if known not in self._verified:
            self._verified[known] = super().verify(envelope, keys)
        return self._verified[known]
