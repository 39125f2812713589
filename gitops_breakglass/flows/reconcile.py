"""Reconcile: on every cluster end what is over, then prove what is new, then apply it; clusters fail alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gitops_breakglass.core.record import CHECKPOINT, digest_of
from gitops_breakglass.core.statement import print_statement
from gitops_breakglass.flows.apply import Hands, apply, write_checkpoint
from gitops_breakglass.flows.book import Book, read_book
from gitops_breakglass.flows.plan import plan_cluster
from gitops_breakglass.flows.sources import Sources
from gitops_breakglass.flows.statuses import status_updates, write_statuses
from gitops_breakglass.flows.sweep import sweep_state
from gitops_breakglass.model.errors import BreakglassError, UsageError
from gitops_breakglass.model.outcome import ClusterReport, Outcome, RunReport
from gitops_breakglass.model.plan import ClusterPlan


def reconcile(clusters: Sequence[Hands], sources: Sources | None, unknown: str | None = None) -> RunReport:
    """Run once over every cluster. First everything that is over ends everywhere; only then is git or forge looked at.

    Without `sources`, since the repository could not even be opened, everything still ends; `unknown` says why.
    """
    swept = {id(hands): _swept(hands) for hands in clusters}
    if sources is None:
        return RunReport(tuple(_only_swept(hands, swept[id(hands)]) for hands in clusters), unknown=(unknown or "",))
    return RunReport(tuple(_reconciled(hands, sources, swept[id(hands)]) for hands in clusters))


def _only_swept(hands: Hands, swept: list[Outcome] | BreakglassError) -> ClusterReport:
    if isinstance(swept, BreakglassError):
        return ClusterReport(hands.cluster.name, unreachable=_words(swept))
    return ClusterReport(hands.cluster.name, outcomes=tuple(swept))


def _swept(hands: Hands) -> list[Outcome] | BreakglassError:
    try:
        return sweep_state(hands.cluster, hands.pool, hands.cluster.read())
    except BreakglassError as error:
        return error


def _reconciled(hands: Hands, sources: Sources, swept: list[Outcome] | BreakglassError) -> ClusterReport:
    name = hands.cluster.name
    if isinstance(swept, BreakglassError):
        return ClusterReport(name, unreachable=_words(swept))
    try:
        plan = plan_cluster(hands.cluster, sources, hands.signer.verify)
        _check_key(plan, hands)
        outcomes = [*swept, *apply(plan, hands), *settle(plan, hands)]
    except BreakglassError as error:
        return ClusterReport(name, outcomes=tuple(swept), unreachable=_words(error))
    return ClusterReport(name, at=plan.at, plan=plan, outcomes=tuple(outcomes))


def settle(plan: ClusterPlan, hands: Hands) -> list[Outcome]:
    """Read back what is there after acting, write it into records and resources, and remember where the run stood."""
    state = hands.cluster.read()
    book = read_book(state, hands.cluster.name, hands.signer.verify)
    written = write_statuses(hands.cluster, hands.pool, status_updates(book.records, state, plan.over))
    live = next((each for each in state.objects if each.key.kind == "Checkpoint" and each.key.name == CHECKPOINT), None)
    return written + write_checkpoint(_as_recorded(plan, book), hands, live)


def _as_recorded(plan: ClusterPlan, book: Book) -> ClusterPlan:
    """Take back from the checkpoint what could not be recorded, so that the next run decides it again."""
    if plan.checkpoint is None:
        return plan
    lost = [statement for statement in plan.decisions if statement.uid not in book.records]
    kept = [statement for statement in plan.decisions if statement.uid in book.records]
    undecided = tuple(sorted({*plan.checkpoint.undecided, *(statement.uid for statement in lost)}))
    ledger = plan.checkpoint.ledger
    if lost:
        ledger = digest_of(print_statement(kept[-1])) if kept else plan.decisions[0].previous
    return replace(plan, checkpoint=replace(plan.checkpoint, undecided=undecided, ledger=ledger))


def _check_key(plan: ClusterPlan, hands: Hands) -> None:
    """Refuse to sign with a key that the cluster would not believe afterwards."""
    if not plan.decisions or plan.held or plan.trust is None:
        return
    if not hands.signer.verify(hands.signer.sign("text/plain", ""), plan.trust.keys):
        msg = f"{plan.cluster}: the key to sign with is not one that the trust root pins"
        raise UsageError(msg, hint="use the reconciler's key, or name this one in breakglass.yaml and install again")


def _words(error: BreakglassError) -> str:
    return f"{error.message} ({error.hint})" if error.hint else error.message
