"""The smallest change that would let somebody do what they may not do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from gitops_breakglass.core.explain.holding import resource_of
from gitops_breakglass.core.explain.requests import to_the_second
from gitops_breakglass.model.deny import Answer, Verdict
from gitops_breakglass.model.explanation import Question, Standing, Way


@dataclass(frozen=True)
class Denials:
    """What has to be known of deny policies to say what to change about them."""

    anyway: Verdict
    """What they say of the call by whatever request it came."""
    shipped: AbstractSet[str] = frozenset()
    """The names of those that nobody here can edit."""
    knows_pod: bool = False
    """Whether the pod was known; an exemption does nothing for one that is not."""


def smallest_change(requests: Iterable[Way], offered: Iterable[Way], question: Question, denials: Denials) -> str:
    """Return what to do: to wait, to ask, to have a policy or an offer changed; whatever takes the fewest people first."""
    return next(_changes(tuple(requests), tuple(offered), question, denials))


def _changes(
    requests: tuple[Way, ...], offered: tuple[Way, ...], question: Question, denials: Denials
) -> Iterator[str]:
    for way in requests:
        if way.gives and way.standing is Standing.NOT_YET and way.window is not None:
            begins = "opens next" if way.recurs else "begins"
            yield f"wait: {way.name} {begins} at {to_the_second(way.window.start)}"
        if way.gives and way.standing is Standing.WAITING:
            yield f"have {way.name} decided: {way.why}"
    for way in requests:
        if way.gives and way.standing is Standing.NOT_PROVED:
            yield f"none, if {way.name} was approved and its window is open: ask where {question.cluster} can be read"
    ended = next((way for way in requests if way.gives and way.standing is Standing.ENDED), None)
    again = f"{ended.name}: {ended.why}; ask again: " if ended else ""
    for way in offered:
        if way.gives and way.standing in {Standing.OPEN, Standing.NOT_PROVED}:
            yield f"{again}{_ask(way, question)}"
    holders = (*requests, *offered)
    for way in holders:
        if way.is_denied and way.standing in {Standing.OPEN, Standing.NOT_YET, Standing.NOT_PROVED}:
            yield _exempt(way, question, denials)
    yield from _closed(offered, question, denials)
    if unsure := [way.name for way in holders if way.unsure]:
        yield f"ask where {question.cluster} can be read: what {', '.join(unsure)} gives there is not known here"
    too = f"; and {_lifted(denials.anyway, question, denials)}" if denials.anyway.answer is Answer.DENY else ""
    yield (
        f"have a role of an escalation that {question.subject} may ask for hold `{_what(question)}`, or a new "
        f"escalation offered, by an approved change of the policy side{too}"
    )


def _ask(way: Way, question: Question) -> str:
    perhaps = f" (open to {question.person} if they are in its team)" if way.standing is Standing.NOT_PROVED else ""
    if way.kind == "offer":
        return f"ask by a Breakglass request that fits offer {way.name}, which gives it{perhaps}"
    command = f"gitops-breakglass request {question.cluster} NAME --escalation {way.name}"
    return f"ask for escalation {way.name} ({way.location}), which gives it{perhaps}: `{command}`"


def _exempt(way: Way, question: Question, denials: Denials) -> str:
    if way.verdict is None:
        return ""
    return f"{_lifted(way.verdict, question, denials)}; {way.kind} {way.name} holds it"


def _lifted(verdict: Verdict, question: Question, denials: Denials) -> str:
    if verdict.policy in denials.shipped:
        off = f"`defaultPolicies: {{disabled: [{verdict.policy}]}}` in breakglass.yaml"
        return f"turn the default policy {verdict.policy} off by {off}"
    policy = f"deny policy {verdict.policy} ({verdict.location})"
    if verdict.score is None:
        name = f" {question.ask.name}" if question.ask.name else ""
        return f"have `{_what(question)}`{name} taken out of what {policy} denies"
    if not denials.knows_pod:
        return f"name the pod, or hand it in with `--pod FILE`: it hangs on what runs in it whether {policy} denies it"
    return f"add the namespace {question.ask.namespace}, or a label of the pod, to `exemptions` of {policy}"


def _closed(offered: tuple[Way, ...], question: Question, denials: Denials) -> Iterator[str]:
    for way in offered:
        if way.standing is Standing.CLOSED and way.gives:
            if question.person is None:
                yield f"add {question.subject} to identities.yaml, and to those who may ask for {way.kind} {way.name}"
            yield f"add {question.person} to `allowed` of {way.kind} {way.name} ({way.location}), which gives it; {way.why}"
    for way in offered:
        if way.standing is Standing.CLOSED and way.is_denied:
            yield f"add {question.subject} to `allowed` of {way.kind} {way.name} ({way.location}), and {_exempt(way, question, denials)}"


def _what(question: Question) -> str:
    ask = question.ask
    if ask.path:
        return f"{ask.verb} {ask.path}"
    group = f" ({ask.group})" if ask.group else ""
    return f"{ask.verb} {resource_of(ask)}{group}"
