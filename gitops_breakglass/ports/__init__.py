"""What we need from the world; adapters implement these, flows are handed them, and core never sees them."""

from gitops_breakglass.ports.cluster import (
    ClusterReader,
    ClusterState,
    ClusterWriter,
    FolderInstaller,
    Installer,
    LedgerPages,
)
from gitops_breakglass.ports.forge import Desk, Forge, ForgeSettings
from gitops_breakglass.ports.machine import Clock, Pool, Signer
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
    "Clock",
    "ClusterReader",
    "ClusterState",
    "ClusterWriter",
    "Desk",
    "DocumentLoader",
    "FolderInstaller",
    "Forge",
    "ForgeSettings",
    "Installer",
    "LedgerPages",
    "PolicyStep",
    "Pool",
    "Repository",
    "Signer",
    "SigningClone",
    "TreeEntry",
]
