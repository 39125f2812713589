"""Hostile values in operations: each is refused, with the place where it stands."""

import time

import pytest

from gitops_breakglass.adapters import yamlfile
from gitops_breakglass.adapters.bundled import schema_catalog
from gitops_breakglass.core.validate import ParsedFile, validate_request

PATH = "requests/prod-cluster-1/look-inside.yaml"
HEAD = """apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: DebugSession
metadata: {name: look-inside}
spec:
  templateRef: debugging
  operations:
"""
EPHEMERAL = "    - ephemeralContainer:\n        namespace: app\n        pod: web\n        image: busybox\n"
COPY = "    - podCopy:\n        namespace: app\n        pod: web\n"


def findings_of(operations):
    content = (HEAD + operations).encode()
    loaded = yamlfile.load(content, PATH)
    read = validate_request(ParsedFile(PATH, content, loaded.documents, loaded.findings), schemas=schema_catalog())
    return [each for each in read.findings if each.is_error], read.value


@pytest.mark.parametrize(
    ("operations", "line"),
    [
        (EPHEMERAL.replace("pod: web", "pod: ../web"), 9),
        (EPHEMERAL.replace("pod: web", "pod: web/exec"), 9),
        (EPHEMERAL.replace("pod: web", "pod: Web"), 9),
        (EPHEMERAL.replace("pod: web", f"pod: {'a' * 254}"), 9),
        (EPHEMERAL.replace("pod: web", 'pod: "web\\nspec: x"'), 9),
        (EPHEMERAL.replace("pod: web", "pod: '{{ .session.name }}'"), 9),
        (EPHEMERAL.replace("pod: web", "pod: [web]"), 9),
        (EPHEMERAL.replace("namespace: app", "namespace: app/pods"), 8),
        (EPHEMERAL.replace("namespace: app", "namespace: '*'"), 8),
        (EPHEMERAL.replace("namespace: app", "namespace: ''"), 8),
        (EPHEMERAL.replace("namespace: app", "namespace: app.frontend"), 8),
        (EPHEMERAL.replace("image: busybox", "image: ''"), 10),
        (EPHEMERAL.replace("image: busybox", f"image: {'a' * 1025}"), 10),
        (EPHEMERAL + "        targetContainer: app, privileged\n", 11),
        (EPHEMERAL + "        capabilities: ['NET_RAW, SYS_ADMIN']\n", 11),
        (EPHEMERAL + f"        capabilities: [{', '.join(f'C{number}' for number in range(51))}]\n", 11),
        (EPHEMERAL + f"        command: [{', '.join(['x'] * 10_000)}]\n", 11),
        (EPHEMERAL + f"        args: [{'x' * 8193}]\n", 11),
        (EPHEMERAL + "        command: sleep infinity\n", 11),
        (EPHEMERAL + "        privileged: 'true'\n", 11),
        (EPHEMERAL + "        runAsUser: -1\n", 11),
        (EPHEMERAL + "        runAsUser: 2147483648\n", 11),
        (EPHEMERAL + "        securityContext: {privileged: true}\n", 11),
        (EPHEMERAL + "        volumeMounts: []\n", 11),
        (EPHEMERAL + "      podCopy: {namespace: app, pod: web}\n", 7),
        ("    - {}\n", 7),
        ("    - exec: {}\n", 7),
        ("    - ephemeralContainer: {namespace: app, pod: web}\n", 7),
        (EPHEMERAL * 21, 6),
        (COPY + "        ttl: 999999999999999999999h\n", 10),
        (COPY + "        ttl: 400d\n", 10),
        (COPY + "        ttl: 0s\n", 10),
        (COPY + "        ttl: -1h\n", 10),
        (COPY + "        ttl: 1h; rm\n", 10),
        (COPY + "        serviceAccountName: admin\n", 10),
        (COPY + "        targetNamespace: kube-system\n", 10),
        ("    - nodeDebug: {node: ../node}\n", 7),
        ("    - nodeDebug: {node: 'node-a, node-b'}\n", 7),
        ("    - nodeDebug: {node: a..b}\n", 7),
        ("    - nodeDebug: {node: node-a, namespace: kube-system}\n", 7),
    ],
)
def test_a_hostile_value_is_refused_at_its_place(operations, line):
    findings, value = findings_of(operations)
    assert value is None
    assert {each.location.line for each in findings} == {line}
    assert all(each.location.column for each in findings)


def test_a_character_that_nobody_sees_is_refused_at_its_place():
    findings, value = findings_of(EPHEMERAL.replace("pod: web", 'pod: "web\\u0007"'))
    assert value is None
    assert {each.location.line for each in findings} == {9}


def test_refusing_a_very_long_command_takes_no_time():
    begun = time.perf_counter()
    findings, _ = findings_of(EPHEMERAL + f"        command: [{', '.join(['x'] * 10_000)}]\n")
    assert time.perf_counter() - begun < 5
    assert len(findings) == 1


def test_the_operations_of_a_file_are_read_in_their_order():
    findings, value = findings_of(COPY + EPHEMERAL + "    - nodeDebug: {node: node.example.com}\n")
    assert findings == []
    assert [type(each).__name__ for each in value.operations] == ["PodCopy", "EphemeralContainer", "NodeDebug"]
