"""Whose an object may be by its own marks: when it came to be, which program set what, and who might have."""

from __future__ import annotations

from collections.abc import Sequence

from gitops_breakglass.core.residue.scene import Others, Scene
from gitops_breakglass.core.residue.sorts import sort_of
from gitops_breakglass.model.residue import Certainty, Deed, Left, Met, Trace

_COMPONENTS = frozenset(
    {
        "cloud-controller-manager",
        "cluster-autoscaler",
        "kube-apiserver",
        "kube-controller-manager",
        "kube-proxy",
        "kube-scheduler",
        "kubelet",
    }
)
"""What the cluster's own parts call themselves; so may anybody else."""
_CHANGES = ("patch", "update")


def by_marks(met: Met, scene: Scene, others: Others | None) -> Left | None:
    """Return what an object's own marks say, or None where it neither came to be nor was changed while access held.

    `others` is None where nobody could be asked who else might. Never more than likely: a program's name is no person's.
    """
    if met.created is not None and scene.span_of(met.created) is not None:
        programs = _programs(met, scene)
        why = f"came to be while access held, by {', '.join(programs)}" if programs else "came to be while access held"
        certainty, because = _grade(met, ("create",), scene, others, told=bool(programs) and not met.owner)
        return Left(met.key, sort_of(met), Deed.MADE, certainty, met.created, f"{why}; {because}", met.owner)
    last = max((each for each in met.traces if tells(each) and scene.span_of(each.at)), default=None)
    if last is None:
        return None
    certainty, because = _grade(met, _CHANGES, scene, others, told=True)
    why = f"fields that it has were set while access held, by {last.program or 'a program without a name'}"
    return Left(met.key, sort_of(met), Deed.CHANGED, certainty, last.at, f"{why}; {because}", met.owner)


def is_changed_by_component(met: Met, scene: Scene) -> bool:
    """Whether fields were set while access held under a name that parts of the cluster use, and by nobody else."""
    inside = [each for each in met.traces if not each.subresource and scene.span_of(each.at)]
    return bool(inside) and not any(map(tells, inside))


def _programs(met: Met, scene: Scene) -> Sequence[str]:
    return sorted({each.program for each in met.traces if each.program and tells(each) and scene.span_of(each.at)})


def tells(trace: Trace) -> bool:
    """Whether it may be a person's program: a status is written by what watches over the object."""
    return trace.subresource != "status" and trace.program not in _COMPONENTS


def _grade(met: Met, verbs: Sequence[str], scene: Scene, others: Others | None, *, told: bool) -> tuple[Certainty, str]:
    where = (met.group, met.resource, met.key.namespace)
    if not any(scene.allowed(verb, *where) for verb in verbs):
        return Certainty.POSSIBLE, "the grant itself did not allow that"
    if others is None:
        return Certainty.POSSIBLE, "who else may do that could not be read"
    if any(others.might(verb, *where) for verb in verbs):
        return Certainty.POSSIBLE, "others may do that, too"
    if not told:
        return Certainty.POSSIBLE, "no program of a person is named"
    return Certainty.LIKELY, "the grant allowed that, and nobody else is bound to do it"
