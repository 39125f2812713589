"""The decision: content, authorship, terms, approvals and window, each proved or the reason why not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from gitops_breakglass.core.authorize.asked import Asked
from gitops_breakglass.core.authorize.case import Case
from gitops_breakglass.core.authorize.content import content_reasons
from gitops_breakglass.core.authorize.counted import Counted, count
from gitops_breakglass.core.authorize.limits import exceeded
from gitops_breakglass.core.authorize.logins import renamed_notes
from gitops_breakglass.core.authorize.pending import accounts_of, not_own, pending
from gitops_breakglass.core.authorize.people import author_of, subject_of
from gitops_breakglass.core.authorize.shown import asked_duration, digests_of
from gitops_breakglass.core.authorize.terms import Terms, strictest, terms_of
from gitops_breakglass.core.debug.parts import Facts
from gitops_breakglass.core.schedule import recurrence_of, recurring_course, window_of
from gitops_breakglass.core.schedule.cron import ScheduleError
from gitops_breakglass.core.validate import judge
from gitops_breakglass.model.change import Change
from gitops_breakglass.model.decision import Approval, Decision, Denied, Evidence, Granted, Purpose, Reason, Unknown
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.recurrence import Recurrence
from gitops_breakglass.model.request import BreakglassRequest, Request
from gitops_breakglass.model.session_kinds import POD
from gitops_breakglass.model.unread import Unread
from gitops_breakglass.model.window import Window, print_duration

_BY_THE_MACHINE = frozenset({"InvalidTimezone"})
"""Rules that ask the machine they run on, which may be older than the one that the request was checked on."""


def authorize(case: Case, *, now: datetime) -> Decision:
    """Decide one request. Every guard must be content; what can't be known is Unknown and grants nothing."""
    change, request = case.change, case.request
    if isinstance(change, Unread):
        return Unknown((no_facts(change),))
    if not case.policies:
        return Unknown((no_facts(Unread("the policy that was in force can't be read")),))
    if reasons := content_reasons(change, request.id.path, case.touches, case.decided):
        return Denied(reasons)
    author = author_of(change, case.policies, now)
    if isinstance(author, tuple):
        return Denied(author)
    terms = _terms(request, author, case.policies, change.merged_at or now)
    if isinstance(terms, tuple):
        return Denied(terms)
    subject = subject_of(request, author, case.policies)
    if isinstance(subject, tuple):
        return Denied(subject)
    if reasons := _asker_reasons(request, author, terms, case.policies):
        return _refused(reasons, change, terms, now)
    return _decide(case, change, Asked(request, author, subject, terms), now)


def no_facts(unread: Unread) -> Reason:
    """Return the reason of whatever can't be decided since something could not be read."""
    return Reason("no-facts", unread.message, unread.hint)


def _terms(request: Request, author: str, policies: Sequence[PolicySide], at: datetime) -> Terms | tuple[Reason, ...]:
    result: Terms | None = None
    for policy in policies:
        terms = terms_of(request, author, policy, at=at)
        if isinstance(terms, tuple):
            return terms
        both = terms if result is None else strictest(result, terms)
        if isinstance(both, tuple):
            return both
        result = both
    return result or (Reason("no-facts", "there is no policy to judge by"),)


def _asker_reasons(request: Request, author: str, terms: Terms, policies: Sequence[PolicySide]) -> tuple[Reason, ...]:
    if author in terms.barred:
        return (terms.barred[author],)
    if author not in terms.allowed | terms.perhaps_allowed.people:
        who = f"{author} is not among those who may request {terms.source}"
        return (Reason("may-not-request", who, "ask somebody who is"),)
    return rule_reasons(request, policies)


def _refused(reasons: tuple[Reason, ...], change: Change, terms: Terms, now: datetime) -> Decision:
    """Refuse; but what was merged is not refused for good since this machine lacks a zone, as long as it may be decided."""
    if change.landing is None or {each.rule for each in reasons} - _BY_THE_MACHINE:
        return Denied(reasons)
    late = _too_late(change.merged_at, terms, now)
    return Unknown(reasons) if late is None else Denied((*reasons, late))


def rule_reasons(request: Request, policies: Sequence[PolicySide]) -> tuple[Reason, ...]:
    """Return what `check` would have found: nobody can be sure that it was run, or heeded, before the merge."""
    findings = (finding for policy in policies for finding in judge(request, policy) if finding.holds_back)
    return tuple(dict.fromkeys(Reason(each.rule, each.message, each.hint, each.location) for each in findings))


def _decide(case: Case, change: Change, asked: Asked, now: datetime) -> Decision:
    request, author, subject, terms = asked
    if terms.unsure:
        return Unknown(terms.unsure)
    counted = count(case, change, asked, now)
    if counted.vetoes and change.landing is not None:
        return Denied(counted.vetoes, counted.ignored)
    approvals = counted.approvals
    unsure = _unsure(counted, author, terms)
    if change.merged_at is None or change.landing is None or change.blob_now is None:
        return pending(change, asked, counted, case.policies, unsure, now)
    if missing := _not_approved(change, counted, terms):
        return Denied(missing, (*counted.ignored, *_why_not_oneself(author, terms)))
    digests = digests_of(case.policies, request, author, subject, change.blob_now, change.merged_at, case.facts)
    # Which offer it is may turn on who is in a team, and with it what it comes to.
    if not unsure and (reasons := tuple(_shown_otherwise(change, digests, case.facts))):
        return Denied(reasons, counted.ignored)
    if late := _too_late(change.merged_at, terms, now):
        return Denied((late,), counted.ignored)
    try:
        times = _times(request, asked_duration(request, terms), change.merged_at, now)
    except ScheduleError as error:
        return Unknown((Reason("no-facts", f"its schedule can't be read on this machine: {error}"),))
    if isinstance(times, Reason):
        return Denied((times,))
    too_many = exceeded(terms.limits, case.sessions, author, subject, terms.source, change.merged_at)
    if too_many is not None:
        return too_many
    if unsure:
        return Unknown(unsure)
    evidence = _evidence(case, change, author, terms, approvals)
    digest = next((each for each in digests if each in change.shown), digests[0] if digests else "")
    notes = renamed_notes(accounts_of(change, approvals), case.policies)
    windows, recurrence = times
    return Granted(subject, windows, replace(evidence, digest=digest), notes, recurrence, terms.participating)


def _too_late(merged_at: datetime | None, terms: Terms, now: datetime) -> Reason | None:
    """Return why it is not decided any more, if that is so."""
    if merged_at is None or now - merged_at <= terms.decision_window:
        return None
    late = (
        f"it was merged more than {print_duration(terms.decision_window)} ago, and memberships may have changed since"
    )
    return Reason("decision-too-late", late, "ask again")


def _times(
    request: Request, duration: timedelta, merged_at: datetime, now: datetime
) -> tuple[tuple[Window, ...], Recurrence | None] | Reason:
    """Return the window, or how windows recur; or why there is none any more."""
    if isinstance(request, BreakglassRequest) and request.schedule.is_recurring:
        recurrence = recurrence_of(request.schedule, duration, merged_at)
        if recurring_course(recurrence, now).is_over:
            return Reason("window-passed", "no window of its schedule is left", "ask again")
        return (), recurrence
    window = window_of(request, duration, merged_at)
    if window.end <= now:
        return Reason("window-passed", f"its window ended at {window.end:%Y-%m-%d %H:%M:%S} UTC", "ask again")
    return (window,), None


def _shown_otherwise(change: Change, digests: Sequence[str], facts: Facts | None) -> Iterator[Reason]:
    """Refuse what our own comment on the change showed as something else; where there is no comment, nothing was shown."""
    if change.shown and not set(change.shown) & set(digests):
        there = [f"{key} is {live.uid} now" for key, live in (facts or {}).items() if live and key.kind == POD.kind]
        yield Reason(
            "shown-otherwise",
            f"the comment on {change.id} showed something else than what is decided on: the digest is {digests[0][:12]}…, "
            f"not {change.shown[0][:12]}…{''.join(f'; {each}' for each in there)}",
            "ask again: what it comes to has changed since the gate looked at it last"
            + (", or a pod was replaced: the comment has the uid of the one that was seen" if there else ""),
        )


def _unsure(counted: Counted, author: str, terms: Terms) -> tuple[Reason, ...]:
    """Return what the answer depends on and can't be said: who is in which team."""
    reasons: list[Reason] = []
    if author not in terms.allowed:
        reasons += terms.perhaps_allowed.reasons
    if counted.perhaps_vetoes or (counted.lacks and not counted.perhaps_lacks):
        reasons += counted.reasons_of_perhaps
    return tuple(dict.fromkeys(reasons))


def _not_approved(change: Change, counted: Counted, terms: Terms) -> tuple[Reason, ...]:
    """Return which approval a merged change never had."""
    what = "was merged without an approval that counts"
    told = {
        Purpose.REQUEST: not_own(change, what, "ask again, in commits and pushes of your own alone")
        if terms.approval_optional
        else Reason("ApprovalRequired", f"{change.id} {what}", "ask again"),
        Purpose.OVERRIDE: Reason(
            "override-approval",
            f"{change.id} was merged without the approval of a second person, of what its escalation overrides",
            "ask again, and have both approve before the merge",
        ),
    }
    return tuple(told[each] for each in counted.perhaps_lacks)


def _why_not_oneself(author: str, terms: Terms) -> tuple[Reason, ...]:
    """Return why the merge is no approval of an author who is named among the approvers and does not count."""
    barred = terms.barred_approvers.get(author)
    return () if terms.block_self_approval or barred is None else (barred,)


def _evidence(case: Case, change: Change, author: str, terms: Terms, approvals: tuple[Approval, ...]) -> Evidence:
    if change.landing is None or change.merged_at is None or change.blob_now is None:
        msg = "only a merged change has evidence"
        raise AssertionError(msg)
    return Evidence(
        change=change.id,
        author=author,
        head=change.head,
        landing=change.landing,
        blob=change.blob_now,
        merged_at=change.merged_at,
        policy=tuple(dict.fromkeys(policy.commit for policy in case.policies)),
        source=terms.source,
        approvals=approvals,
        approval_asked=not terms.approval_optional,
        merged_by=str(change.merged_by) if change.merged_by is not None else "",
    )
