"""What one request's template offers on its cluster, once its binding has narrowed it."""

from __future__ import annotations

from datetime import datetime

from gitops_breakglass.core.debug.bindings import is_disabled, is_for_cluster, is_for_template, is_in_time
from gitops_breakglass.core.debug.choices import auxiliary_of, restrictions_of, scheduling_of
from gitops_breakglass.core.debug.narrowing import narrowest
from gitops_breakglass.core.glob import matches_any
from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.model.debug_offer import DebugBinding, DebugOffer, DebugTemplate, Mode
from gitops_breakglass.model.decision import Reason
from gitops_breakglass.model.policy import ClusterConfig, PolicySide
from gitops_breakglass.model.request import DebugRequest


def offer_of(
    request: DebugRequest, policy: PolicySide, *, now: datetime | None = None, decided: str | None = None
) -> DebugOffer | tuple[Reason, ...]:
    """Return what is offered to the request, or why nothing is: in everything the stricter of template and binding.

    Without `now` a binding counts as in its time. With `decided`, the source of an earlier decision, it is that one's
    binding, or none if it had none, and its time is not asked again: what has begun is not ended by a binding's end.
    """
    cluster = policy.clusters.get(request.id.cluster)
    template = policy.debug.templates.get(request.template)
    if cluster is None:
        return (_no(request, "unknown-cluster", f"there is no cluster {request.id.cluster}", "metadata", "name"),)
    if template is None:
        what = f"there is no DebugSessionTemplate {request.template} that can be used"
        return (_no(request, "unknown-debug-template", what, "spec", "templateRef"),)
    pod = policy.debug.pods.get(template.pod) if template.pod else None
    if template.pod and pod is None and template.mode is not Mode.KUBECTL_DEBUG:
        what = f"template {template.name} is made from DebugPodTemplate {template.pod}, which is not there or can't be read"
        return (_no(request, "unknown-debug-template", what, "spec", "templateRef"),)
    found = _binding(request, template, cluster, policy, now, decided)
    if isinstance(found, Reason):
        return (found,)
    terms = narrowest(template, found, policy, cluster)
    scheduling, option = scheduling_of(request, template, found)
    return DebugOffer(
        template=template,
        binding=found,
        pod=pod,
        allowed=terms.allowed,
        restricted=restrictions_of(request, template, option),
        approvers=terms.approvers,
        auto_approval=terms.auto_approval,
        request_reason=terms.request_reason,
        approval_reason=terms.approval_reason,
        max_duration=terms.max_duration,
        default_duration=min(terms.default_duration, terms.max_duration),
        operations=terms.operations,
        namespaces=terms.namespaces,
        scheduling=scheduling,
        auxiliary=auxiliary_of(request, template, found),
        labels=terms.labels,
        annotations=terms.annotations,
        limits=terms.limits,
    )


def possible_offers(request: DebugRequest, policy: PolicySide) -> tuple[DebugOffer, ...]:
    """Return every offer that the request may come to, whichever binding is in its time when it is decided."""
    template, cluster = policy.debug.templates.get(request.template), policy.clusters.get(request.id.cluster)
    if template is None or cluster is None:
        return ()
    plain = f"debug-template/{template.name}"
    sources = [plain, *(f"{plain}@{each.namespace}/{each.name}" for each in bindings_for(template, cluster, policy))]
    found = [offer_of(request, policy), *(offer_of(request, policy, decided=each) for each in sources)]
    return tuple({each.source: each for each in found if isinstance(each, DebugOffer)}.values())


def bindings_for(
    template: DebugTemplate, cluster: ClusterConfig, policy: PolicySide, now: datetime | None = None
) -> tuple[DebugBinding, ...]:
    """Return the bindings that make the template usable on the cluster, by namespace and name."""
    return tuple(each for each in policy.debug.bindings if _problem(each, template, cluster, now) is None)


def offers_on(template: DebugTemplate, cluster: ClusterConfig) -> bool:
    """Whether the template itself says that it is for the cluster."""
    return matches_any(Reading(template.document).texts("spec", "allowed", "clusters"), cluster.name)


def _binding(
    request: DebugRequest,
    template: DebugTemplate,
    cluster: ClusterConfig,
    policy: PolicySide,
    now: datetime | None,
    decided: str | None,
) -> DebugBinding | Reason | None:
    """Return the binding that the request names, else upstream's choice, which is the first; None where none is needed."""
    if decided is not None:
        name, at, binding = decided.removeprefix("debug-template/").partition("@")
        if name == template.name:
            now = None
            wanted = tuple(binding.split("/", 1)) if at else None
            if wanted is None and offers_on(template, cluster):
                return None
            if wanted is not None:
                return _named(request, (wanted[0], wanted[1]), template, cluster, policy, None)
    if request.binding is not None:
        return _named(request, request.binding, template, cluster, policy, now)
    found = bindings_for(template, cluster, policy, now)
    if found:
        return found[0]
    if offers_on(template, cluster):
        return None
    return _no(
        request,
        "debug-cluster",
        f"template {template.name} is not for cluster {cluster.name}",
        "spec",
        "templateRef",
        hint="the template's own clusters, or a binding that is in its time, say where it may be used",
    )


def _named(
    request: DebugRequest,
    wanted: tuple[str, str],
    template: DebugTemplate,
    cluster: ClusterConfig,
    policy: PolicySide,
    now: datetime | None,
) -> DebugBinding | Reason:
    """Return the binding of that namespace and name. One that names no namespace itself is in any."""
    namespace, name = wanted
    bindings = [each for each in policy.debug.bindings if each.name == name and each.namespace in ("", namespace)]
    found = next(iter(bindings), None)
    what = f"there is no DebugSessionClusterBinding {name} in namespace {namespace}"
    problem = what if found is None else _problem(found, template, cluster, now)
    if problem is None and found is not None:
        return found
    return _no(
        request,
        "debug-binding",
        problem or what,
        "spec",
        "bindingRef",
        hint="leave it out, or name one that may be used",
    )


def _problem(
    binding: DebugBinding, template: DebugTemplate, cluster: ClusterConfig, now: datetime | None
) -> str | None:
    """Say why a binding can't be used for a template on a cluster, or None."""
    reading = Reading(binding.document)
    if not is_for_template(reading, template.document):
        return f"binding {binding.name} is not for template {template.name}"
    if not is_for_cluster(reading, cluster.name, dict(cluster.labels)):
        return f"binding {binding.name} is not for cluster {cluster.name}"
    if is_disabled(reading):
        return f"binding {binding.name} is disabled"
    if not is_in_time(reading, now):
        return f"binding {binding.name} is not in its time"
    return None


def _no(request: DebugRequest, rule: str, message: str, *path: str, hint: str | None = None) -> Reason:
    return Reason(rule, message, hint or "name what the policy side has", request.document.at(*path))
