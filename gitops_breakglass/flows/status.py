"""Each request's state: from the records on the clusters, and from the changes that are not merged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from gitops_breakglass.core.authorize.proposal import Proposal
from gitops_breakglass.core.record import Verify
from gitops_breakglass.core.request_status import recorded_status
from gitops_breakglass.flows.book import read_book
from gitops_breakglass.flows.gate import gate
from gitops_breakglass.flows.sources import Sources
from gitops_breakglass.flows.unknown_access import not_looked_for, unknown_and_edited
from gitops_breakglass.model.decision import Approval, Granted, Pending
from gitops_breakglass.model.errors import BreakglassError
from gitops_breakglass.model.finding import in_order
from gitops_breakglass.model.policy import PolicySide, Rbac
from gitops_breakglass.model.status import ClusterStatus, RequestStatus
from gitops_breakglass.ports import ClusterReader

_RECENT = timedelta(days=30)
"""How long a change that was closed without a merge is still told of."""


def cluster_status(
    cluster: ClusterReader, verify: Verify, policy_at: Callable[[str], PolicySide | None] = lambda _commit: None
) -> ClusterStatus:
    """Return the state of every request that the cluster has a record of, and what is there that is not as we left it.

    `policy_at` reads the policy side at a commit: what the last proved one has among its bindings is meant to be there.
    """
    try:
        state = cluster.read()
        book = read_book(state, cluster.name, verify)
    except BreakglassError as error:
        return ClusterStatus(cluster.name, unreachable=error.message)
    requests = tuple(
        recorded_status(record, state.objects, cluster.name, state.now) for record in book.records.values()
    )
    policy = policy_at(book.checkpoint.policy) if book.checkpoint else None
    try:
        findings = unknown_and_edited(
            cluster.name, state, book.records, cluster.rbac, policy.rbac if policy else Rbac()
        )
    except BreakglassError as error:
        # Whoever asks may not be allowed to read all of it, and is told the rest.
        findings = (not_looked_for(cluster.name, error),)
    return ClusterStatus(
        cluster.name,
        state.now,
        tuple(sorted(requests, key=lambda each: each.name)),
        sights=book.checkpoint.sights if book.checkpoint else {},
        findings=in_order(findings),
    )


def proposed_status(
    sources: Sources, clusters: Sequence[str], now: datetime, sights: Mapping[str, datetime]
) -> tuple[RequestStatus, ...]:
    """Return the state of every change that is not merged and asks for access to one of these clusters.

    Of those that were closed, it is those of the last thirty days.
    """
    found = []
    for name in sources.forge.unmerged(since=now - _RECENT):
        proposal = gate(sources, name, now=now, sights=sights)
        if proposal.request is None or proposal.request.cluster not in clusters:
            continue
        found.append(
            RequestStatus(
                proposal.request.cluster,
                proposal.request.name,
                proposal.state.state.value,
                subject=proposal.shown.subject.name if proposal.shown else "",
                approvers=tuple(each.person for each in _approvals(proposal)),
                notes=tuple(_notes(proposal)),
            )
        )
    return tuple(found)


def first_sights(clusters: Sequence[ClusterStatus]) -> Mapping[str, datetime]:
    """Return when each thing was first seen by a run on any of the clusters."""
    found: dict[str, datetime] = {}
    for cluster in clusters:
        for key, at in cluster.sights.items():
            found[key] = min(at, found.get(key, at))
    return found


def _approvals(proposal: Proposal) -> tuple[Approval, ...]:
    return proposal.decision.approvals if isinstance(proposal.decision, Pending) else ()


def _notes(proposal: Proposal) -> Iterator[str]:
    yield f"asked for in {proposal.change}"
    if proposal.state.why:
        yield proposal.state.why
    if proposal.is_open and not isinstance(proposal.decision, tuple | Granted):
        for reason in proposal.decision.reasons:
            if reason.message != proposal.state.why:
                yield f"{reason.rule}: {reason.message}"
