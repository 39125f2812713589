"""What we need from the world; adapters implement these, flows are handed them, and core never sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    # Half of the model, of which who implements one port needs little.
    from gitops_breakglass.model.change import Change, Touch
    from gitops_breakglass.model.document import Loaded
    from gitops_breakglass.model.grant import Envelope
    from gitops_breakglass.model.kube import LiveObject, Manifest, ObjectKey
    from gitops_breakglass.model.policy import Rbac
    from gitops_breakglass.model.rules import Discovery

T = TypeVar("T")
R = TypeVar("R")


class Clock(Protocol):
    """The machine's time; whatever a cluster decides about uses the cluster's own."""

    def now(self) -> datetime:
        """Return the aware time in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait, or return early where a stop was asked for."""
        ...


class DocumentLoader(Protocol):
    """Reads YAML strictly. `single` means a request: exactly one document, and a tighter bound on size.

    Bad content is findings, never an error; a document that has one is left out.
    """

    def __call__(self, text: bytes, path: str, *, blob: str | None = None, single: bool = False) -> Loaded:
        """Return the documents of one file."""
        ...


@dataclass(frozen=True)
class TreeEntry:
    """One file of a commit; `mode` is git's (`100644`), `size` in bytes."""

    path: str
    mode: str
    blob: str
    size: int


class Repository(Protocol):
    """The access repository as git has it; never a work tree. Raises RepositoryError where it can't be read."""

    def tip(self) -> str:
        """Return the commit of the default branch."""
        ...

    def is_ancestor(self, ancestor: str, descendant: str) -> bool:
        """Whether `ancestor` is the same commit as `descendant` or before it."""
        ...

    def is_on_line(self, commit: str, tip: str) -> bool:
        """Whether `commit` is on the first-parent line of `tip`: the default branch itself was once there."""
        ...

    def entries(self, commit: str, prefix: str = "") -> tuple[TreeEntry, ...]:
        """Return every file at the commit whose path begins with `prefix`."""
        ...

    def blobs(self, ids: Iterable[str]) -> Mapping[str, bytes]:
        """Return the contents of blobs by id."""
        ...

    def touches(self, tip: str, prefix: str = "requests/") -> tuple[Touch, ...]:
        """Return every change of a path under `prefix` on the first-parent line of `tip`, newest first."""
        ...

    def policy_line(self, tip: str, since: str) -> tuple[PolicyStep, ...]:
        """Return the first-parent commits after `since`, oldest first, that change something outside `requests/`."""
        ...

    def policy_tree(self, commit: str) -> str:
        """Return a digest of everything outside `requests/` at the commit."""
        ...


@dataclass(frozen=True)
class PolicyStep:
    """A commit on the first-parent line that changes the policy side; the digests are of the policy side before and after."""

    commit: str
    parent: str
    before: str
    after: str


class Forge(Protocol):
    """Who asked, who approved, when. What can't be read is None (unknown), never an empty answer.

    `sights` are the first sights recorded so far; a forge that has times of its own ignores them.
    """

    def landed(
        self, touches: Sequence[Touch], *, tip: str, sights: Mapping[str, datetime], now: datetime
    ) -> Mapping[str, Change | None]:
        """Return the change that brought each landing commit, by the path of its touch."""
        ...

    def landed_policy(
        self, step: PolicyStep, *, tip: str, sights: Mapping[str, datetime], now: datetime
    ) -> Change | None:
        """Return the change that brought a commit of the policy side."""
        ...

    def proposed(self, change: str, *, tip: str, sights: Mapping[str, datetime], now: datetime) -> Change | None:
        """Return a change that is not merged yet, by its name (a branch, or a number)."""
        ...

    def open_changes(self) -> tuple[str, ...]:
        """Return the names of the changes that are not merged yet and touch `requests/`."""
        ...

    def sights(self, *, tip: str, since: str | None) -> tuple[str, ...]:
        """Return what there is to be seen now and needs a time of its own; none for a forge that has a clock."""
        ...


@dataclass(frozen=True)
class ClusterState:
    """What one run read of one cluster, in as few calls as there are kinds."""

    now: datetime
    """The API server's own time."""
    uid: str
    """The uid of the namespace kube-system, which is the cluster's."""
    objects: tuple[LiveObject, ...]
    """Everything that carries our label: RBAC of grants, records, upstream resources, checkpoint; and the trust root."""
    unreadable: tuple[str, ...] = ()
    """Where something lies that can't be read as an object, and why; to be reported, never changed (a folder's files)."""


class ClusterReader(Protocol):
    """One cluster, to look at. Raises UnreachableError or RefusedError."""

    name: str

    def read(self) -> ClusterState:
        """Return the time, the cluster's uid and all objects of ours."""
        ...

    def now(self) -> datetime:
        """Return the cluster's own time."""
        ...

    def get(self, key: ObjectKey) -> LiveObject | None:
        """Return one object, whoever's it is, or None where it is not there."""
        ...

    def rbac(self) -> Rbac:
        """Return every role and binding of the cluster, of which ours are left out."""
        ...

    def discovery(self) -> Discovery:
        """Return every resource that the cluster serves."""
        ...


class ClusterWriter(ClusterReader, Protocol):
    """One cluster, to change. Raises ConflictError, GoneError, RefusedError or UnreachableError."""

    def create(self, manifest: Manifest) -> LiveObject:
        """Make an object; ConflictError where one of that name is there."""
        ...

    def replace(self, live: LiveObject, manifest: Manifest) -> LiveObject:
        """Put `manifest` in the place of exactly the object that was seen."""
        ...

    def replace_status(self, key: ObjectKey, manifest: Manifest) -> None:
        """Write the status of an object that has one."""
        ...

    def delete(self, live: LiveObject) -> None:
        """Delete exactly the object that was seen (its uid is the precondition); GoneError where it is gone."""
        ...

    def strip_finalizers(self, live: LiveObject) -> None:
        """Take all finalizers from exactly the object that was seen, so that its deletion can end."""
        ...


class Pool(Protocol):
    """Does many things at a time."""

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """Return the results in the order of the items; every call is made, then the first error is raised."""
        ...


class Installer(Protocol):
    """One cluster as its administrator reaches it. Raises ConflictError, RefusedError or UnreachableError."""

    name: str

    def uid(self) -> str:
        """Return the uid of the namespace kube-system, which is the cluster's."""
        ...

    def get(self, key: ObjectKey) -> LiveObject | None:
        """Return one object, or None where it, or its kind, is not there."""
        ...

    def rbac(self) -> Rbac:
        """Return every role and binding of the cluster, of which those of grants are left out."""
        ...

    def discovery(self) -> Discovery:
        """Return every resource that the cluster serves."""
        ...

    def apply(self, manifest: Manifest) -> None:
        """Make the object, or make it as the manifest has it (server-side apply)."""
        ...

    def refusal(self, manifest: Manifest) -> str | None:
        """Return what the API server says against creating the object, or None; nothing is created."""
        ...


class FolderInstaller(ClusterWriter, Protocol):
    """The folder of a `manifests` cluster, before anything is in it."""

    def initialise(self) -> str:
        """Make it a cluster of ours, unless it is one, and return the uid that stands for the cluster's."""
        ...


class Signer(Protocol):
    """The reconciler's key, and the judge of signatures made with any."""

    def sign(self, payload_type: str, payload: str) -> Envelope:
        """Sign; raises UsageError where there is no key."""
        ...

    def verify(self, envelope: Envelope, keys: Sequence[str]) -> bool:
        """Whether one of these public keys made the signature over exactly this payload and type."""
        ...


class SigningClone(Protocol):
    """Somebody's own clone and their own key: where requests and approvals are written. Raises UsageError."""

    def fingerprint(self) -> str:
        """Return the fingerprint (`SHA256:…`) of the key that would sign; UsageError where there is none."""
        ...

    def branch_head(self, branch: str) -> str | None:
        """Return the commit of a branch, here or at the remote, or None where there is no such branch."""
        ...

    def has_tag(self, name: str) -> bool:
        """Whether there is a tag of that name, of whatever worth."""
        ...

    def commit_file(self, branch: str, base: str, *, path: str, content: bytes, message: str) -> str:
        """Make a new branch at `base` with one signed commit that adds one file; the work tree stays as it is."""
        ...

    def tag(self, name: str, commit: str, *, message: str, replace: bool) -> None:
        """Make a signed annotated tag; `replace` allows one of that name to be there."""
        ...
