"""The ledger's chain: how entries are written down and bound to each other, and everything that can be wrong with them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from gitops_breakglass.core.record import Verify, digest_of
from gitops_breakglass.model.finding import Finding, Location
from gitops_breakglass.model.grant import Envelope, LedgerHead
from gitops_breakglass.model.ledger import Anchor, Draft, Entry, Line, Trust, Verdict
from gitops_breakglass.model.window import parse_time, print_time

ENTRY_TYPE = "application/vnd.gitops-breakglass.ledger+json"
VERSION = 1
NOTHING = LedgerHead()

_TEXTS = ("previous", "repository", "cluster", "clusterUID", "at", "kind")


def print_entry(entry: Entry) -> str:
    """Return the entry as canonical JSON: sorted keys, no blanks; parse_entry reads it back."""
    data = {
        "version": VERSION,
        "sequence": entry.sequence,
        "previous": entry.previous,
        "repository": entry.repository,
        "cluster": entry.cluster,
        "clusterUID": entry.cluster_uid,
        "at": print_time(entry.at),
        "kind": entry.kind,
        "facts": dict(entry.facts),
    }
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def parse_entry(text: str) -> Entry:
    """Read an entry. Raises ValueError, KeyError, TypeError or RecursionError where it is none of this version's."""
    data: Any = json.loads(text)
    if data["version"] != VERSION:
        msg = f"version {data['version']} of an entry is not known"
        raise ValueError(msg)
    if not all(isinstance(data[name], str) for name in _TEXTS) or not isinstance(data["facts"], dict):
        msg = "the parts of an entry are no texts"
        raise TypeError(msg)
    if type(data["sequence"]) is not int or data["sequence"] < 1:
        msg = f"{data['sequence']!r} is no number of an entry"
        raise ValueError(msg)
    return Entry(
        sequence=data["sequence"],
        previous=data["previous"],
        repository=data["repository"],
        cluster=data["cluster"],
        cluster_uid=data["clusterUID"],
        at=parse_time(data["at"]),
        kind=data["kind"],
        facts=data["facts"],
    )


def chained(drafts: Iterable[Draft], after: LedgerHead, trust: Trust, cluster: str, now: datetime) -> list[str]:
    """Return the text of the entry of each draft, to be signed; the first follows the entry `after`."""
    found: list[str] = []
    head = after
    for draft in drafts:
        entry = Entry(
            head.sequence + 1,
            head.hash,
            trust.repository,
            cluster,
            trust.cluster_uid or "",
            now,
            draft.kind,
            draft.facts,
        )
        text = print_entry(entry)
        head = LedgerHead(entry.sequence, digest_of(text))
        found.append(text)
    return found


def verify_ledger(
    lines: Sequence[Line],
    trust: Trust,
    verify: Verify,
    anchors: Iterable[Anchor] = (),
    *,
    start: LedgerHead = NOTHING,
) -> Verdict:
    """Return what holds of the lines, in the order in which they were found, and every break of the chain.

    What is missing at the end, and a ledger that was written anew as a whole by whoever has the key, shows only against
    an anchor: an entry that was written down elsewhere. `start` is the entry that the first line has to follow.
    """
    walk = _Walk(trust, verify, start)
    for line in lines:
        walk.step(line)
    end = lines[-1].place if lines else Location("ledger")
    findings = [*walk.findings, *(each for anchor in anchors for each in _against(anchor, walk, end))]
    return Verdict(tuple(walk.entries), walk.head, tuple(findings), walk.hashes)


class _Walk:
    """One pass over the lines of a ledger."""

    def __init__(self, trust: Trust, verify: Verify, start: LedgerHead) -> None:
        self.findings: list[Finding] = []
        self.entries: list[Entry] = []
        self.hashes: dict[int, str] = {}
        self.head = start
        self._trust = trust
        self._cluster_uid = trust.cluster_uid
        self._verify = verify
        self._doubtful = 0
        """How many lines that do not hold came since the last one that does: each may stand for an entry."""

    def step(self, line: Line) -> None:
        """Judge one line by itself, then by where it stands."""
        entry = self._believed(line)
        if entry is None or line.envelope is None:
            self._doubtful += 1
            return
        number, digest, last = entry.sequence, digest_of(line.envelope.payload), self.head.sequence
        if number <= last:
            self._tell("ledger-fork", line, _twice(number, same=self.hashes.get(number) == digest), _FORK)
            return
        if number > last + self._doubtful + 1:
            self._tell("ledger-gap", line, _gap(last + self._doubtful + 1, number), _MISSING)
        elif number == last + 1 and entry.previous != self.head.hash:
            what = f"entry {number} does not follow the entry before it: one of them was signed beside the other"
            self._tell("ledger-fork", line, what if number > 1 else "entry 1 says that it follows another entry", _FORK)
        self._doubtful, self.head = 0, LedgerHead(number, digest)
        self.hashes[number] = digest
        self.entries.append(entry)

    def _believed(self, line: Line) -> Entry | None:
        """Return the entry, if it is a reconciler's and of this ledger; where it stands is another question."""
        envelope = line.envelope
        entry = None if envelope is None else readable(envelope.payload)
        if envelope is None:
            self._tell("ledger-edited", line, "there is no signed entry where one should be", _MISSING)
        elif envelope.payload_type != ENTRY_TYPE or not self._verify(envelope, self._trust.keys):
            self._unproved(line, envelope)
        elif entry is None:
            self._tell("ledger-edited", line, "the entry can't be read by this version", "use a newer version")
        elif (entry.repository, entry.cluster_uid) != (self._trust.repository, self._cluster_uid or entry.cluster_uid):
            what = f"the entry is of {entry.repository} on the cluster {entry.cluster}, which is another one"
            self._tell("ledger-elsewhere", line, what, "find out who put it here; it proves nothing here")
        else:
            self._cluster_uid = entry.cluster_uid
            return entry
        return None

    def _unproved(self, line: Line, envelope: Envelope) -> None:
        if envelope.payload_type == ENTRY_TYPE and self._verify(envelope, [envelope.key]):
            what = "the entry is signed with a key that the trust root does not name"
            self._tell("ledger-key", line, what, "if the key was one of a reconciler's, name it again")
        else:
            self._tell("ledger-edited", line, "the entry was changed after it was signed", _MISSING)

    def _tell(self, rule: str, line: Line, message: str, hint: str) -> None:
        self.findings.append(Finding(rule, message, line.place, hint=hint))


_MISSING = "compare with an export that was kept elsewhere, and find out who could write here"
_FORK = "find out who else has the reconciler's key; a run alone never does this"
_ROLLED_BACK = "entries were deleted at the end, or an older state was put back: compare with an export kept elsewhere"
_REWRITTEN = "the ledger was written anew by whoever has the reconciler's key, or the anchor is of another ledger"


def readable(text: str) -> Entry | None:
    """Return an entry of which nothing is lost on reading it, or None."""
    try:
        entry = parse_entry(text)
        # What is signed must be what this version reads; half of a pair of surrogates is no text at all.
        return entry if print_entry(entry) == text and text.encode() else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _twice(number: int, *, same: bool) -> str:
    return f"entry {number} is here a second time" if same else f"there is another entry {number}, or it was moved"


def _gap(first: int, number: int) -> str:
    missing = f"entry {first} is" if first == number - 1 else f"the entries {first} to {number - 1} are"
    return f"{missing} missing before entry {number}"


def _against(anchor: Anchor, walk: _Walk, end: Location) -> list[Finding]:
    number, found = anchor.sequence, walk.hashes
    if number is None:
        if anchor.hash in found.values():
            return []
        what = f"{anchor.source} knows an entry {anchor.hash[:12]}… that is not here"
        return [Finding("ledger-rollback", what, end, hint=_ROLLED_BACK)]
    if number not in found:
        what = f"{anchor.source} knows entry {number}, and the ledger "
        what += f"ends at {walk.head.sequence}" if number > walk.head.sequence else "has none that holds"
        return [Finding("ledger-rollback", what, end, hint=_ROLLED_BACK)]
    if found[number] != anchor.hash:
        what = f"entry {number} is not the one that {anchor.source} knows ({anchor.hash[:12]}…)"
        return [Finding("ledger-rewritten", what, end, hint=_REWRITTEN)]
    return []
