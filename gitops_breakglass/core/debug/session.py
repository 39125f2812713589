"""A debug session as a whole: what it makes on its cluster, for whom, and with which rights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gitops_breakglass.core.debug.namespaces import namespace_of
from gitops_breakglass.core.debug.operations.objects import operation_parts
from gitops_breakglass.core.debug.parts import Asking, Facts
from gitops_breakglass.core.debug.workload.objects import workload_parts
from gitops_breakglass.core.names import session_name
from gitops_breakglass.model.debug_grant import DebugGrant
from gitops_breakglass.model.debug_offer import DebugOffer, Mode
from gitops_breakglass.model.decision import Reason
from gitops_breakglass.model.request import DebugRequest, Subject


@dataclass(frozen=True)
class Session:
    """What a request comes to; with `problems` there is no `grant`. `notes` say what differs from the file's own words."""

    grant: DebugGrant | None
    notes: tuple[Reason, ...] = ()
    problems: tuple[Reason, ...] = ()


def session_of(
    request: DebugRequest,
    offer: DebugOffer,
    owner: Subject,
    participants: Sequence[Subject],
    facts: Facts | None,
    *,
    repository: str,
) -> Session:
    """Render a session: the same for everybody who looks at the same request, template and cluster.

    Nothing in it depends on the time or on who approved, so that what is shown in the pull request is what is made.
    """
    name = session_name(repository, request.id)
    asking = Asking(request, offer, name, owner, facts)
    parts = []
    if offer.template.mode is not Mode.KUBECTL_DEBUG:
        parts.append(workload_parts(asking))
    if offer.template.mode is not Mode.WORKLOAD:
        parts.append(operation_parts(asking))
    notes = tuple(note for each in parts for note in each.notes)
    if problems := tuple(problem for each in parts for problem in each.problems):
        return Session(None, notes, problems)
    objects = [made for each in parts for made in each.objects]
    order = list(type(objects[0].part)) if objects else []
    grant = DebugGrant(
        name=name,
        template=offer.template.name,
        binding=f"{offer.binding.namespace}/{offer.binding.name}" if offer.binding else "",
        namespace=namespace_of(request, offer),
        operations=offer.operations,
        participants=tuple(participants),
        objects=tuple(sorted(objects, key=lambda each: order.index(each.part))),
        injections=tuple(made for each in parts for made in each.injections),
        fails_open=offer.template.spec.get("failMode") == "open",
    )
    return Session(grant, notes)
