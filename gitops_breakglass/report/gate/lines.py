"""What the gate says of a change, section by section, as lines that are safe for a terminal and a block of code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gitops_breakglass.core.authorize.proposal import Proposal
from gitops_breakglass.core.authorize.shown import Shown
from gitops_breakglass.core.authorize.unmerged import State
from gitops_breakglass.core.effect import Effect, PlaceEffect
from gitops_breakglass.model.decision import Approval, Decision, Denied, Granted, Pending, Purpose, Reason, Unknown
from gitops_breakglass.model.window import print_duration
from gitops_breakglass.report.session import object_lines, risk_lines, session_lines
from gitops_breakglass.report.terminal import printable
from gitops_breakglass.report.windows import left_line, schedule_line, since_line, stretch_lines, window_lines, zones_of
from gitops_breakglass.report.words import moment, people, rule_lines

_VERDICTS = {
    State.WITHDRAWN: "withdrawn",
    State.REJECTED: "rejected",
    State.TIMED_OUT: "timed out",
}


class Section(NamedTuple):
    """A heading in our own words, and lines below it."""

    title: str
    lines: Sequence[str]
    is_whole: bool = False
    """Whether it is shown with all its lines wherever they fit: approvers are held to what they could read."""


def title_of(proposal: Proposal) -> str:
    """Return what the change asks for, in a few words; it is printable."""
    if proposal.request:
        title = str(proposal.request)
    elif proposal.ends:
        title = f"the end of {', '.join(map(str, proposal.ends))}"
    else:
        # What could not be read has no head, and nobody can say what it is about.
        title = f"the policy side, in {proposal.change}" if proposal.head else f"change {proposal.change}"
    return printable(title)


def verdict_of(proposal: Proposal) -> str:
    """Return the verdict in words of our own: nothing of the change is in it."""
    decision = proposal.decision
    if isinstance(decision, Pending) and proposal.state.state in _VERDICTS:
        return f"{_VERDICTS[proposal.state.state]}, not ready to merge"
    if isinstance(decision, Pending):
        return "ready to merge" if proposal.may_merge else "not ready to merge"
    return word_of(decision)


def word_of(decision: Decision | tuple[Approval, ...]) -> str:
    """Return what a decision is called; approvals stand for a change of the policy side that has them."""
    match decision:
        case Pending():
            return "pending"
        case Denied():
            return "denied"
        case Unknown():
            return "unknown"
        case Granted():
            return "granted"
        case tuple():
            return "approved"


def sections_of(proposal: Proposal) -> list[Section]:
    """Return the sections in the order in which they matter; those without lines are left out."""
    found = [
        Section("Why", list(_why(proposal))),
        Section("What remains", [f"{n}. {printable(step)}" for n, step in enumerate(proposal.remaining, start=1)]),
        Section(
            "Approvals",
            [
                *_approvals(proposal),
                *_unasked(proposal),
                *_may_approve(proposal),
                *_ignored(proposal),
                *_notes(proposal),
            ],
        ),
        Section("What it asks for", list(_asked(proposal))),
        Section("When", list(_when(proposal))),
        *_session(proposal.shown),
        Section("What it lets them do", list(_effects(proposal)) if proposal.effect else []),
        Section("Deny policies", list(_denied(proposal.effect)) if proposal.effect else []),
        Section("What is never granted", _removed(proposal.effect) if proposal.effect else []),
        Section("What is not known here", [printable(each) for each in unknown_of(proposal)]),
        Section("Judged by", list(_judged(proposal))),
    ]
    return [section for section in found if section.lines]


def approvals_of(proposal: Proposal) -> Sequence[Approval]:
    """Return the approvals that count."""
    match proposal.decision:
        case Pending(approvals=approvals):
            return approvals
        case Granted(evidence=evidence):
            return evidence.approvals
        case tuple() as approvals:
            return approvals
    return ()


def reasons_of(proposal: Proposal) -> Sequence[Reason]:
    """Return the reasons of the decision."""
    decision = proposal.decision
    return decision.reasons if isinstance(decision, Pending | Denied | Unknown) else ()


def notes_of(proposal: Proposal) -> Sequence[Reason]:
    """Return what changes nothing and should be looked at."""
    decision = proposal.decision
    return decision.notes if isinstance(decision, Pending | Granted) else ()


def ignored_of(proposal: Proposal) -> Sequence[Reason]:
    """Return why reviews do not count."""
    decision = proposal.decision
    return decision.ignored if isinstance(decision, Pending | Denied) else ()


def unknown_of(proposal: Proposal) -> list[str]:
    """Return what can't be said here, whether or not the decision depends on it: who is in teams, and what clusters add."""
    effect, terms = proposal.effect, proposal.shown.terms if proposal.shown else None
    teams = (*terms.perhaps_allowed.reasons, *terms.perhaps_approvers.reasons) if terms else ()
    if terms is not None and terms.override is not None:
        teams = (*teams, *terms.override.perhaps.reasons)
    return list(dict.fromkeys([*(each.message for each in teams), *(effect.unknown if effect else ())]))


def _why(proposal: Proposal) -> Iterator[str]:
    state = proposal.state
    if isinstance(proposal.decision, Pending) and state.state is not State.PENDING:
        yield f"{state.state}: {printable(state.why)}"
    for reason in reasons_of(proposal):
        yield f"{reason.rule}: {printable(reason.message)}"
        if reason.hint:
            yield f"  hint: {printable(reason.hint)}"


def _approvals(proposal: Proposal) -> Iterator[str]:
    for each in approvals_of(proposal):
        said = f": {printable(each.reason)}" if each.reason else ""
        what = "what it overrides was " if each.purpose is Purpose.OVERRIDE else ""
        yield f"{what}approved by {printable(each.person)} at {moment(each.approved_at)}{said}"


def _may_approve(proposal: Proposal) -> Iterator[str]:
    decision = proposal.decision
    if not isinstance(decision, Pending) or decision.ready:
        return
    if decision.lacks != (Purpose.OVERRIDE,):
        yield f"may approve: {printable(people(decision.may_approve, decision.unnamed)) or 'nobody'}"
    if Purpose.OVERRIDE in decision.lacks:
        who = printable(people(decision.may_approve_override, decision.unnamed_override)) or "nobody"
        yield f"may approve what it overrides, as a second person: {who}"


def _unasked(proposal: Proposal) -> Iterator[str]:
    """Say that nobody has to approve it, and nobody did: whoever merges it should know."""
    decision, shown = proposal.decision, proposal.shown
    is_bare = isinstance(decision, Pending) and decision.ready and not decision.approvals
    if is_bare and shown is not None and shown.terms.approval_optional:
        yield printable(f"nobody: no approval was asked for, which {shown.terms.source} allows")


def _ignored(proposal: Proposal) -> Iterator[str]:
    for each in ignored_of(proposal):
        yield f"does not count: {printable(each.message)} [{each.rule}]"


def _notes(proposal: Proposal) -> Iterator[str]:
    for each in notes_of(proposal):
        yield f"note: {printable(each.message)} [{each.rule}]"


def _asked(proposal: Proposal) -> Iterator[str]:
    for each in proposal.ends:
        yield printable(f"{each} ends with the first run after the merge, and its name can't be used again")
    shown, timing, merged_at = proposal.shown, proposal.timing, proposal.merged_at
    if shown is None or merged_at is None:
        return
    again = ", again and again" if timing is not None and timing.recurrence else ""
    yield printable(f"{shown.subject.name} gets {shown.terms.source} for {print_duration(shown.duration)}{again}")
    if timing is None or timing.window is None:
        return
    yield f"merged at {moment(merged_at)}, access holds"
    yield from (f"  {line}" for line in window_lines(timing.window, proposal.zone))


def _when(proposal: Proposal) -> Iterator[str]:
    """Tell a schedule as it is written, and the first windows of it; one window is told with what is asked for."""
    timing = proposal.timing
    if timing is None or timing.recurrence is None:
        return
    recurrence = timing.recurrence
    yield schedule_line(recurrence)
    yield "windows that begin before the merge do not count"
    if recurrence.since > timing.at:
        yield since_line(recurrence)
    yield f"merged at {moment(timing.at)}, access holds"
    yield from (f"  {line}" for line in stretch_lines(timing.outlook, zones_of(recurrence.location, proposal.zone)))
    yield f"  {left_line(timing.outlook)}"


def _effects(proposal: Proposal) -> Iterator[str]:
    if proposal.shown is not None and proposal.shown.session is not None:
        yield "in the session's own pods alone, each by its name once it is there:"
    if proposal.effect is not None:
        yield from _effect(proposal.effect)


def _effect(effect: Effect) -> Iterator[str]:
    for place in effect.places:
        yield from _place(place)
    yield from (printable(f"{each.rule}: {each.message}") for each in effect.problems)


def _place(place: PlaceEffect) -> Iterator[str]:
    where = f"in namespace {place.namespace}" if place.namespace else "on the whole cluster"
    yield f"{printable(f'{where}, from {place.source}')}:"
    yield from (f"  {printable(line)}" for line in rule_lines(place.rules))
    for each in place.primitives:
        yield printable(f"  ! {each.name} [{each.id}]: {'; '.join(each.rights)}")
        yield f"    {each.why}"


def _session(shown: Shown | None) -> Iterator[Section]:
    """Tell of a debug session what it makes and how risky that is, then every object in full."""
    session = shown.session if shown is not None else None
    if shown is None or session is None or session.grant is None:
        return
    yield Section("What it makes", session_lines(session.grant, session.notes))
    yield Section("How risky its pods are", risk_lines(shown.risks))
    yield from (Section(title, lines, is_whole=True) for title, lines in object_lines(session.grant))


def _denied(effect: Effect) -> Iterator[str]:
    held = effect.held
    if held is None:
        return
    for each in held.enforcement:
        place = held.location(each.policy)
        less = "" if each.exact else ", and more than it denies or not at once"
        yield printable(f"{each.policy} ({place}): {each.what} [{each.means}{less}]")
    if not effect.is_live:
        yield "as the policy side alone tells it, with the guard taken for installed"
    yield from (printable(f"{each.rule}: {each.message}") for each in (*held.doubts, *held.notes))


def _removed(effect: Effect) -> list[str]:
    return [printable(f"{each.rule_text}: {each.why}") for each in effect.removed]


def _judged(proposal: Proposal) -> Iterator[str]:
    if proposal.policy:
        yield f"the policy side at {printable(proposal.policy)}"
    if proposal.head:
        yield f"the change at {printable(proposal.head)}"
    if proposal.shown:
        yield f"digest of what is shown: sha256:{proposal.shown.digest}"
