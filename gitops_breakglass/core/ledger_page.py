"""Pages: the objects that a ledger lies in, each named by the number of its first entry, so that none is written twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gitops_breakglass.core.ledger import readable
from gitops_breakglass.core.record import envelope_manifest, read_envelope
from gitops_breakglass.model.finding import Finding, Location
from gitops_breakglass.model.grant import Envelope
from gitops_breakglass.model.kube import MANAGED_BY, MANAGER, NAMESPACE, OUR_API, LiveObject, Manifest, ObjectKey
from gitops_breakglass.model.ledger import Line

KIND = "LedgerPage"
MOST_ENTRIES = 200
"""Entries in one page at most; the schema takes a few more."""
MOST_CHARACTERS = 256 * 1024
"""Characters of text in one page at most: an API server takes objects of 1.5 MB."""


def page_key(first: int) -> ObjectKey:
    """Return the key of the page whose first entry has this number; keys sort as the numbers do."""
    return ObjectKey(OUR_API, KIND, NAMESPACE, f"ledger-{first:010d}")


def page_manifest(first: int, envelopes: Iterable[Envelope]) -> Manifest:
    """Return the page to make."""
    return {
        "apiVersion": OUR_API,
        "kind": KIND,
        "metadata": {"name": page_key(first).name, "namespace": NAMESPACE, "labels": {MANAGED_BY: MANAGER}},
        "spec": {"entries": [envelope_manifest(each) for each in envelopes]},
    }


def fitting(texts: Sequence[str]) -> int:
    """Return how many of the texts, from the first, fit into one page; never none of some."""
    total = 0
    for count, text in enumerate(texts[:MOST_ENTRIES]):
        total += len(text)
        if count and total > MOST_CHARACTERS:
            return count
    return min(len(texts), MOST_ENTRIES)


def lines_of(pages: Iterable[LiveObject], cluster: str) -> tuple[Line, ...]:
    """Return the entries of the pages in the order of the pages' names; the place is the page and the place in it."""
    found: list[Line] = []
    for page in sorted(pages, key=lambda each: each.key):
        path = f"{cluster}/{page.key.name}"
        found += [
            Line(read_envelope(each), Location(path, number)) for number, each in enumerate(_entries(page) or [None], 1)
        ]
    return tuple(found)


def wrong_pages(pages: Iterable[LiveObject], unreadable: Iterable[str], cluster: str) -> list[Finding]:
    """Return what is wrong with pages before anything on them is proved.

    Where a page is not named after its first entry another could be written beside it.
    """
    hint = "find out who could write here; compare with an export that was kept elsewhere"
    found = [
        Finding("ledger-edited", f"a page can't be read: {why}", Location(cluster), hint=hint) for why in unreadable
    ]
    for page in pages:
        first = read_envelope(next(iter(_entries(page)), None))
        entry = readable(first.payload) if first is not None else None
        if entry is not None and page.key != page_key(entry.sequence):
            what = f"the page begins with entry {entry.sequence}, and is not named after it"
            hint = "somebody made it by hand: find out who; a page is made once and never changed"
            found.append(Finding("ledger-edited", what, Location(f"{cluster}/{page.key.name}"), hint=hint))
    return found


def _entries(page: LiveObject) -> Sequence[object]:
    spec = page.manifest.get("spec")
    entries = spec.get("entries") if isinstance(spec, Mapping) else None
    return entries if isinstance(entries, list) else ()
