"""An asking from YAML: documents of the policy side and a DebugSession, put together as the real readers do."""

from datetime import timedelta

from gitops_breakglass.adapters import yamlfile
from gitops_breakglass.core.debug.parts import Asking
from gitops_breakglass.core.debug.workload.objects import workload_parts
from gitops_breakglass.core.names import session_name
from gitops_breakglass.core.read.reading import Reading, words_of
from gitops_breakglass.model.audience import Audience
from gitops_breakglass.model.debug_grant import PodOperations
from gitops_breakglass.model.debug_offer import (
    DebugBinding,
    DebugOffer,
    DebugPodTemplate,
    DebugTemplate,
    Mode,
    NamespaceChoice,
    ReasonRule,
)
from gitops_breakglass.model.request import DebugRequest, RequestId, Subject

REPOSITORY = "local:example"
ASKING = """\
apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: DebugSession
metadata: {name: inc-4711}
spec: {templateRef: debugging, cluster: prod, reason: INC-4711}
"""


def asked(text, facts=None):
    """Return the asking of a stream of documents; those of the policy side first, the DebugSession anywhere."""
    loaded = yamlfile.load(
        (text if "kind: DebugSession\n" in text else f"{text}\n---\n{ASKING}").encode(), "asked.yaml"
    )
    assert loaded.findings == ()
    found = {document.kind: document for document in loaded.documents}
    template = Reading(found["DebugSessionTemplate"])
    request = Reading(found["DebugSession"])
    name = request.document.name
    chosen = request.texts("spec", "selectedAuxiliaryResources")
    file = DebugRequest(
        id=RequestId(request.text("spec", "cluster"), name),
        document=request.document,
        template=request.text("spec", "templateRef"),
        reason=request.text("spec", "reason") or "",
        target_namespace=request.text("spec", "targetNamespace") or "",
        node_selector=words_of(request.node("spec", "nodeSelector")),
        scheduling_option=request.text("spec", "selectedSchedulingOption") or "",
        auxiliary=chosen,
        values=request.node("spec", "extraDeployValues") or {},
    )
    offer = offer_of(
        template, Reading(found[BINDING]) if BINDING in found else None, found.get("DebugPodTemplate"), file
    )
    return Asking(file, offer, session_name(REPOSITORY, file.id), Subject("User", "anna@example.com"), facts)


BINDING = "DebugSessionClusterBinding"


def offer_of(template, binding, pod, file):
    """Return what the documents offer, with nothing of theirs judged."""
    sides = [each for each in (template, binding) if each is not None]
    blocks = [each.node("spec", "schedulingConstraints") for each in sides]
    options = template.entries("spec", "schedulingOptions", "options")
    blocks += [each.get("schedulingConstraints") for each in options if each["name"] == file.scheduling_option]
    places = ("spec", "namespaceConstraints")
    return DebugOffer(
        template=DebugTemplate(
            template.document.name,
            template.document,
            template.node("spec"),
            Mode(template.text("spec", "mode") or "workload"),
            template.text("spec", "podTemplateRef") or template.text("spec", "podTemplateRef", "name") or "",
        ),
        binding=DebugBinding("access", binding.document.name, binding.document, binding.node("spec"))
        if binding
        else None,
        pod=DebugPodTemplate(pod.name, pod, pod.data["spec"]) if pod else None,
        allowed=(),
        approvers=Audience(),
        auto_approval=(),
        request_reason=ReasonRule(),
        approval_reason=ReasonRule(),
        max_duration=timedelta(hours=4),
        default_duration=timedelta(hours=1),
        operations=PodOperations(),
        namespaces=NamespaceChoice(
            default=template.text(*places, "defaultNamespace") or "breakglass-debug",
            create=template.flag(*places, "createIfNotExists") is True,
            labels=words_of(template.node(*places, "namespaceLabels")),
        ),
        scheduling=tuple(each for each in blocks if each is not None),
        auxiliary=tuple(each["name"] for each in template.entries("spec", "auxiliaryResources")),
        labels={key: value for each in sides for key, value in words_of(each.node("spec", "labels")).items()},
        annotations={key: value for each in sides for key, value in words_of(each.node("spec", "annotations")).items()},
    )


def parts_of(text, facts=None):
    """Return what a stream of documents comes to."""
    return workload_parts(asked(text, facts))


def template_of(pod, spec="", *, kind="Deployment"):
    """Return a template and the pod that it names; both as YAML, in flow style or indented by two."""
    return f"""\
apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: DebugPodTemplate
metadata: {{name: tools}}
spec:
  podSpec: {pod}
---
apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: DebugSessionTemplate
metadata: {{name: debugging}}
spec:
  workloadType: {kind}
  podTemplateRef: tools
{spec}"""


POD = "{containers: [{name: debug, image: example.com/tools:1}]}"
