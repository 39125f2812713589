"""The answer to a question: yes, no or unknown, what it rests on, and the smallest change that would make it another one."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gitops_breakglass.core.deny.on_cluster import evaluate_on_cluster
from gitops_breakglass.core.explain.change import Denials, smallest_change
from gitops_breakglass.core.explain.holding import never
from gitops_breakglass.core.explain.known import Known
from gitops_breakglass.core.explain.offered import offered_ways
from gitops_breakglass.core.explain.requests import request_ways
from gitops_breakglass.model.deny import Circumstances
from gitops_breakglass.model.explanation import Explanation, Holding, Question, Reply, Standing, Way


def explain(known: Known, question: Question) -> Explanation:
    """Explain whether grants let the subject do what is asked; what they may do anyway is the cluster's own matter."""
    requests = request_ways(known, question)
    if (why := never(question.ask)) is not None:
        because = f"it is never granted ({why.id}): {why.why}"
        instead = "no change helps: docs/never-granted.md says why"
        return Explanation(question, Reply.NO, because, requests, (), instead, known.unknown)
    offered = offered_ways(known, question)
    reply, because = _reply(requests, question)
    change = None if reply is Reply.YES else smallest_change(requests, offered, question, _denials(known, question))
    return Explanation(question, reply, because, requests, offered, change, known.unknown)


def _denials(known: Known, question: Question) -> Denials:
    cluster = known.policy.clusters.get(question.cluster)
    under = Circumstances(question.cluster, cluster.tenant if cluster else None)
    return Denials(
        evaluate_on_cluster(known.policy.deny, question.ask, under, pod=known.pod),
        frozenset(policy.name for policy in known.policy.deny if policy.ships),
        knows_pod=known.pod is not None,
    )


def _reply(requests: Iterable[Way], question: Question) -> tuple[Reply, str]:
    ways = tuple(requests)
    if (way := _first(ways, Standing.OPEN, lambda each: each.gives)) is not None:
        return Reply.YES, f"{told(way)} gives it {way.why}{by(way.holding)}"
    if (way := _first(ways, Standing.NOT_PROVED, lambda each: each.gives)) is not None:
        return Reply.UNKNOWN, f"{told(way)} would give it{by(way.holding)}, and {way.why}"
    unsure = next((each for each in ways if _may_hold(each)), None)
    if unsure is not None:
        return Reply.UNKNOWN, f"{told(unsure)} may give it: {unsure.unsure[0]}"
    return Reply.NO, _no(ways, question)


def _may_hold(way: Way) -> bool:
    """Whether it stands, or may stand, and its rights are not wholly known."""
    return way.standing in {Standing.OPEN, Standing.NOT_PROVED} and way.holding is None and bool(way.unsure)


def _no(ways: tuple[Way, ...], question: Question) -> str:
    if (way := _first(ways, Standing.OPEN, lambda each: each.is_denied)) is not None and way.verdict is not None:
        reason = f": {way.verdict.reason}" if way.verdict.reason else ""
        place = f" ({way.verdict.location})" if way.verdict.location else ""
        return f"{told(way)} would give it, and deny policy {way.verdict.policy}{place} denies it{reason}"
    for standing in (Standing.NOT_YET, Standing.WAITING, Standing.ENDED):
        if (way := _first(ways, standing, lambda each: each.holding is not None)) is not None:
            return f"{told(way)} would give it, and {way.why}"
    if (way := _first(ways, Standing.DENIED, lambda _: True)) is not None:
        return f"{told(way)} was denied: {way.why}"
    if (way := _first(ways, Standing.OPEN, lambda _: True)) is not None:
        return f"{told(way)} is open and does not hold it"
    return f"no request of {question.subject} on {question.cluster} gives it"


def _first(ways: Iterable[Way], standing: Standing, wanted: Callable[[Way], bool]) -> Way | None:
    return next((each for each in ways if each.standing is standing and wanted(each)), None)


def told(way: Way) -> str:
    """Return `request prod/inc-1 (escalation/restart)`."""
    return f"{way.kind} {way.name}" + (f" ({way.source})" if way.source else "")


def by(held: Holding | None) -> str:
    """Return by which rule, of what, and where; empty for none."""
    if held is None:
        return ""
    place = f" ({held.location})" if held.location else ""
    where = f"in namespace {held.namespace}" if held.namespace else "on the whole cluster"
    return f", by `{held.rule}` of {held.source}{place} {where}"
