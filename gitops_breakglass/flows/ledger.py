"""The ledger as people and auditors ask for it: verified on a cluster or in an export, exported, anchored."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from gitops_breakglass.core.ledger import verify_ledger
from gitops_breakglass.core.ledger_anchor import signers_of, tag_anchors, tag_message, tag_name
from gitops_breakglass.core.ledger_drafts import unrecorded_of
from gitops_breakglass.core.ledger_page import lines_of, wrong_pages
from gitops_breakglass.core.record import Verify, read_envelope
from gitops_breakglass.flows.book import Book, read_book
from gitops_breakglass.model.errors import BreakglassError, UsageError
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.ledger import Anchor, LedgerReport, Line, Trust
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.ports import AnchorTags, ClusterReader, SigningClone


def verify_cluster(
    cluster: ClusterReader,
    verify: Verify,
    *,
    given: Sequence[Anchor] = (),
    tags: AnchorTags | None = None,
    policy: PolicySide | None = None,
) -> LedgerReport:
    """Verify the ledger of a cluster against its checkpoint, its records, the anchors that are given, and signed tags.

    Whose tags count is what `policy` says of people and reconcilers.
    """
    try:
        state = cluster.read()
        book = read_book(state, cluster.name, verify)
        pages = cluster.ledger()
        signed = tags.of(cluster.name) if tags is not None else ()
    except BreakglassError as error:
        return LedgerReport(cluster.name, unreachable=error.in_one_line())
    trust = Trust(book.trust.repository, book.trust.keys, book.trust.cluster_uid)
    signers = signers_of(policy.identities, book.trust.keys) if policy is not None else ()
    anchors, notes = tag_anchors(signed, cluster.name, book.trust.cluster_uid, signers)
    outside = (*given, *anchors)
    verdict = verify_ledger(lines_of(pages.pages, cluster.name), trust, verify, (*outside, *_checkpoint(book)))
    unrecorded, waiting = unrecorded_of(book.records.values(), verdict.entries, cluster.name)
    found = [*wrong_pages(pages.pages, pages.unreadable, cluster.name), *verdict.findings, *unrecorded]
    return LedgerReport(
        cluster.name,
        verdict=replace(verdict, findings=tuple(found)),
        anchors=outside,
        notes=(*notes, *waiting),
    )


def verify_export(
    content: bytes, path: str, verify: Verify, policy: PolicySide, *, given: Sequence[Anchor] = ()
) -> LedgerReport:
    """Verify what `export` has written, by the reconcilers' keys and the repository's id that the policy side names.

    Nothing there says which cluster it has to be of, so all entries must be of the same.
    """
    configuration = policy.configuration
    trust = Trust(configuration.repository, tuple(key.text for key in configuration.reconciler_keys))
    verdict = verify_ledger(read_export(content, path), trust, verify, given)
    return LedgerReport(path, verdict=verdict, anchors=tuple(given))


def read_export(content: bytes, path: str) -> tuple[Line, ...]:
    """Return a line for each line of an export that is not blank; one that holds no entry is a line without one."""
    found = []
    for number, line in enumerate(content.split(b"\n"), 1):
        if line.strip():
            try:
                data = json.loads(line)
                # Half of a pair of surrogates is no text that anybody could have signed.
                json.dumps(data, ensure_ascii=False).encode()
                envelope = read_envelope(data)
            except (ValueError, RecursionError):
                envelope = None
            found.append(Line(envelope, Location(path, number)))
    return tuple(found)


def lines_on(cluster: ClusterReader) -> tuple[Line, ...]:
    """Return every entry on a cluster as it lies there, unproved. Raises UnreachableError or RefusedError."""
    return lines_of(cluster.ledger().pages, cluster.name)


def anchor(report: LedgerReport, *, clone: SigningClone, commit: str) -> str:
    """Sign a tag on the last entry of a ledger that holds, and return its name. Raises UsageError where one is there."""
    verdict = report.verdict
    if verdict is None or not verdict.head.sequence:
        raise UsageError(f"{report.source} has no entry to anchor yet", hint="an entry is made with the first decision")
    name = tag_name(report.source, verdict.head)
    if clone.has_tag(name):
        raise UsageError(f"there is a tag {name} already", hint="nothing to do: push the tag, if it is not pushed")
    message = tag_message(report.source, verdict.entries[-1].cluster_uid, verdict.head)
    clone.tag(name, commit, message=message, replace=False)
    return name


def _checkpoint(book: Book) -> list[Anchor]:
    head = book.checkpoint.head if book.checkpoint is not None else None
    return [Anchor(head.hash, head.sequence, "the checkpoint")] if head is not None and head.sequence else []
