"""How each request that landed stands to a question: whose it is, whether its window is open, and what it gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from gitops_breakglass.core.deny.on_cluster import evaluate_on_cluster
from gitops_breakglass.core.deny.selection import circumstances, policies_for
from gitops_breakglass.core.effect import effect_of
from gitops_breakglass.core.escalations import candidates
from gitops_breakglass.core.explain.asking import may_have_asked
from gitops_breakglass.core.explain.holding import holding
from gitops_breakglass.core.explain.known import Known, Landed
from gitops_breakglass.core.explain.sessions import rights_of_session, scopes_of_session, takes_part, taking_part
from gitops_breakglass.core.outlook import outlook_of
from gitops_breakglass.core.render.narrow import narrow
from gitops_breakglass.core.render.status import read_enforcement
from gitops_breakglass.core.schedule import course_of
from gitops_breakglass.model.deny import Answer, Verdict
from gitops_breakglass.model.explanation import Question, Standing, Way
from gitops_breakglass.model.grant import ScopedRules, Statement
from gitops_breakglass.model.policy import Escalation, PolicySide
from gitops_breakglass.model.recurrence import Course
from gitops_breakglass.model.request import DebugRequest, Request, SessionRequest, Subject
from gitops_breakglass.model.window import Window, print_time


def request_ways(known: Known, question: Question) -> tuple[Way, ...]:
    """Return a way for each request that is the subject's, or may be."""
    return tuple(way for landed in known.landed for way in _way(landed, known, question))


def _way(landed: Landed, known: Known, question: Question) -> Iterator[Way]:
    statement, request = landed.statement, landed.request
    if request is None and statement is None:
        return
    mine = _is_mine(landed, question)
    if mine is False:
        return
    if mine is None and (request is None or not may_have_asked(request, known.policy, question)):
        return
    escalation = _escalation(landed, known.policy)
    source = _source(statement) or (f"escalation/{escalation.name}" if escalation else "")
    standing, window, why = _standing(landed, question, is_sure=mine is True)
    recurs = statement is not None and statement.recurrence is not None
    why += taking_part(landed, question)
    way = Way("request", str(landed.id), landed.location, standing, source, window=window, recurs=recurs, why=why)
    if standing is Standing.DENIED:
        yield way
        return
    scopes, unsure = _scopes(landed, escalation, known)
    held = holding(scopes, question.ask, known.policy.rbac)
    verdict = None if request is None else _verdict(request, escalation, known, question)
    if held is None and request is not None and verdict is not None and verdict.answer is Answer.DENY:
        # What a policy denies was taken out before it was signed: its source has it still.
        source_scopes = _of_source(landed, request, escalation, known)
        held = holding(source_scopes, question.ask, known.policy.rbac)
    enforcement = read_enforcement(landed.record.live) if landed.record else ()
    yield replace(way, holding=held, verdict=None if held is None else verdict, unsure=unsure, enforcement=enforcement)


def _is_mine(landed: Landed, question: Question) -> bool | None:
    """Whether it is the subject's; None where only its author, who is not known here, could tell."""
    # What was denied before its author was known has no subject.
    if landed.statement is not None and landed.statement.subject is not None:
        return landed.statement.subject.username == question.username or takes_part(landed, question)
    request = landed.request
    if isinstance(request, DebugRequest) and takes_part(landed, question):
        return True
    if isinstance(request, SessionRequest | DebugRequest):
        return None if request.user is None else request.user in {question.username, question.subject}
    subjects: Sequence[Subject] = getattr(request, "subjects", ())
    return any(each.username == question.username for each in subjects) if subjects else None


def _standing(landed: Landed, question: Question, *, is_sure: bool) -> tuple[Standing, Window | None, str]:
    statement, at = landed.statement, question.at
    whose = "" if is_sure else "; whose it is hangs on who wrote it"
    if landed.waiting is not None and (statement is None or statement.outcome == "granted"):
        return Standing.WAITING, None, f"{landed.waiting}{whose if statement is None else ''}"
    if statement is None:
        return Standing.NOT_PROVED, None, f"how it was decided is not proved here{whose}"
    if statement.outcome == "denied":
        return Standing.DENIED, None, f"{'; '.join(statement.reasons) or 'nobody says why'}{whose}"
    course = course_of(statement, at)
    open_now = _open_now(statement, course, at)
    if landed.over is not None or (open_now is not None and _was_ended(landed, question)):
        return Standing.ENDED, course.latest or course.next, landed.over or "it was ended early"
    if course.problem is not None:
        return Standing.NOT_PROVED, None, f"its schedule can't be read here: {course.problem}"
    if open_now is not None:
        return Standing.OPEN, open_now, f"until {to_the_second(open_now.end)}{_again(statement, course, open_now)}"
    recurs = statement.recurrence is not None
    if course.next is not None:
        begins = "its next window begins" if recurs else "it begins"
        return Standing.NOT_YET, course.next, f"{begins} at {to_the_second(course.next.start)}"
    last, what = course.latest, "its last window" if recurs else "it"
    return Standing.ENDED, last, f"{what} ended at {to_the_second(last.end)}" if last else "it has no window"


def _open_now(statement: Statement, course: Course, at: datetime) -> Window | None:
    """Return the window that is open, with those that run into it: access does not pause between them."""
    if statement.recurrence is None or not course.open:
        return next(iter(course.open), None)
    return outlook_of(statement.recurrence, at, 1).stretches[0]


def _again(statement: Statement, course: Course, open_now: Window) -> str:
    """Return when recurring access opens again after it."""
    if statement.recurrence is None or course.next is None:
        return ""
    later = outlook_of(statement.recurrence, open_now.end, 1).stretches
    return f", and again from {to_the_second(later[0].start)}" if later else ""


def to_the_second(at: datetime) -> str:
    """Return a time as people read it in a sentence."""
    return print_time(at.replace(microsecond=0))


def _was_ended(landed: Landed, question: Question) -> bool:
    record = landed.record
    if record is None:
        return False
    return any(end is not None and end <= question.at for end in (record.revoked_at, record.ended_at))


def _source(statement: Statement | None) -> str:
    return "" if statement is None else str(statement.evidence.get("source", ""))


def _escalation(landed: Landed, policy: PolicySide) -> Escalation | None:
    kind, _, name = _source(landed.statement).partition("/")
    if kind == "escalation":
        return policy.escalation(name)
    request = landed.request
    found = candidates(request, policy) if isinstance(request, SessionRequest) else ()
    return found[0] if len(found) == 1 else None


def _scopes(
    landed: Landed, escalation: Escalation | None, known: Known
) -> tuple[tuple[ScopedRules, ...], tuple[str, ...]]:
    """Return what it gives: what was signed, less what its source does not give any more, and what is not known of it."""
    signed = None if landed.statement is None else landed.statement.scopes
    request = landed.request
    if isinstance(request, DebugRequest) or (landed.statement is not None and landed.statement.debug is not None):
        return scopes_of_session(landed, known)
    if request is None:
        return signed or (), ()
    current, unsure = current_scopes(request, escalation, known)
    if signed is None:
        return current, unsure
    # Without the cluster what its roles hold is not known; what was signed held there then.
    return (signed if known.live is None else narrow(signed, current)), ()


def _of_source(
    landed: Landed, request: Request, escalation: Escalation | None, known: Known
) -> tuple[ScopedRules, ...]:
    """Return what it would give if no policy denied any of it."""
    if isinstance(request, DebugRequest):
        return rights_of_session(landed, known)
    return current_scopes(request, escalation, known)[0]


def current_scopes(
    request: Request, escalation: Escalation | None, known: Known
) -> tuple[tuple[ScopedRules, ...], tuple[str, ...]]:
    """Return what the source of a request gives now, place by place, and what of that can't be known here."""
    effect = effect_of(request, escalation, known.policy.rbac, known.live)
    scopes = tuple(ScopedRules(place.namespace, place.rules, place.source) for place in effect.places)
    return scopes, effect.unknown


def _verdict(request: Request, escalation: Escalation | None, known: Known, question: Question) -> Verdict:
    return evaluate_on_cluster(
        policies_for(request, escalation, known.policy),
        question.ask,
        circumstances(request, escalation, known.policy),
        pod=known.pod,
        override=escalation.override if escalation else None,
    )
