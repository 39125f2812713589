"""The ledger: what became of each request, entry by entry, each bound to the one before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gitops_breakglass.model.finding import Finding, Location
from gitops_breakglass.model.grant import Envelope, LedgerHead

DECIDED, GRANTED, INJECTED, ENDED = "decided", "granted", "injected", "ended"
"""The kinds that this version writes; a reader takes any word, so that later versions may have more."""


@dataclass(frozen=True)
class Draft:
    """Something that happened and has no entry yet."""

    kind: str
    uid: str
    """The request's uid."""
    facts: Mapping[str, object]
    """Plain JSON: what is told of it."""
    marks: frozenset[str]
    """What it tells, so that nothing is told twice: `decided DIGEST`, `granted UID OF OBJECT`, `ended DIGEST`.

    Of an ephemeral container it is `injected DIGEST NAMESPACE/POD/CONTAINER`.
    Of one occurrence of recurring access it is `ended DIGEST START`.
    """


@dataclass(frozen=True)
class Entry:
    """One entry. `at` is when it was written, by the cluster's own clock; times in `facts` are when things happened."""

    sequence: int
    previous: str
    """The hash of the entry before, empty in the first."""
    repository: str
    cluster: str
    cluster_uid: str
    at: datetime
    kind: str
    facts: Mapping[str, object]


@dataclass(frozen=True)
class Line:
    """One entry as it was found somewhere; `envelope` is None where there is none."""

    envelope: Envelope | None
    place: Location


@dataclass(frozen=True)
class Anchor:
    """An entry that is known from elsewhere; `sequence` is None where only its hash was written down."""

    hash: str
    sequence: int | None
    source: str
    """Who says so, as the subject of a sentence."""


@dataclass(frozen=True)
class Trust:
    """What entries are held to. `cluster_uid` is None where it is not known: then all must have the same."""

    repository: str
    keys: Sequence[str]
    """Public keys of reconcilers, `ssh-ed25519 AAAA…`."""
    cluster_uid: str | None = None


@dataclass(frozen=True)
class Verdict:
    """What became of verifying a ledger: the entries that hold, in their order, and what is wrong."""

    entries: tuple[Entry, ...]
    head: LedgerHead
    findings: tuple[Finding, ...]
    hashes: Mapping[int, str]
    """The hash of each entry that holds, by its number."""


@dataclass(frozen=True)
class LedgerTag:
    """A tag that says that an entry was there: who signed it (`SHA256:…` of the key), or why that proves nothing."""

    name: str
    signer: str | None
    message: str
    problem: str = ""


@dataclass(frozen=True)
class LedgerReport:
    """What was found of one ledger; `source` is a cluster's name, or a file."""

    source: str
    verdict: Verdict | None = None
    """None where the ledger could not be read: `unreachable` says why."""
    anchors: tuple[Anchor, ...] = ()
    """What it was held against from outside: not the cluster's own checkpoint, which whoever rolls back takes with it."""
    notes: tuple[str, ...] = ()
    unreachable: str | None = None


@dataclass(frozen=True)
class EndedWindow:
    """What the ledger tells of one occurrence of recurring access, in the words of its entry."""

    start: str
    end: str
    granted_at: str | None
    """When the first object of it was made, if that is known."""
    ended_at: str | None
    why: str
    lag: float | None
    """Seconds between when it was due to end and when nothing of it was left."""


@dataclass(frozen=True)
class Episode:
    """What the ledger tells of one request, put together. Times are None where nothing says them."""

    request: str
    outcome: str
    who: str
    source: str
    approvers: tuple[str, ...]
    """Person and account of each."""
    merged_by: str
    """Who merged what nobody had to approve, if that is known."""
    decided_at: str | None
    granted_at: str | None
    ended_at: str | None
    why: str
    lag: float | None
    """Seconds between when it was due to end and when nothing of it was left."""
    reasons: tuple[str, ...]
    windows: tuple[EndedWindow, ...] = ()
    """Of recurring access the occurrences that ended, in the order in which that was written down."""
