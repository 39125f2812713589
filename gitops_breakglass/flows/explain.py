"""Find out what an explanation takes: from the repository, and from one cluster where it may be asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from gitops_breakglass.core.effect import Live
from gitops_breakglass.core.explain.explain import explain as judge
from gitops_breakglass.core.explain.known import Known, Landed
from gitops_breakglass.core.read.request_path import read_path
from gitops_breakglass.core.record import Verify
from gitops_breakglass.flows.plan import plan_cluster
from gitops_breakglass.flows.sources import REQUESTS, Sources
from gitops_breakglass.model.decision import Granted
from gitops_breakglass.model.deny import POD_SUBRESOURCES, Ask, Pod
from gitops_breakglass.model.enforcement import Needs
from gitops_breakglass.model.errors import BreakglassError, UsageError
from gitops_breakglass.model.explanation import Explanation, Question
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.grant import Record, Statement
from gitops_breakglass.model.plan import ClusterPlan
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import Request, RequestId
from gitops_breakglass.ports import ClusterReader


@dataclass(frozen=True)
class Asked:
    """What somebody wants to know. `pod` is the one that they hand in; `labels` are those of the namespace."""

    subject: str
    cluster: str
    ask: Ask
    at: datetime | None = None
    pod: Pod | None = None
    labels: Mapping[str, str] | None = None


def explain(
    asked: Asked, sources: Sources, cluster: ClusterReader | None, *, verify: Verify, now: datetime
) -> Explanation:
    """Explain by the policy side of the default branch; what can't be found out is said, and makes nothing allowed.

    Without a cluster it is from the repository alone. Raises UsageError for a cluster that the policy side does not have,
    RepositoryError where the repository can't be read.
    """
    tip = sources.repository.tip()
    policy, _ = sources.policy_at(tip)
    if policy is None:
        raise UsageError("the policy side of the default branch can't be read", hint="run `gitops-breakglass check`")
    if asked.cluster not in policy.clusters:
        known = ", ".join(sorted(policy.clusters)) or "none"
        raise UsageError(f"the policy side has no cluster {asked.cluster}", hint=f"it has: {known}")
    files = dict(_files(sources, tip, asked.cluster))
    found = Known(policy, tuple(files.values()), pod=asked.pod, labels=asked.labels)
    if cluster is None:
        note = f"{asked.cluster} was not asked: neither decisions, nor its own roles, pods and labels are known here"
        found = replace(found, unknown=(note,))
    else:
        found = _with_cluster(found, files, cluster, sources, asked, verify)
    return judge(found, _question(asked, found, policy, now))


def _question(asked: Asked, known: Known, policy: PolicySide, now: datetime) -> Question:
    person = policy.identities.person(asked.subject) or policy.identities.answering_to(asked.subject, asked.cluster)
    username = person.username_on(asked.cluster) if person else asked.subject
    ask = replace(asked.ask, namespace_labels=known.labels)
    return Question(asked.subject, person.name if person else None, username, asked.cluster, ask, asked.at or now)


def _files(sources: Sources, tip: str, cluster: str) -> Iterator[tuple[str, Landed]]:
    entries = sources.repository.entries(tip, f"{REQUESTS}{cluster}/")
    sources.read_ahead(entries)
    for entry in entries:
        where = read_path(entry.path).value
        if where is not None:
            request, _ = sources.request_at(entry)
            yield entry.path, Landed(where, Location(entry.path), request)


def _with_cluster(
    known: Known, files: Mapping[str, Landed], cluster: ClusterReader, sources: Sources, asked: Asked, verify: Verify
) -> Known:
    """Add what the cluster holds, what was decided there, and what a run would decide now."""
    notes: list[str] = []
    landed = known.landed
    try:
        plan = plan_cluster(cluster, sources, verify)
    except BreakglassError as error:
        notes.append(f"{cluster.name} can't be asked for decisions: {error.in_one_line()}")
    else:
        landed = tuple(_decided(files, plan, asked.cluster))
        notes += plan.unknown
        notes += [f"a run would decide nothing now: {each}" for each in plan.held]
    live = None
    try:
        live = Live(cluster.rbac(), cluster.discovery())
    except BreakglassError as error:
        notes.append(f"{cluster.name} can't be asked for its roles: {error.in_one_line()}")
    labels, pod = _facts(cluster, asked, notes)
    return replace(known, landed=landed, live=live, labels=labels, pod=pod, unknown=tuple(notes))


def _decided(files: Mapping[str, Landed], plan: ClusterPlan, cluster: str) -> Iterator[Landed]:
    """Yield every request of the cluster: those with a record, those that a run would decide, and the rest."""
    told = set()
    for record in plan.records:
        if record.statement is not None:
            told.add(record.statement.path)
            yield _of(files, record.statement, record, plan.over.get(record.request_uid) or _gone(record, files))
    for statement in plan.decisions:
        if statement.path not in told:
            told.add(statement.path)
            yield replace(_of(files, statement, None, None), waiting="the next run of `reconcile` grants it")
    waiting = {
        RequestId(cluster, each.request.name).path: "; ".join(reason.message for reason in each.decision.reasons)
        for each in plan.judged
        if not isinstance(each.decision, Granted)
    }
    for path, landed in files.items():
        if path not in told:
            yield replace(landed, waiting=waiting.get(path, "no run has decided it yet"))


def _of(files: Mapping[str, Landed], statement: Statement, record: Record | None, over: str | None) -> Landed:
    landed = files.get(statement.path)
    request: Request | None = landed.request if landed else None
    return Landed(statement.request, Location(statement.path), request, statement, record, over)


def _gone(record: Record, files: Mapping[str, Landed]) -> str | None:
    if record.statement is None or record.statement.outcome != "granted":
        return None
    if record.statement.path not in files:
        return "its file was deleted"
    return None


def _facts(cluster: ClusterReader, asked: Asked, notes: list[str]) -> tuple[Mapping[str, str] | None, Pod | None]:
    """Return the labels of the namespace and the pod, as they were handed in, else as the cluster has them."""
    ask = asked.ask
    wants_pod = asked.pod is None and ask.subresource in POD_SUBRESOURCES and bool(ask.namespace)
    wants_labels = asked.labels is None and bool(ask.namespace)
    if not (wants_pod or wants_labels):
        return asked.labels, asked.pod
    try:
        needs = Needs(namespaces=wants_labels, pods=frozenset({ask.namespace} if wants_pod else ()))
        facts = cluster.deny_facts(needs)
    except BreakglassError as error:
        notes.append(f"{cluster.name} can't be asked for pods and labels: {error.in_one_line()}")
        return asked.labels, asked.pod
    labels, pod = asked.labels, asked.pod
    if wants_labels and facts.namespaces is not None:
        labels = facts.namespaces.get(ask.namespace)
    if wants_pod and facts.pods is not None:
        pod = next((each for each in facts.pods.get(ask.namespace, ()) if each.name == ask.name), None)
    return labels, pod
