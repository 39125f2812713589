"""What we need from the world; adapters implement these, flows are handed them, and core never sees them."""

from gitops_breakglass.ports.audit import AuditSource
from gitops_breakglass.ports.cluster import (
    ClusterEnder,
    ClusterReader,
    ClusterSight,
    ClusterState,
    ClusterWriter,
    FolderInstaller,
    Installer,
    LedgerPages,
    TraceReader,
    Watcher,
)
from gitops_breakglass.ports.forge import Desk, Forge, ForgeSettings
from gitops_breakglass.ports.leases import Leases
from gitops_breakglass.ports.machine import Bell, Beside, Clock, First, Pool, Signer
from gitops_breakglass.ports.notices import Messenger
from gitops_breakglass.ports.repository import (
    AnchorTags,
    DocumentLoader,
    PolicyStep,
    Repository,
    SigningClone,
    TreeEntry,
)

__all__ = [
    "AnchorTags",
    "AuditSource",
    "Bell",
    "Beside",
    "Clock",
    "ClusterEnder",
    "ClusterReader",
    "ClusterSight",
    "ClusterState",
    "ClusterWriter",
    "Desk",
    "DocumentLoader",
    "First",
    "FolderInstaller",
    "Forge",
    "ForgeSettings",
    "Installer",
    "Leases",
    "LedgerPages",
    "Messenger",
    "PolicyStep",
    "Pool",
    "Repository",
    "Signer",
    "SigningClone",
    "TraceReader",
    "TreeEntry",
    "Watcher",
]
