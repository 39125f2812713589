"""`identities.yaml` against the forge: what a check of the file finds, and what only the forge knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from gitops_breakglass.core.identity_findings import NOT_KNOWN, accounts_of, findings_on, teams_of
from gitops_breakglass.core.read.identities import read_identities
from gitops_breakglass.core.read.kinds import IDENTITIES
from gitops_breakglass.flows.check import Asked, check
from gitops_breakglass.model.errors import UnreachableError
from gitops_breakglass.model.finding import Finding, in_order
from gitops_breakglass.model.unread import Unread

if TYPE_CHECKING:
    from gitops_breakglass.core.validate import Schemas
    from gitops_breakglass.model.document import Document
    from gitops_breakglass.ports import DocumentLoader, Forge

K = TypeVar("K")
V = TypeVar("V")


def check_identities(
    entries: Mapping[str, bytes], forge: Forge, *, loader: DocumentLoader, catalog: Schemas
) -> tuple[Finding, ...]:
    """Return the findings on `identities.yaml` in the order of their places, those of `check` too.

    Of a file that can't be read nothing is asked; what the forge doesn't answer is a finding of its own.
    """
    offline = check(entries, asked=Asked(places=(IDENTITIES,)), loader=loader, catalog=catalog).findings
    loaded = loader(entries.get(IDENTITIES, b""), IDENTITIES)
    if len(loaded.documents) != 1 or any(each.rule == "schema" for each in offline):
        return offline
    return in_order((*offline, *against_forge(loaded.documents[0], forge)))


def against_forge(document: Document, forge: Forge) -> tuple[Finding, ...]:
    """Return what the forge says against the people and teams of the document."""
    identities = read_identities(document).value
    if identities is None:
        return ()
    provider = forge.identity.provider
    accounts = _asked(accounts_of(document, provider), forge.accounts)
    members = _asked(teams_of(document, provider), forge.members)
    return in_order(findings_on(document, identities, provider, accounts, members))


def is_known(findings: Sequence[Finding]) -> bool:
    """Whether everything could be found out."""
    return not any(each.rule in NOT_KNOWN for each in findings)


def _asked(what: Sequence[K], ask: Callable[[Sequence[K]], Mapping[K, V | Unread]]) -> Mapping[K, V | Unread]:
    try:
        return ask(what) if what else {}
    except UnreachableError as error:
        return dict.fromkeys(what, Unread.because(error))
