"""Plans and runs as text for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gitops_breakglass.model.decision import Denied, Granted, Pending, Reason, Unknown
from gitops_breakglass.model.enforcement import Enforcement
from gitops_breakglass.model.grant import Statement
from gitops_breakglass.model.outcome import (
    Applied,
    ClusterReport,
    Failed,
    Outcome,
    Remained,
    RunReport,
    Skipped,
    StillOpen,
    is_upkeep,
)
from gitops_breakglass.model.plan import ClusterPlan, Create, Judged, Refresh
from gitops_breakglass.report.findings.text import as_text
from gitops_breakglass.report.session import session_lines
from gitops_breakglass.report.terminal import printable
from gitops_breakglass.report.windows import schedule_line, since_line, window_lines
from gitops_breakglass.report.words import approved_by, many, moment, rule_lines


def plan_as_text(report: RunReport) -> str:
    """Return what a run would do, cluster by cluster."""
    lines: list[str] = []
    for cluster in report.clusters:
        lines += _head(cluster)
        if cluster.plan is not None:
            lines += _plan_lines(cluster.plan)
    return "".join(f"{line}\n" for line in lines)


def run_as_text(report: RunReport) -> str:
    """Return what a run did, cluster by cluster."""
    lines = [f"unknown: {printable(what)}" for what in report.unknown]
    for cluster in report.clusters:
        lines += _head(cluster)
        if cluster.plan is not None:
            held = bool(cluster.plan.held)
            lines += [line for judged in cluster.plan.judged for line in _judged_lines(judged, held=held)]
            lines += _notices(cluster.plan)
        lines += [f"  {_outcome(outcome)}" for outcome in cluster.outcomes if not is_upkeep(outcome)]
        if cluster.ledger and cluster.outcomes:
            # The log of a CI job is out of the reach of whoever could write the ledger anew.
            lines.append(f"  ledger at {cluster.ledger}")
        if cluster.outcomes or not cluster.unreachable:
            lines.append(f"  {_sum(cluster.outcomes)}")
    lines += as_text(report.findings).splitlines()
    return "".join(f"{line}\n" for line in lines)


def _head(cluster: ClusterReport) -> list[str]:
    at = f" at {moment(cluster.at)}" if cluster.at else ""
    lines = [f"{cluster.cluster}{at}"]
    if cluster.unreachable:
        lines.append(f"  unreachable, so unknown: {printable(cluster.unreachable)}")
    if cluster.standby:
        lines.append(f"  on standby, nothing is granted from here: {printable(cluster.standby)}")
    # Whoever keeps no such actor was never promised one.
    return lines + [f"  ! {printable(str(each))}" for each in cluster.actors if each.is_missing]


def _plan_lines(plan: ClusterPlan) -> Iterator[str]:
    statements = {statement.uid: statement for statement in plan.decisions}
    for judged in plan.judged:
        yield from _judged_lines(judged, held=bool(plan.held))
        if (statement := statements.get(judged.uid)) is not None:
            yield from _grant_lines(statement)
            yield from enforcement_lines(plan.enforcement.get(judged.uid, ()))
    for end in plan.ends:
        yield f"  - end     {printable(str(end.live.key))}: {printable(end.why)}"
    for shrink in plan.shrinks:
        yield f"  ~ shrink  {printable(str(shrink.live.key))}: {printable(shrink.why)}"
    for begin in plan.begins:
        for each in begin.occurrences:
            yield f"  + window  {printable(str(begin.key))}: {moment(each.start)} to {moment(each.end)} begins"
    for guard in plan.guards:
        if isinstance(guard, Create):
            yield f"  + guard   {printable(str(guard.key))}"
        else:
            yield f"  ~ guard   {printable(str(guard.live.key))}: {printable(guard.why)}"
    for create in plan.creations:
        yield f"  + create  {printable(str(create.key))}"
    for inject in plan.injections:
        yield f"  + add     container {printable(str(inject.container['name']))} to {printable(str(inject.pod.key))}"
    for refresh in plan.refreshes:
        yield f"  ~ refresh {printable(str(refresh.live.key))}: {printable(refresh.why)}"
    yield from _standing_enforcement(plan)
    yield from _notices(plan)
    refreshed = len(plan.refreshes) + sum(isinstance(each, Refresh) for each in plan.guards)
    counts = [
        many(sum(each.outcome == "granted" for each in plan.decisions), "grant"),
        f"{len(plan.creations) + sum(isinstance(each, Create) for each in plan.guards)} to create",
        *([f"{len(plan.injections)} to add to pods"] if plan.injections else []),
        f"{len(plan.shrinks)} to shrink",
        *([f"{refreshed} to refresh"] if refreshed else []),
        f"{len(plan.ends)} to end",
        f"{len(plan.keeps)} as they should be",
    ]
    yield f"  plan: {', '.join(counts)}"


def _notices(plan: ClusterPlan) -> list[str]:
    lines = [f"  ! conflict {printable(str(each.key))}: {printable(each.why)}" for each in plan.conflicts]
    lines += [f"  ! held by a brake: {printable(why)}" for why in plan.held]
    lines += [f"  ? unknown: {printable(what)}" for what in plan.unknown]
    return lines + [f"  {line}" for line in as_text(plan.findings).splitlines()]


def _judged_lines(judged: Judged, *, held: bool) -> Iterator[str]:
    name = printable(str(judged.request))
    match judged.decision:
        case Granted() as granted:
            evidence = granted.evidence
            by = approved_by([each.person for each in evidence.approvals], evidence.merged_by)
            word = "held" if held else "granted"
            yield f"  {word:<8}  {name} to {printable(granted.subject.name)}, approved by {printable(by)}"
            yield from _reasons(granted.notes)
        case Denied() as denied:
            yield f"  denied    {name}"
            yield from _reasons((*denied.reasons, *denied.ignored))
        case Pending() as pending:
            yield f"  pending   {name}"
            yield from _reasons(pending.reasons)
        case Unknown() as unknown:
            yield f"  unknown   {name}"
            yield from _reasons(unknown.reasons)


def _reasons(reasons: tuple[Reason, ...]) -> Iterator[str]:
    for reason in reasons:
        yield f"      {reason.rule}: {printable(reason.message)}"
        if reason.hint:
            yield f"        hint: {printable(reason.hint)}"


def _grant_lines(statement: Statement) -> Iterator[str]:
    if statement.recurrence is not None:
        yield f"      {schedule_line(statement.recurrence)}"
        yield f"      {since_line(statement.recurrence)}"
    for window in statement.windows:
        yield from (f"      {line}" for line in window_lines(window, None))
    if statement.debug is not None:
        # Its scopes are bounds for pods that nobody has seen yet; what it may do is said with what it makes.
        yield from (f"      {line}" for line in session_lines(statement.debug, ()))
        return
    for scope in statement.scopes:
        place = f"in namespace {scope.namespace}" if scope.namespace else "on the whole cluster"
        yield f"      {printable(f'{place}, from {scope.source}')}:"
        for line in rule_lines(scope.rules):
            yield f"        {printable(line)}"


def enforcement_lines(enforcement: Iterable[Enforcement]) -> Iterator[str]:
    """Say policy by policy what is kept away, and by what."""
    for each in enforcement:
        more = "" if each.exact else " (and more than the policy says)"
        yield f"      {each.means.value:<10} by {printable(each.policy)}: {printable(each.what)}{more}"


def _standing_enforcement(plan: ClusterPlan) -> Iterator[str]:
    """Say it of the grants that are there already."""
    fresh = {each.uid for each in plan.decisions}
    names = {each.request_uid: each.statement.request for each in plan.records if each.statement is not None}
    for uid, enforcement in plan.enforcement.items():
        if uid not in fresh and enforcement:
            yield f"  narrowed  {printable(str(names.get(uid, uid)))} by deny policies:"
            yield from enforcement_lines(enforcement)


def _outcome(outcome: Outcome) -> str:
    match outcome:
        case Applied(key=key, verb=verb, late=late):
            lag = f", {late:.0f} s after the promised end" if late is not None and late >= 1 else ""
            return f"{verb:<9} {printable(str(key))}{lag}"
        case Failed(key=key, error=error, hint=hint, still_grants=still):
            alarm = " ACCESS MAY STILL HOLD:" if still else ""
            return (
                f"failed    {printable(str(key))}:{alarm} {printable(error)}{f' ({printable(hint)})' if hint else ''}"
            )
        case Skipped(key=key, why=why):
            return f"skipped   {printable(str(key))}: {printable(why)}"
        case StillOpen(key=key, stream=stream, own_pod=own):
            since = f"since {stream.since:%Y-%m-%d %H:%M:%S} UTC"
            why = "it goes with its pod" if own else "the grant has ended, and no new call passes; this one goes on"
            return f"open      {printable(str(key))}: {printable(str(stream))} {since}: {why}"
        case Remained(key=key, container=container, why=why):
            return f"remains   {printable(str(key))}: container {printable(container)}: {printable(why)}"


def _sum(outcomes: tuple[Outcome, ...]) -> str:
    done = [outcome for outcome in outcomes if isinstance(outcome, Applied) and not is_upkeep(outcome)]
    failed = sum(isinstance(outcome, Failed) for outcome in outcomes)
    if not done and not failed:
        return "nothing changed" if any(isinstance(each, Skipped) for each in outcomes) else "nothing to do"
    return f"{many(len(done), 'object')} changed, {failed} failed"
