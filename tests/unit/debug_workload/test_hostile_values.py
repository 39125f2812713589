"""What a requester writes stays where the template puts it; and what comes of it is held to the rules all the same."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.core.debug.workload.objects import workload_parts
from gitops_breakglass.model.debug_grant import Part
from gitops_breakglass.model.kube import DOMAIN, MANAGED_BY
from tests.unit.debug_workload.asked import asked

TEMPLATE = """\
apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: DebugSessionTemplate
metadata: {name: debugging}
spec:
  workloadType: Deployment
  extraDeployVariables: [{name: image}, {name: word, default: x}]
  podTemplateString: |
    metadata: {labels: {word: {{ .vars.word }}}}
    apiVersion: v1
    kind: Pod
    spec:
      nodeSelector: {zone: west, pool: {{ .vars.word }}}
      containers:
        - name: debug
          image: {{ .vars.image }}
          args: [{{ .vars.word }}]
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: '{{ .session.name }}-notes'}
    data: {word: {{ .vars.word }}}
  auxiliaryResources:
    - name: settings
      template:
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: '{{ .session.name }}-settings'}
        data: {word: '{{ .vars.word }}'}
---
"""
REQUEST = """\
apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: DebugSession
metadata: {name: inc-4711}
spec:
  templateRef: debugging
  cluster: prod
"""


def rendered(template=TEMPLATE, **values):
    asking = asked(f"{template}{REQUEST}")
    return workload_parts(replace(asking, request=replace(asking.request, values=values)))


@pytest.mark.parametrize(
    "image",
    [
        "tools@sha256:12",
        "a@b@c",
        "tools/../root:1",
        "my tools:1",
        "Registry.example.com/tools:1",
        "https://example.com/tools",
        "x" * 300,
        "",
        "tools:1\n      nodeName: node-1",
        "tools:1}, {name: other, image: evil",
        "{{ .session.name }}",
    ],
)
def test_an_image_that_is_none_is_refused(image):
    assert {each.rule for each in rendered(image=image).problems} == {"debug-pod-image"}


def test_an_image_that_can_be_read_is_taken():
    assert rendered(image="registry.example.com:5000/tools/net:1.2").problems == ()


def keys_of(node):
    if isinstance(node, dict):
        yield from node
        for value in node.values():
            yield from keys_of(value)
    if isinstance(node, list):
        for value in node:
            yield from keys_of(value)


SHAPE = [list(keys_of(dict(each.manifest))) for each in rendered(image="tools:1", word="x").objects]
WORDS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "x}}, nodeName: node-1",
            "'",
            '"',
            "\n---\napiVersion: v1\nkind: Secret",
            "{{ .session.expiresAt }}",
            "&a",
            "*a",
            "!!python/object x",
            "null",
            "1e3",
            "# x",
            f"{DOMAIN}/request",
        ]
    ),
)


@given(WORDS)
def test_no_value_adds_a_key_or_an_object_and_each_is_where_the_template_puts_it(word):
    parts = rendered(image="tools:1", word=word)
    assert parts == rendered(image="tools:1", word=word)
    assert parts.problems == ()
    assert [list(keys_of(dict(each.manifest))) for each in parts.objects] == SHAPE
    further, settings, workload = sorted((each.manifest for each in parts.objects), key=lambda each: each["kind"])
    pod = workload["spec"]["template"]["spec"]
    assert [further["data"]["word"], settings["data"]["word"], *pod["containers"][0]["args"]] == [word] * 3
    for each in parts.objects:
        assert each.key.name.startswith("bg-inc-4711-1abd7de212-")
        assert each.key.namespace == "breakglass-debug" or each.part is Part.NAMESPACE
        assert MANAGED_BY not in each.manifest["metadata"]["labels"]


def test_a_label_that_is_no_text_is_refused():
    numbered = TEMPLATE.replace("{word: {{ .vars.word }}}}", "{word: 7}}", 1)
    ((rule, message),) = [(each.rule, each.message) for each in rendered(numbered, image="tools:1").problems]
    assert (rule, message) == ("session-labels", "word has no text")
