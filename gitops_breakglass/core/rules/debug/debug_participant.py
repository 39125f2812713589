"""Whoever takes part in a debug session is known, and may have one."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.rules.rule import Rule
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import DebugRequest

_ID = "debug-participant"


def _on_debug(request: DebugRequest, policy: PolicySide) -> Iterator[Finding]:
    cluster, seen = request.id.cluster, set[str]()
    known = [word for each in policy.identities.people for word in (*each.emails, each.username_on(cluster)) if word]
    for index, word in enumerate(request.participants):
        person = policy.identities.answering_to(word, cluster)
        problem = None
        if person is None:
            problem = f"{word} is nobody's e-mail address, nor anybody's username on {cluster}"
        elif person.name in seen:
            problem = f"{word} takes part already"
        elif request.user is not None and person.answers_to(request.user, cluster):
            problem = f"{word} is who asks, and has the session anyway"
        if problem is not None:
            at = request.document.at("spec", "invitedParticipants", index)
            yield Finding(_ID, problem, at, hint=nearest(word, known) or "name people of identities.yaml, each once")
        seen |= {person.name} if person else set()


RULE = Rule(
    _ID,
    "whoever takes part in a debug session is in identities.yaml, once",
    "A participant gets into the same pods, so it has to be known who that is. Whether they may ask for the template "
    "themselves is found out with the decision, when it is known who is in which team.",
    on_debug=_on_debug,
)
