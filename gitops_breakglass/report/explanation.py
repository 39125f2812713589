"""Why somebody may, or may not, do something on a cluster, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.model.deny import Verdict
from gitops_breakglass.model.explanation import Explanation, Holding, Question, Way
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.window import print_time
from gitops_breakglass.report.findings.as_json import dumped
from gitops_breakglass.report.run_json import enforcement_json
from gitops_breakglass.report.run_text import enforcement_lines
from gitops_breakglass.report.terminal import printable
from gitops_breakglass.report.verdict import verdict_json
from gitops_breakglass.report.words import moment


def explanation_as_text(explanation: Explanation) -> str:
    """Return the question, the answer, what would change it, and every way that there is."""
    return "".join(f"{line}\n" for line in _lines(explanation))


def explanation_as_json(explanation: Explanation) -> str:
    """Return the same in the form of schemas/output/explain.schema.json."""
    question, ask = explanation.question, explanation.question.ask
    return dumped(
        {
            "version": 1,
            "question": {
                "subject": question.subject,
                "person": question.person,
                "username": question.username,
                "cluster": question.cluster,
                "at": print_time(question.at),
                "verb": ask.verb,
                "group": ask.group,
                "resource": ask.resource,
                "subresource": ask.subresource,
                "namespace": ask.namespace,
                "name": ask.name,
                "path": ask.path,
            },
            "answer": explanation.reply.value,
            "because": explanation.because,
            "change": explanation.change,
            "requests": [_way_json(each) for each in explanation.requests],
            "offered": [_way_json(each) for each in explanation.offered],
            "unknown": list(explanation.unknown),
        }
    )


def _lines(explanation: Explanation) -> Iterator[str]:
    yield _asked(explanation.question)
    yield f"{explanation.reply.value}: {printable(explanation.because)}"
    if explanation.change is not None:
        yield f"change: {printable(explanation.change)}"
    for title, ways in (("requests", explanation.requests), ("offered", explanation.offered)):
        if ways:
            yield f"{title}:"
            for way in ways:
                yield from _way(way)
    if explanation.unknown:
        yield "not known here:"
        yield from (f"  {printable(each)}" for each in explanation.unknown)


def _asked(question: Question) -> str:
    ask = question.ask
    resource = f"{ask.resource}/{ask.subresource}" if ask.subresource else ask.resource
    what = ask.path or f"{resource}{f'.{ask.group}' if ask.group else ''}{f' {ask.name}' if ask.name else ''}"
    where = f" in namespace {ask.namespace}" if ask.namespace else ""
    called = f" (as {question.username})" if question.username not in (None, question.subject) else ""
    told = f"may {question.subject}{called} {ask.verb} {what}{where} on {question.cluster}"
    return f"{printable(told)} at {moment(question.at)}?"


def _way(way: Way) -> Iterator[str]:
    kind = "" if way.kind == "request" else f"{way.kind} "
    yield f"  {printable(kind + way.name)}  {way.standing.value}  ({printable(str(way.location))})"
    if told := "; ".join(each for each in (way.source, way.why) if each):
        yield f"      {printable(told)}"
    if way.window is not None:
        yield f"      {moment(way.window.start)} to {moment(way.window.end)}"
    if way.holding is not None:
        would = "would hold" if way.is_denied else "holds"
        yield f"      {would} it: {printable(_holding(way.holding))}"
    elif not way.unsure and way.standing.value != "denied":
        yield "      does not hold it"
    yield from (f"      not known: {printable(each)}" for each in way.unsure)
    if way.verdict is not None and way.verdict.policy is not None:
        reason = f": {way.verdict.reason}" if way.verdict.reason else ""
        place = f" ({way.verdict.location})" if way.verdict.location else ""
        yield f"      {way.verdict.answer.value} by deny policy {printable(way.verdict.policy + place + reason)}"
    yield from enforcement_lines(way.enforcement)


def _holding(held: Holding) -> str:
    place = f" ({held.location})" if held.location else ""
    return (
        f"{held.rule}, of {held.source}{place}, {f'in namespace {held.namespace}' if held.namespace else 'everywhere'}"
    )


def _way_json(way: Way) -> dict[str, object]:
    return {
        "kind": way.kind,
        "name": way.name,
        **_place(way.location),
        "standing": way.standing.value,
        "source": way.source,
        "why": way.why,
        "gives": way.gives,
        "start": print_time(way.window.start) if way.window else None,
        "end": print_time(way.window.end) if way.window else None,
        "rule": None if way.holding is None else _rule(way.holding),
        "policy": None if way.verdict is None else _policy(way.verdict),
        "unknown": list(way.unsure),
        "denyPolicies": [enforcement_json(each) for each in way.enforcement],
    }


def _rule(held: Holding) -> dict[str, object]:
    place = _place(held.location) if held.location else {"path": None, "line": None, "column": None}
    return {"text": held.rule, "source": held.source, "namespace": held.namespace, **place}


def _policy(verdict: Verdict) -> dict[str, object]:
    place = _place(verdict.location) if verdict.location else {"path": None, "line": None, "column": None}
    return {**verdict_json(verdict), **place}


def _place(location: Location) -> dict[str, object]:
    return {"path": location.path, "line": location.line or None, "column": location.column or None}
