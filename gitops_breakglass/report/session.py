"""A debug session as approvers are shown it: who gets into which pods, how risky these are, and every object in full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitops_breakglass.core.debug.risk import PodRisk
from gitops_breakglass.core.yaml.dump import dump
from gitops_breakglass.model.debug_grant import DebugGrant, Failure, Injection, PodOperations, SessionObject
from gitops_breakglass.model.decision import Reason
from gitops_breakglass.model.kube import Manifest
from gitops_breakglass.model.window import print_duration
from gitops_breakglass.report.terminal import printable

_FAILURES = {
    Failure.FAIL: "",
    Failure.WARN: "; the session goes on without it, and says so",
    Failure.IGNORE: "; the session goes on without it",
}


def session_lines(grant: DebugGrant, notes: Sequence[Reason]) -> list[str]:
    """Return what is made and done, in that order, and who may do what in the pods; every line is printable."""
    return [printable(line) for line in _lines(grant, notes)]


def risk_lines(risks: Sequence[PodRisk]) -> list[str]:
    """Return the score of each pod with what it comes of, and what deny policies say of getting into it."""
    return [printable(line) for line in _risks(risks)]


def object_lines(grant: DebugGrant) -> list[tuple[str, list[str]]]:
    """Return each object and each container as YAML, beside a title in words of our own."""
    everything: list[tuple[str, Manifest]] = [
        *((f"Object {number} of {len(grant.objects)}", each.manifest) for number, each in enumerate(grant.objects, 1)),
        *(
            (f"Ephemeral container {number} of {len(grant.injections)}", each.container)
            for number, each in enumerate(grant.injections, 1)
        ),
    ]
    return [(title, [printable(line) for line in dump(manifest).splitlines()]) for title, manifest in everything]


def _lines(grant: DebugGrant, notes: Sequence[Reason]) -> Iterator[str]:
    for each in grant.objects:
        yield f"{each.key}, made for this session{_until(each)}{_FAILURES[each.failure]}"
    yield from (_injected(each) for each in grant.injections)
    can = allowed(grant.operations)
    yield f"in these pods, and no others: {', '.join(can) if can else 'nothing'}"
    yield from _around(grant)
    for person in grant.participants:
        yield f"{person.name} may do the same"
    for note in notes:
        yield f"note: {note.message} [{note.rule}]"


def allowed(operations: PodOperations) -> list[str]:
    """Return what may be done with a pod, in kubectl's words."""
    named = (
        ("exec", operations.exec),
        ("attach", operations.attach),
        ("port-forward", operations.port_forward),
        ("logs", operations.logs),
    )
    return [name for name, is_on in named if is_on]


def _until(made: SessionObject) -> str:
    return f", for {print_duration(made.ttl)} at most" if made.ttl is not None else ""


def _injected(injection: Injection) -> str:
    which = f" (uid {injection.pod_uid})" if injection.pod_uid else ", whatever pod has that name by then"
    stays = (
        "the pod is deleted at the end, for its owner to make anew"
        if injection.restart
        else "it stays in the pod after the session, without access"
    )
    return f"container {injection.name} is added to Pod {injection.namespace}/{injection.pod}{which}; {stays}"


def _around(grant: DebugGrant) -> Iterator[str]:
    """Say what of a pod that is somebody else's comes with a container in it."""
    for pod in dict.fromkeys(f"{each.namespace}/{each.pod}" for each in grant.injections):
        if into := [name for name in allowed(grant.operations) if name in {"exec", "attach"}]:
            yield f"in Pod {pod}, {' and '.join(into)} into what is added alone, which shares the network of the whole pod"
        if grant.operations.port_forward:
            yield f"port-forward to Pod {pod} reaches whatever listens in it, the application's own ports too"
        if grant.operations.logs:
            yield f"logs of Pod {pod} are those of all its containers, the application's too"


def _risks(risks: Sequence[PodRisk]) -> Iterator[str]:
    for risk in risks:
        why = f": {', '.join(risk.factors)}" if risk.factors else ""
        yield f"{risk.what} scores {risk.score}{why}"
        for said in risk.policies:
            because = f": {said.reason}" if said.reason else ""
            yield f"  {said.policy} says {said.answer.value} at {said.score}{because}"
