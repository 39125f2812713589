"""The pod of a workload: what its template says, what the session adds, and what holds whatever they say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitops_breakglass.core.debug.parts import Asking
from gitops_breakglass.core.debug.workload.scheduling import add_tolerations, ask_node_labels, constrain
from gitops_breakglass.core.debug.workload.text_pod import Base
from gitops_breakglass.core.debug.workload.texts import Texts
from gitops_breakglass.core.debug.workload.told import Source, Told, entries, mapping, plain
from gitops_breakglass.model.debug_offer import DebugOffer
from gitops_breakglass.model.document import Document, Node, Path

GRACE = 5
"""Seconds that the pods get to end, at most: deleting a pod is what ends the streams into it."""
_HOST = ("hostNetwork", "hostPID", "hostIPC")


def pod_spec(asking: Asking, base: Base, texts: Texts) -> dict[str, Any]:
    """Return the pod's spec in the order of upstream's rendering, so that what comes later wins, or narrows."""
    spec, told = asking.offer.template.spec, texts.told
    document = asking.offer.template.document
    pod: dict[str, Any] = plain(base.spec)
    text = spec.get("podOverridesTemplate")
    if isinstance(text, str) and text:
        place = Source(document, ("spec", "podOverridesTemplate"), is_text=True)
        for changes in texts.read(text, place):
            # With `spec` around the fields, as in podOverrides, or without.
            override(pod, changes if "spec" in changes else {"spec": changes}, place, told)
    override(pod, mapping(plain(spec.get("podOverrides"))), Source(document, ("spec", "podOverrides")), told)
    if isinstance(spec.get("affinityOverrides"), Mapping):
        pod["affinity"] = plain(spec["affinityOverrides"])
    add_tolerations(pod, entries(plain(spec.get("additionalTolerations"))))
    wanted = Source(asking.request.document, ("spec", "nodeSelector"))
    ask_node_labels(pod, asking.request.node_selector, wanted, told, "node-selector")
    for constraints in asking.offer.scheduling:
        source = constraints_source(asking.offer, constraints)
        constrain(pod, mapping(plain(constraints)), source, told)
    _always(pod, base, told)
    # What several terms share is one value no more.
    whole: dict[str, Any] = plain(pod)
    return whole


def override(pod: dict[str, Any], overrides: Mapping[str, Any], source: Source, told: Told) -> None:
    """Let the three fields of `podOverrides.spec` take the place of the pod's; anything else in it is a problem."""
    changes = mapping(overrides.get("spec"))
    unknown = [("spec", key) for key in changes if key not in _HOST]
    for path in [*((key,) for key in overrides if key != "spec"), *unknown]:
        told.problem(
            "pod-overrides",
            f"{path[-1]} can't be overridden: only {', '.join(_HOST)} can",
            source.at(*path),
            "change it in the pod's own template",
        )
    pod.update({key: changes[key] for key in _HOST if key in changes})


def constraints_source(offer: DebugOffer, constraints: Mapping[str, Node]) -> Source:
    """Return where a block of constraints stands: in the binding, the template, or the option that was chosen."""
    default: Source = Source(offer.template.document, ("spec", "schedulingConstraints"))
    return next((Source(document, path) for document, path in _blocks(offer, constraints)), default)


def _blocks(offer: DebugOffer, constraints: Mapping[str, Node]) -> list[tuple[Document, Path]]:
    found: list[tuple[Document, Path]] = []
    for owner in (offer.template, offer.binding):
        if owner is None:
            continue
        if owner.spec.get("schedulingConstraints") == constraints:
            found.append((owner.document, ("spec", "schedulingConstraints")))
        options = mapping(plain(owner.spec.get("schedulingOptions"))).get("options")
        for index, option in enumerate(entries(options)):
            if mapping(option).get("schedulingConstraints") == plain(constraints):
                path: Path = ("spec", "schedulingOptions", "options", index, "schedulingConstraints")
                found.append((owner.document, path))
    return found


def _always(pod: dict[str, Any], base: Base, told: Told) -> None:
    policy = pod.get("restartPolicy")
    if policy not in (None, "Always"):
        told.note(
            "debug-pod-restart",
            f"the pods restart although the template says {policy}: a workload's pods can't do otherwise",
            base.source.at("restartPolicy"),
        )
    pod["restartPolicy"] = "Always"
    if pod.setdefault("automountServiceAccountToken", False) is True:
        account = pod.get("serviceAccountName") or "default"
        told.note(
            "token-mounted",
            f"whoever is in the pods can act as the service account {account}, whose token they hold",
            base.source.at("automountServiceAccountToken"),
        )
    pod.setdefault("enableServiceLinks", False)
    seconds = pod.get("terminationGracePeriodSeconds")
    if type(seconds) is int and seconds > GRACE:
        told.note(
            "grace-shortened",
            f"the pods get {GRACE} seconds to end, and not {seconds}: deleting them is what ends the streams into them",
            base.source.at("terminationGracePeriodSeconds"),
        )
    pod["terminationGracePeriodSeconds"] = min(seconds, GRACE) if type(seconds) is int else GRACE
