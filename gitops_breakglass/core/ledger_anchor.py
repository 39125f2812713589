"""Anchors: how an entry is written down outside of the ledger, in an option or in a signed tag, and how that is read."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gitops_breakglass.core.read.ssh_key import parse_public_key
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.grant import LedgerHead
from gitops_breakglass.model.identity import Identities
from gitops_breakglass.model.ledger import Anchor, LedgerTag

TAGS = "breakglass/ledger/"
_GIVEN = re.compile(r"\A(?:([1-9][0-9]{0,9}):)?([0-9a-f]{64})\Z")
_MESSAGE = re.compile(r"^entry: ([1-9][0-9]{0,9})\nsha256: ([0-9a-f]{64})\ncluster: (\S{1,253})$", re.MULTILINE)


def read_anchor(text: str) -> Anchor:
    """Read `HASH` or `NUMBER:HASH`. Raises UsageError."""
    given = _GIVEN.match(text)
    if given is None:
        msg = f"{text!r} is no anchor"
        raise UsageError(
            msg, hint="give the whole hash, 64 letters and digits, or 42:HASH as `ledger verify` prints it"
        )
    return Anchor(given[2], int(given[1]) if given[1] else None, "the given anchor")


def tag_name(cluster: str, head: LedgerHead) -> str:
    """Return the name of the tag on a head: `breakglass/ledger/prod/42`."""
    return f"{TAGS}{cluster}/{head.sequence}"


def tag_message(cluster: str, cluster_uid: str, head: LedgerHead) -> str:
    """Return what the tag says; `tag_anchors` reads it."""
    return f"The ledger of {cluster}\n\nentry: {head.sequence}\nsha256: {head.hash}\ncluster: {cluster_uid}\n"


def tag_anchors(
    tags: Sequence[LedgerTag], cluster: str, cluster_uid: str, signers: Sequence[str]
) -> tuple[list[Anchor], list[str]]:
    """Return the anchors that tags are, and why others are none. `signers` are the fingerprints that count."""
    anchors: list[Anchor] = []
    notes: list[str] = []
    for tag in tags:
        said = _MESSAGE.search(tag.message)
        if tag.signer is None:
            notes.append(f"tag {tag.name} {tag.problem}, so it is no anchor")
        elif tag.signer not in signers:
            notes.append(f"tag {tag.name} is signed by {tag.signer}, whom nothing here names, so it is no anchor")
        elif said is None or tag.name != f"{TAGS}{cluster}/{said[1]}":
            notes.append(f"tag {tag.name} does not say which entry it is on, so it is no anchor")
        elif said[3] != cluster_uid:
            notes.append(f"tag {tag.name} is of another cluster that had this name, so it is no anchor")
        else:
            anchors.append(Anchor(said[2], int(said[1]), f"tag {tag.name}"))
    return anchors, notes


def signers_of(identities: Identities, keys: Sequence[str]) -> tuple[str, ...]:
    """Return the fingerprints whose tags count: of everybody's keys, at whatever time, and of reconcilers'.

    An anchor can only ever show that something is wrong, so that it need not be said who may set one.
    """
    people = [key.fingerprint for person in identities.people for key in person.keys]
    return (*people, *(parse_public_key(key).fingerprint for key in keys))
