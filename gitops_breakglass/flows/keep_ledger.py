"""Writes into the ledger what has happened since: a page at a time, each in a place that can be taken only once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from gitops_breakglass.core.ledger import ENTRY_TYPE, chained, verify_ledger
from gitops_breakglass.core.ledger_drafts import accounted, drafts, marked, marks_of, untold
from gitops_breakglass.core.ledger_page import MOST_ENTRIES, fitting, lines_of, page_key, page_manifest
from gitops_breakglass.core.record import digest_of
from gitops_breakglass.flows.apply import Hands
from gitops_breakglass.flows.look_around import Seen
from gitops_breakglass.model.debug_state import SessionState
from gitops_breakglass.model.errors import BreakglassError, BugError, ConflictError
from gitops_breakglass.model.grant import LedgerHead, LedgerMarks, Record
from gitops_breakglass.model.ledger import Draft, Trust, Verdict
from gitops_breakglass.model.outcome import Applied, Failed, Outcome, Verb
from gitops_breakglass.model.plan import ClusterPlan

_HINT = "what happened is written by a later run; find out what is in this place with `gitops-breakglass ledger verify`"


@dataclass(frozen=True)
class Kept:
    """How far a run came: the last entry, the number of the entry by what it tells, and what became of each page."""

    head: LedgerHead
    told: dict[str, int] = field(default_factory=dict)
    outcomes: tuple[Outcome, ...] = ()
    read_at: datetime | None = None
    """When the newest entry of another run that was met on the way was written."""


def tell(
    plan: ClusterPlan,
    hands: Hands,
    records: Mapping[str, Record],
    seen: Seen,
    sessions: Mapping[str, SessionState] = MappingProxyType({}),
) -> tuple[Kept, Mapping[str, LedgerMarks]]:
    """Tell the ledger what it does not know yet of the records, and return what to mark in them.

    `sessions` are debug sessions that stand otherwise than their records say yet. A run that signs nothing, since a brake or a missing key holds it, leaves that to a later one.
    """
    if plan.checkpoint is None or plan.trust is None:
        return Kept(LedgerHead()), {}
    head, now = plan.checkpoint.head, seen.state.now
    try:
        found = drafts(
            records.values(),
            seen.made,
            seen.known,
            seen.ended,
            plan.over,
            now=now,
            occurrences=seen.occurrences,
            sessions=sessions,
        )
        trust = Trust(plan.trust.repository, plan.trust.keys, plan.trust.cluster_uid)
        kept = keep_ledger(found, head, trust, hands, now)
        marks = marked({uid: each.marks for uid, each in records.items()}, kept.told, found)
    except Exception as error:  # noqa: BLE001 - a bug of ours here must not keep the statuses from being written
        bug = BugError.of(error)
        return Kept(head, outcomes=(Failed(page_key(head.sequence + 1), "", bug.message, bug.hint),)), {}
    if kept.read_at is not None and kept.read_at >= now and not kept.told.keys() <= accounted(records.values(), found):
        # Another run has told of records that it made after this one had read them, and may not have marked them yet.
        kept = replace(kept, head=head)
    return kept, marks


def keep_ledger(drafts: Sequence[Draft], after: LedgerHead, trust: Trust, hands: Hands, now: datetime) -> Kept:
    """Write an entry for each draft that has none. Nothing to tell is no call, and one page takes many entries.

    `after` is an entry up to which everything is known to be told. Where the place behind it is taken, by another run or by
    one that was stopped, what lies there is read and goes before. What can't be written is told, and never holds up more.
    """
    kept = Kept(after)
    try:
        if drafts and not after.sequence:
            kept = _read_all(kept, trust, hands)
        left = list(drafts)
        while left := [each for draft in left if (each := untold(draft, kept.told)) is not None]:
            step = _write_page(left, kept, trust, hands, now)
            if isinstance(step, Failed):
                return replace(kept, outcomes=(*kept.outcomes, step))
            kept = step
    except BreakglassError as error:
        failed = Failed(page_key(kept.head.sequence + 1), "", error.message, error.hint)
        return replace(kept, outcomes=(*kept.outcomes, failed))
    return kept


def _read_all(kept: Kept, trust: Trust, hands: Hands) -> Kept:
    """Read the ledger from its beginning: no checkpoint says where it stands."""
    verdict = verify_ledger(lines_of(hands.cluster.ledger().pages, hands.cluster.name), trust, hands.signer.verify)
    return _past(kept, verdict)


def _write_page(drafts: Sequence[Draft], kept: Kept, trust: Trust, hands: Hands, now: datetime) -> Kept | Failed:
    texts = chained(drafts[:MOST_ENTRIES], kept.head, trust, hands.cluster.name, now)
    texts = texts[: fitting(texts)]
    first = kept.head.sequence + 1
    manifest = page_manifest(first, [hands.signer.sign(ENTRY_TYPE, text) for text in texts])
    try:
        hands.cluster.create(manifest)
    except ConflictError:
        return _read_on(kept, trust, hands)
    told = {mark: first + place for place, draft in enumerate(drafts[: len(texts)]) for mark in draft.marks}
    head = LedgerHead(kept.head.sequence + len(texts), digest_of(texts[-1]))
    applied = Applied(page_key(first), Verb.UPDATED, "")
    return replace(kept, head=head, told={**kept.told, **told}, outcomes=(*kept.outcomes, applied))


def _read_on(kept: Kept, trust: Trust, hands: Hands) -> Kept | Failed:
    """Read the page that is where the next one would be, and go on behind it if it is one of ours."""
    key = page_key(kept.head.sequence + 1)
    live = hands.cluster.get(key)
    lines = () if live is None else lines_of([live], hands.cluster.name)
    # Only whether each entry is ours, and follows the one before it: what it follows itself is for `verify` to judge.
    verdict = verify_ledger(lines, trust, hands.signer.verify, start=kept.head)
    if not lines or len(verdict.entries) != len(lines) or verdict.entries[0].sequence != kept.head.sequence + 1:
        return Failed(key, "", "something that is no page of this ledger is in the place of the next one", _HINT)
    return _past(kept, verdict)


def _past(kept: Kept, verdict: Verdict) -> Kept:
    """Go on behind what was read."""
    told = {mark: entry.sequence for entry in verdict.entries for mark in marks_of(entry)}
    read_at = max((entry.at for entry in verdict.entries), default=kept.read_at)
    return replace(kept, head=verdict.head, told={**kept.told, **told}, read_at=read_at)
