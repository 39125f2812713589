"""What is left of one grant's use: each object once, with the surest thing that can be said of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from gitops_breakglass.core.residue.deeds import Deeds
from gitops_breakglass.core.residue.marks import by_marks, is_changed_by_component
from gitops_breakglass.core.residue.scene import SECOND, Others, Scene
from gitops_breakglass.model.kube import CLOUDNIMBUS_GROUP, NAMESPACE, OUR_GROUP, TELEKOM_GROUP
from gitops_breakglass.model.policy import Rbac
from gitops_breakglass.model.residue import Certainty, Left, Met, Residue, Sort, Traces
from gitops_breakglass.model.use import Call
from gitops_breakglass.model.window import print_time

_OURS = frozenset({OUR_GROUP, TELEKOM_GROUP, CLOUDNIMBUS_GROUP})
_SURE = tuple(Certainty)
_FIRST = tuple(Sort)


@dataclass(frozen=True)
class Looked:
    """What was read to find residue. `calls` and `rbac` are None where there is none to read."""

    traces: Traces
    calls: Sequence[Call] | None = None
    since: datetime | None = None
    until: datetime | None = None
    """The times of the log's first and last call, of whomever."""
    rbac: Rbac | None = None
    others: Others | None = None


def residue(scene: Scene, looked: Looked) -> Residue:
    """Return everything that is left, the most dangerous sort first, and of each sort the surest.

    With a log, what others are seen to have made is left out; without one nobody can tell, so it is only possible.
    """
    deeds = None if looked.calls is None else Deeds(looked.calls, scene)
    met = [each for each in looked.traces.met if not _is_ours(each, scene)]
    left = [found for each in met if (found := _of(each, scene, looked, deeds)) is not None]
    left.sort(key=lambda each: (_FIRST.index(each.sort), _SURE.index(each.certainty), str(each.key), each.key))
    return Residue(
        tuple(left),
        tuple(_bound(left, looked.rbac)),
        deeds.tokens() if deeds else (),
        deeds.gone(looked.traces) if deeds else 0,
        tuple(_unseen(met, scene, looked)),
    )


def _of(met: Met, scene: Scene, looked: Looked, deeds: Deeds | None) -> Left | None:
    for ask in (deeds.by_log, deeds.unnamed) if deeds is not None else ():
        found, is_all = ask(met)
        if is_all:
            return found
    return by_marks(met, scene, looked.others)


def _is_ours(met: Met, scene: Scene) -> bool:
    """Whether it is of the tool itself: a label would not do, since anybody may write it."""
    return met.uid in scene.ours or (met.key.namespace == NAMESPACE and met.group in _OURS)


def _bound(left: Iterable[Left], rbac: Rbac | None) -> Iterator[str]:
    """Yield what is bound to the ServiceAccounts among what is left, whoever bound it and whenever."""
    made = {(each.key.namespace, each.key.name): each for each in left if each.key.kind == "ServiceAccount"}
    for binding in rbac.bindings if rbac else ():
        where = f"in {binding.namespace}" if binding.namespace else "on the whole cluster"
        for one in binding.subjects:
            account = made.get((one.namespace, one.name)) if one.kind == "ServiceAccount" else None
            if account is not None:
                yield f"{account.key} ({account.certainty}) holds {binding.role_kind} {binding.role_name} {where}, by {_name(binding.namespace, binding.name)}"


def _name(namespace: str, name: str) -> str:
    return f"RoleBinding {namespace}/{name}" if namespace else f"ClusterRoleBinding {name}"


def _unseen(met: Iterable[Met], scene: Scene, looked: Looked) -> Iterator[str]:
    yield "what was read or copied, and what ran inside of containers"
    yield "objects that were deleted since, and objects elsewhere than on this cluster"
    yield "what an aggregated API did beyond the objects that it lists"
    for why, kinds in sorted(_by_reason(looked.traces)):
        yield f"objects of {', '.join(kinds)}: {why}"
    if looked.calls is not None:
        yield "calls that the audit log lacks: its policy may leave kinds out, and old files are thrown away"
        yield from _uncovered(scene, looked)
        return
    yield (
        "without an audit log: who made what, tokens that were issued by TokenRequest, fields that were taken out, and"
        " changes whose marks were cleared"
    )
    number = sum(is_changed_by_component(each, scene) for each in met)
    if number:
        told = "1 object" if number == 1 else f"{number} objects"
        yield f"whether {told} that only parts of the cluster changed, by their name, were changed by them: names are free"
    if looked.others is None:
        yield "who else may do what the grant allowed: roles and bindings could not be read"
    else:
        yield "what members of system:masters did, who are bound nowhere: what is likely may be theirs"


def _uncovered(scene: Scene, looked: Looked) -> Iterator[str]:
    """Yield where the log tells of less than the time in which access held; what its own calls say is all that is known."""
    if not scene.spans or looked.since is None or looked.until is None:
        yield "anything by the audit log: no call of that time is in it"
        return
    if looked.since > scene.spans[0].start:
        yield f"calls before {print_time(looked.since)}: access held already, and the audit log begins then"
    if looked.until < scene.spans[-1].end - SECOND:
        yield f"calls after {print_time(looked.until)}: access still held, and nothing in the audit log is later"


def _by_reason(traces: Traces) -> list[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for kind, why in sorted(traces.unlisted.items()):
        found.setdefault(why, []).append(kind)
    return list(found.items())


def counted(left: Iterable[Left]) -> Counter[Certainty]:
    """Return how many there are of each certainty."""
    return Counter(each.certainty for each in left)
