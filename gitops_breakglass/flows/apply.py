"""Carries out a plan: ends, then records, then what they list, in order; one failure never stops the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gitops_breakglass.core.plan.ownership import BINDINGS
from gitops_breakglass.core.record import (
    CHECKPOINT_TYPE,
    DECISION_TYPE,
    checkpoint_manifest,
    digest_of,
    print_checkpoint,
    record_manifest,
)
from gitops_breakglass.core.render.grant import inventory_of, render_resource
from gitops_breakglass.core.statement import print_statement
from gitops_breakglass.flows.end import end
from gitops_breakglass.model.errors import BreakglassError, ConflictError
from gitops_breakglass.model.grant import Statement
from gitops_breakglass.model.kube import LiveObject, Manifest, key_of
from gitops_breakglass.model.outcome import Applied, Failed, Outcome, Skipped, Verb
from gitops_breakglass.model.plan import ClusterPlan, Create, Shrink
from gitops_breakglass.ports import ClusterWriter, Pool, Signer


@dataclass(frozen=True)
class Hands:
    """What applying takes: the cluster to change, the key to sign with, and many threads."""

    cluster: ClusterWriter
    signer: Signer
    pool: Pool


@dataclass
class _Failures:
    """The requests of which something failed, so that nothing that comes after it is tried."""

    requests: set[str] = field(default_factory=set)

    def note(self, outcomes: Iterable[Outcome]) -> list[Outcome]:
        told = list(outcomes)
        self.requests |= {each.request for each in told if isinstance(each, Failed)}
        return told


def apply(plan: ClusterPlan, hands: Hands, ended: Sequence[Outcome] | None = None) -> list[Outcome]:
    """Apply a plan to the cluster that it was made for. Ends always go first; brakes hold back only what grants."""
    outcomes = list(ended) if ended is not None else end(hands.cluster, hands.pool, plan.ends)
    outcomes += hands.pool.map(lambda each: _shrink(each, hands.cluster), plan.shrinks)
    if plan.held:
        return outcomes + [Skipped(each.key, each.request, "a brake holds it") for each in plan.creations]
    failures = _Failures()
    outcomes += failures.note(_record(plan.decisions, hands))
    resources = [_resource(statement) for statement in plan.decisions]
    roles = [each for each in plan.creations if each.key.kind not in BINDINGS]
    bindings = [each for each in plan.creations if each.key.kind in BINDINGS]
    for stage in ([each for each in resources if each], roles, bindings):
        outcomes += failures.note(_create(stage, hands, failures.requests))
    return outcomes


def write_checkpoint(plan: ClusterPlan, hands: Hands, live: LiveObject | None) -> list[Outcome]:
    """Sign and write what the next run has to remember, where it has changed."""
    if plan.checkpoint is None or plan.held:
        return []
    payload = print_checkpoint(plan.checkpoint)
    if live is not None and (live.manifest.get("spec") or {}).get("payload") == payload:
        return []
    manifest = checkpoint_manifest(hands.signer.sign(CHECKPOINT_TYPE, payload))
    key = key_of(manifest)
    try:
        if live is None:
            hands.cluster.create(manifest)
        else:
            hands.cluster.replace(live, {**live.manifest, "spec": manifest["spec"]})
    except BreakglassError as error:
        return [Failed(key, "", error.message, error.hint)]
    return [Applied(key, Verb.UPDATED, "")]


def _record(statements: Sequence[Statement], hands: Hands) -> list[Outcome]:
    def record(statement: Statement) -> Outcome:
        payload = print_statement(statement)
        envelope = hands.signer.sign(DECISION_TYPE, payload)
        manifest = record_manifest(statement, envelope, inventory_of(statement, digest_of(payload)))
        return _make(Create(key_of(manifest), manifest, statement.uid, "decided"), hands.cluster)

    return hands.pool.map(record, statements)


def _resource(statement: Statement) -> Create | None:
    manifest = render_resource(statement, digest_of(print_statement(statement)))
    return None if manifest is None else Create(key_of(manifest), manifest, statement.uid, "written beside the record")


def _create(creations: Sequence[Create], hands: Hands, failed: set[str]) -> list[Outcome]:
    tried = [each for each in creations if each.request not in failed]
    skipped: list[Outcome] = [
        Skipped(each.key, each.request, "something before it failed") for each in creations if each.request in failed
    ]
    return skipped + hands.pool.map(lambda each: _make(each, hands.cluster), tried)


def _make(create: Create, cluster: ClusterWriter) -> Outcome:
    """Create, never adopt: one of that name that is there counts only if it is what would have been made."""
    try:
        cluster.create(create.manifest)
    except ConflictError as error:
        if (live := cluster.get(create.key)) is not None and _is_what_we_make(live.manifest, create.manifest):
            return Applied(create.key, Verb.CREATED, create.request)
        return Failed(create.key, create.request, error.message, "it is not ours: rename it or ask under another name")
    except BreakglassError as error:
        return Failed(create.key, create.request, error.message, error.hint)
    return Applied(create.key, Verb.CREATED, create.request)


def _is_what_we_make(live: Manifest, wanted: Manifest) -> bool:
    """Whether two runs made the same thing at once: same marks and same content. A signed record counts by its payload."""
    if any(_marks(live, part) != _marks(wanted, part) for part in ("labels", "annotations")):
        return False
    return all(live.get(part) == wanted.get(part) for part in ("rules", "roleRef", "subjects")) and (
        _payload(live) == _payload(wanted)
    )


def _marks(manifest: Manifest, part: str) -> dict[str, str]:
    return dict(manifest["metadata"].get(part) or {})


def _payload(manifest: Manifest) -> object:
    decision = (manifest.get("spec") or {}).get("decision")
    return decision.get("payload") if isinstance(decision, Mapping) else None


def _shrink(each: Shrink, cluster: ClusterWriter) -> Outcome:
    try:
        cluster.replace(each.live, each.manifest)
    except BreakglassError as error:
        return Failed(each.live.key, each.request, error.message, error.hint, still_grants=True)
    return Applied(each.live.key, Verb.SHRUNK, each.request)
