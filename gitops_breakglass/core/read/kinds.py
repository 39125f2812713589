"""Which kinds of documents there are, and on which side of the repository each belongs."""

from __future__ import annotations

CONFIGURATION = "breakglass.yaml"
IDENTITIES = "identities.yaml"
FREEZE = "freeze.yaml"
"""The kill switch: nothing new is granted while it is there."""
REQUESTS = "requests/"
POLICY_FOLDERS = ("clusters/", "policies/")

REQUEST_KINDS = frozenset({"BreakglassSession", "Breakglass", "DebugSession"})
POLICY_KINDS = frozenset(
    {
        "AuditConfig",
        "BreakglassEscalation",
        "ClusterConfig",
        "ClusterRole",
        "ClusterRoleBinding",
        "Configuration",
        "DebugPodTemplate",
        "DebugSessionClusterBinding",
        "DebugSessionTemplate",
        "DenyPolicy",
        "Freeze",
        "Identities",
        "IdentityProvider",
        "MailProvider",
        "Role",
        "RoleBinding",
    }
)
INFORMATIONAL_KINDS = frozenset({"AuditConfig", "MailProvider"})
"""Kinds of the policy side that are kept for upstream's operator, and that nothing here goes by."""


def is_policy_path(path: str) -> bool:
    """Whether a file belongs to the policy side: those at the root, and every YAML file in the policy folders."""
    if path in {CONFIGURATION, IDENTITIES, FREEZE}:
        return True
    return path.startswith(POLICY_FOLDERS) and path.endswith((".yaml", ".yml"))


def looks_like_freeze(path: str) -> bool:
    """Whether a file at the root, or what lies in a folder there, was surely meant to be the kill switch."""
    return path.partition("/")[0].casefold() in {FREEZE, FREEZE.replace(".yaml", ".yml")}


def looks_like_policy(path: str) -> bool:
    """Whether a file that is not read was surely meant to be: YAML or JSON in a policy folder by an ending of its own."""
    meant = path.startswith(POLICY_FOLDERS) and path.casefold().endswith((".yaml", ".yml", ".json"))
    return meant and not is_policy_path(path)


def home_of(kind: str) -> str:
    """Say where documents of a kind belong."""
    match kind:
        case "Configuration":
            return CONFIGURATION
        case "Identities":
            return IDENTITIES
        case "Freeze":
            return FREEZE
        case "ClusterConfig":
            return "clusters/"
        case _ if kind in REQUEST_KINDS:
            return "requests/<cluster>/<name>.yaml, one in a file"
        case _:
            return "policies/"
