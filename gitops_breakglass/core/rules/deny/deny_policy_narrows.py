"""What deny policies keep away from a request is told where it is asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from gitops_breakglass.core.deny.preview import Preview
from gitops_breakglass.core.narrowing import narrowing_of
from gitops_breakglass.core.rules.rule import Rule
from gitops_breakglass.model.enforcement import Enforcement
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import Request

_ID = "deny-policy-narrows"
_MOST = 3
"""Policies that are told of one by one, and what each of them keeps away; of the others it is said how many they are."""


def _on_request(request: Request, policy: PolicySide) -> Iterator[Finding]:
    found = narrowing_of(request, policy)
    if found is None or found.problems or found.doubts or not (found.enforcement or found.notes):
        return
    place = request.document.at("spec")
    by_policy: defaultdict[str, list[Enforcement]] = defaultdict(list)
    for each in found.enforcement:
        by_policy[each.policy].append(each)
    for name, held in list(by_policy.items())[:_MOST]:
        message = f"deny policy {name} ({found.location(name)}) keeps away {_what(held)}"
        yield Finding(_ID, message, place, Severity.NOTE, hint=_left(found))
    if (more := len(by_policy) - _MOST) > 0:
        message = f"further deny policies keep something away: {more}"
        yield Finding(_ID, message, place, Severity.NOTE, hint=_left(found))
    for note in found.notes:
        yield Finding(_ID, f"{note.message} ({note.location})", place, Severity.NOTE, hint=note.hint)


def _what(held: Sequence[Enforcement]) -> str:
    told = [f"{each.what} ({each.means})" for each in held[:_MOST]]
    return "; ".join([*told, *([f"and {len(held) - _MOST} more"] if len(held) > _MOST else [])])


def _left(found: Preview) -> str:
    if found.left is None:
        return "what remains is for the cluster to say: `gitops-breakglass gate --cluster` asks it"
    return f"what the policy side gives, but for what is guarded or enumerated: {found.remains}"


RULE = Rule(
    _ID,
    "what deny policies keep away from a request is told",
    "Deny wins: what a deny policy forbids is not granted, whatever the request asks for. Whoever asks, and whoever approves, "
    "knows before the incident what will not work. It is told by the policy side alone, with the guard taken for installed.",
    on_request=_on_request,
)
