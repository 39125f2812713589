"""What a template has made beside the pods: few kinds, by the session's name, and about its own pods alone."""

import pytest

from gitops_breakglass.model.debug_grant import Failure, Part
from tests.unit.debug_workload.asked import POD, parts_of, template_of
from tests.unit.debug_workload.test_pods import REQUEST, problems_of

ELSEWHERE = REQUEST.replace("nodeSelector: {pool: spare}", "targetNamespace: shop")
NAME = "metadata: {name: '{{ .session.name }}-x'}"
OWN = "{matchLabels: {gitops-breakglass.dev/session: '{{ .session.name }}'}}"
ANOTHER = "{matchLabels: {gitops-breakglass.dev/session: bg-another}}"


def beside(manifest, more=""):
    return template_of(POD, f"  auxiliaryResources:\n    - {{name: one{more}, template: {{{manifest}}}}}\n")


def rules_of(manifest, more=""):
    return [rule for rule, _, _ in problems_of(beside(manifest, more))]


@pytest.mark.parametrize(
    "manifest",
    [
        f"apiVersion: v1, kind: ConfigMap, {NAME}, data: {{a: b}}",
        f"apiVersion: v1, kind: Service, {NAME}, spec: {{ports: [{{port: 80}}], type: ClusterIP}}",
        f"apiVersion: v1, kind: ServiceAccount, {NAME}",
        f"apiVersion: v1, kind: ResourceQuota, {NAME}, spec: {{hard: {{configmaps: '1'}}}}",
        f"apiVersion: v1, kind: LimitRange, {NAME}, spec: {{limits: []}}",
        f"apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, {NAME}, spec: {{podSelector: {OWN}}}",
        f"apiVersion: policy/v1, kind: PodDisruptionBudget, {NAME}, spec: {{minAvailable: 1, selector: {OWN}}}",
    ],
)
def test_these_kinds_are_made(manifest):
    first, _ = parts_of(beside(manifest)).objects
    assert first.key.name == "bg-inc-4711-1abd7de212-x"
    assert first.key.namespace == "breakglass-debug"


@pytest.mark.parametrize(
    "api, kind",
    [
        ("v1", "Secret"),
        ("v1", "Pod"),
        ("v1", "Namespace"),
        ("apps/v1", "Deployment"),
        ("batch/v1", "Job"),
        ("v2", "ConfigMap"),
        ("rbac.authorization.k8s.io/v1", "RoleBinding"),
        ("v1", "None"),
    ],
)
def test_no_other_kind_is_made(api, kind):
    assert rules_of(f"apiVersion: {api}, kind: {kind}, {NAME}") == ["auxiliary-kind"]


@pytest.mark.parametrize(
    "name",
    [
        "x",
        "'{{ .session.name }}'",
        "'{{ .session.name }}-'",
        "'{{ .session.name }}-a/b'",
        "'{{ .session.name }}-A'",
        "7",
        "",
        f"'{{{{ .session.name }}}}-{41 * 'a'}'",
        "'x-{{ .session.name }}'",
        "'{{ .session.name }}x'",
    ],
)
def test_a_name_that_is_not_the_sessions_is_refused(name):
    assert rules_of(f"apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}") == ["auxiliary-name"]


def test_two_objects_of_one_name_are_refused():
    one = f"template: {{apiVersion: v1, kind: ConfigMap, {NAME}}}"
    spec = f"  auxiliaryResources:\n    - {{name: one, {one}}}\n    - {{name: two, {one}}}\n"
    message = "the session has ConfigMap breakglass-debug/bg-inc-4711-1abd7de212-x twice"
    assert problems_of(template_of(POD, spec)) == [("auxiliary-name", "13:3", message)]


@pytest.mark.parametrize(
    "manifest, rule",
    [
        ("kind: ConfigMap, metadata: {name: '{{ .session.name }}-x', ownerReferences: []}", "auxiliary-object"),
        ("kind: ConfigMap, metadata: {name: '{{ .session.name }}-x', finalizers: [a/b]}", "auxiliary-object"),
        ("kind: ConfigMap, metadata: {name: '{{ .session.name }}-x', generateName: a}", "auxiliary-object"),
        ("kind: ConfigMap, metadata: {name: '{{ .session.name }}-x', namespace: kube-system}", "auxiliary-object"),
        (
            "kind: ConfigMap, metadata: {name: '{{ .session.name }}-x', labels: {gitops-breakglass.dev/request: a}}",
            "session-labels",
        ),
        (f"kind: ConfigMap, {NAME}, spec: {{}}", "auxiliary-object"),
        (f"kind: Service, {NAME}, spec: {{type: NodePort}}", "auxiliary-object"),
        (f"kind: Service, {NAME}, spec: {{type: ExternalName}}", "auxiliary-object"),
        (f"kind: Service, {NAME}, spec: {{externalName: example.com}}", "auxiliary-object"),
        (f"kind: Service, {NAME}, spec: {{externalIPs: [10.0.0.1]}}", "auxiliary-object"),
        (f"kind: Service, {NAME}, status: {{}}", "auxiliary-object"),
        (f"kind: ServiceAccount, {NAME}, secrets: [{{name: a}}]", "auxiliary-object"),
    ],
)
def test_what_an_object_may_not_be_is_refused(manifest, rule):
    assert rules_of(f"apiVersion: v1, {manifest}") == [rule]


@pytest.mark.parametrize(
    "selector",
    [
        "{}",
        "{matchLabels: {app: web}}",
        ANOTHER,
        "{matchExpressions: [{key: gitops-breakglass.dev/session, operator: NotIn, values: ['{{ .session.name }}']}]}",
        "{matchExpressions: [{key: gitops-breakglass.dev/session, operator: In, values: ['{{ .session.name }}', b]}]}",
    ],
)
@pytest.mark.parametrize(
    "api, kind, field",
    [("networking.k8s.io/v1", "NetworkPolicy", "podSelector"), ("policy/v1", "PodDisruptionBudget", "selector")],
)
def test_a_policy_about_the_pods_of_others_is_refused(api, kind, field, selector):
    manifest = f"apiVersion: {api}, kind: {kind}, {NAME}, spec: {{{field}: {selector}}}"
    assert rules_of(manifest) == ["auxiliary-selector"]


@pytest.mark.parametrize("kind", ["ResourceQuota", "LimitRange"])
def test_what_bounds_everybody_stays_in_the_templates_own_namespace(kind):
    text = beside(f"apiVersion: v1, kind: {kind}, {NAME}, spec: {{}}")
    assert problems_of(text) == []
    assert [rule for rule, _, _ in problems_of(text + ELSEWHERE)] == ["quota-elsewhere"]


@pytest.mark.parametrize(
    "more, part, failure",
    [
        ("", Part.AUXILIARY, Failure.FAIL),
        (", createBefore: false", Part.AUXILIARY_AFTER, Failure.FAIL),
        (", failurePolicy: warn", Part.AUXILIARY, Failure.WARN),
        (", optional: true, failurePolicy: fail", Part.AUXILIARY, Failure.IGNORE),
    ],
)
def test_when_it_is_made_and_what_follows_if_it_can_not_be(more, part, failure):
    parts = parts_of(beside(f"apiVersion: v1, kind: ConfigMap, {NAME}", more))
    made = next(each for each in parts.objects if each.part is not Part.WORKLOAD)
    assert (made.part, made.failure) == (part, failure)


def test_nothing_stays_after_the_session():
    assert rules_of(f"apiVersion: v1, kind: ConfigMap, {NAME}", ", deleteAfter: false") == ["auxiliary-object"]


@pytest.mark.parametrize(
    "text, place",
    [
        ("{{ .session.nam }}", "15:"),
        ("{{ .now }}", "15:"),
        ("{{ .session.expiresAt }}", "15:"),
        ("{{ .session.approvedBy }}", "15:"),
        ("{{ nosuch }}", "15:"),
    ],
)
def test_a_text_that_can_not_be_filled_in_is_refused_where_it_stands(text, place):
    indented = f"  podTemplateString: |\n    containers:\n    - name: {text}\n"
    ((rule, at, _),) = problems_of(template_of(POD, indented))
    assert (rule, at.partition(":")[0] + ":") == ("debug-template-text", place)


@pytest.mark.parametrize(
    "first",
    ["kind: Job\napiVersion: batch/v1", "kind: Pod\napiVersion: v2", "kind: Pod", "apiVersion: v1", ""],
)
def test_a_text_that_begins_with_no_pod_is_refused(first):
    lines = "".join(f"    {line}\n" for line in f"{first}\n---\na: b".splitlines() if first) or "    # nothing\n"
    assert [rule for rule, _, _ in problems_of(template_of(POD, f"  podTemplateString: |\n{lines}"))] == [
        "pod-template-text"
    ]


def test_a_text_of_another_kind_than_the_workload_is_refused():
    workload = f"{{apiVersion: apps/v1, kind: DaemonSet, spec: {{template: {{spec: {POD}}}}}}}"
    text = f"  podTemplateString: |\n    {workload}\n"
    assert [rule for rule, _, _ in problems_of(template_of(POD, text))] == ["pod-template-text"]
    assert parts_of(template_of(POD, text, kind="DaemonSet")).problems == ()


@pytest.mark.parametrize("more", ["strategy: {}", "minReadySeconds: 5"])
def test_what_a_text_says_beyond_its_pod_is_not_dropped(more):
    text = (
        "  podTemplateString: |\n    apiVersion: apps/v1\n    kind: Deployment\n    spec: {%s, template: {spec: %s}}\n"
    )
    assert [rule for rule, _, _ in problems_of(template_of(POD, text % (more, POD)))] == ["pod-template-text"]


def test_a_pod_that_is_text_can_not_say_where_it_runs_either():
    text = "  podTemplateString: |\n    nodeName: node-1\n    containers: [{name: debug, image: a}]\n"
    assert [rule for rule, _, _ in problems_of(template_of(POD, text))] == ["debug-pod"]


def test_further_documents_are_held_to_the_rules_of_what_is_beside_the_pods():
    further = "{apiVersion: v1, kind: Secret, metadata: {name: x}}"
    text = f"  podTemplateString: |\n    {POD}\n    ---\n    {further}\n"
    assert [rule for rule, _, _ in problems_of(template_of(POD, text))] == ["auxiliary-kind"]


def test_overrides_as_text_change_the_same_three_fields():
    text = "  podOverridesTemplate: |\n    hostNetwork: true\n    containers: []\n"
    assert [rule for rule, _, _ in problems_of(template_of(POD, text))] == ["pod-overrides"]
