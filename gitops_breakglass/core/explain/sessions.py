"""What a debug session gives and to whom: rights on its own pods alone, as the last run found them."""

from __future__ import annotations

from gitops_breakglass.core.authorize.lasting import left_of_session
from gitops_breakglass.core.debug.rights import rights_on
from gitops_breakglass.core.explain.known import Known, Landed
from gitops_breakglass.core.render.narrow import narrow
from gitops_breakglass.model.debug_grant import DebugGrant
from gitops_breakglass.model.explanation import Question
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.request import DebugRequest

_NOT_KNOWN = "it gives access to its own pods alone, and which these are is not known here"


def takes_part(landed: Landed, question: Question) -> bool:
    """Whether the subject is one of those who take part in the session without having asked for it."""
    statement, request = landed.statement, landed.request
    if statement is not None and statement.debug is not None:
        return question.username in {each.name for each in statement.debug.participants}
    words = set(request.participants) if isinstance(request, DebugRequest) else set()
    return bool(words & {question.username, question.subject})


def taking_part(landed: Landed, question: Question) -> str:
    """Return what to add to how it stands where it is somebody else's session; empty where it is not."""
    if not takes_part(landed, question):
        return ""
    owner = landed.statement.subject if landed.statement is not None else None
    return f" (a session of {owner.name if owner else 'somebody else'} in which {question.subject} takes part)"


def scopes_of_session(landed: Landed, known: Known) -> tuple[tuple[ScopedRules, ...], tuple[str, ...]]:
    """Return the rights on the pods that the last run gave them on, and why they are not known here, if so.

    What was signed is a bound, which in a workload's namespace names no pod: it is never told as a right.
    """
    if landed.statement is None or landed.statement.debug is None or landed.record is None:
        return (), (_NOT_KNOWN,)
    return narrow(landed.statement.scopes, rights_of_session(landed, known)), ()


def rights_of_session(landed: Landed, known: Known) -> tuple[ScopedRules, ...]:
    """Return the same whatever deny policies take of it."""
    debug, statement = _left(landed, known), landed.statement
    if debug is None or statement is None or landed.record is None:
        return ()
    pods: dict[str, list[str]] = {}
    for each in landed.record.session.pods:
        pods.setdefault(each.namespace, []).append(each.name)
    return rights_on(debug, pods, str(statement.evidence.get("source", "")))


def _left(landed: Landed, known: Known) -> DebugGrant | None:
    """Return what the policy side still offers of it; None where that is nothing."""
    statement, request = landed.statement, landed.request
    if statement is None or statement.debug is None or not isinstance(request, DebugRequest):
        return None if statement is None else statement.debug
    left = left_of_session(statement, statement.debug, request, known.policy)
    return None if isinstance(left, str) else left
