"""Laws of operations: what a copy never holds, what two sessions never share, and which images are never allowed."""

import json

from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.core.debug.operations.image import allows, read_image
from gitops_breakglass.core.names import session_name
from gitops_breakglass.model.request import RequestId
from tests.unit.debug_operations.asking import (
    NODE,
    NODES,
    PODS,
    REPOSITORY,
    WEB,
    copied,
    ephemeral,
    node_debug,
    parts_of,
    pod_copy,
    request,
    seen,
    template_with,
)

MINE = "of-the-pod-alone"
"""What stands in a drawn pod wherever something is that no copy may hold."""
BESIDE = "of-the-namespace"
"""What stands there for what a copy may hold in the pod's own namespace only."""
ALLOWED = "may-be-copied"

NAMES = st.sampled_from(["v0", "v1", "v2", "v3"])
SECRET_VOLUMES = st.sampled_from(
    [
        {"secret": {"secretName": MINE}},
        {"csi": {"driver": "secrets-store.csi.k8s.io", "volumeAttributes": {"class": MINE}}},
        {"azureFile": {"secretName": MINE, "shareName": "a"}},
        {"rbd": {"secretRef": {"name": MINE}}},
        {"flexVolume": {"driver": "a/b", "secretRef": {"name": MINE}}},
        {"inventedIn2030": {"name": MINE}},
        {"emptyDir": {}, "secret": {"secretName": MINE}},
        {"projected": {"sources": [{"secret": {"name": MINE}}]}},
        {"projected": {"sources": [{"serviceAccountToken": {"path": MINE}}, {"configMap": {"name": MINE}}]}},
        {"projected": {"sources": [{"podCertificate": {"signerName": MINE}}, {"downwardAPI": {"items": [MINE]}}]}},
        {"projected": {"sources": [{"secret": {"name": MINE}}, {"downwardAPI": {"items": [ALLOWED]}}]}},
    ]
)
NAMESPACED_VOLUMES = st.sampled_from(
    [
        {"configMap": {"name": BESIDE}},
        {"persistentVolumeClaim": {"claimName": BESIDE}},
        {"projected": {"sources": [{"configMap": {"name": BESIDE}}]}},
    ]
)
OTHER_VOLUMES = st.sampled_from(
    [{"emptyDir": {}}, {"hostPath": {"path": f"/{ALLOWED}"}}, {"downwardAPI": {"items": []}}, {"nfs": {"path": "/"}}]
)
VARIABLES = st.sampled_from(
    [
        {"value": ALLOWED},
        {"valueFrom": {"fieldRef": {"fieldPath": ALLOWED}}},
        {"valueFrom": {"secretKeyRef": {"name": MINE, "key": MINE}}},
        {"valueFrom": {"fileKeyRef": {"volumeName": MINE, "path": MINE}}},
        {"valueFrom": {"inventedIn2030": {"name": MINE}}},
        {"valueFrom": {"configMapKeyRef": {"name": BESIDE, "key": "a"}}},
    ]
)
SOURCES = st.sampled_from(
    [
        {"secretRef": {"name": MINE}},
        {"prefix": "A_", "secretRef": {"name": MINE}},
        {"inventedIn2030": {"name": MINE}},
        {"configMapRef": {"name": BESIDE}},
    ]
)


@st.composite
def maybe(draw, **fields):
    """Some of the fields."""
    return {name: draw(each) for name, each in fields.items() if draw(st.booleans())}


@st.composite
def containers(draw, name):
    variables = draw(st.lists(VARIABLES, max_size=3))
    mounts = [{"name": draw(NAMES), "mountPath": f"/{index}"} for index in range(draw(st.integers(0, 3)))]
    probe = st.just({"exec": {"command": [MINE]}})
    return {
        "name": name,
        "image": "registry.example.com/web:1",
        "env": [{"name": f"N{index}", **each} for index, each in enumerate(variables)],
        "envFrom": draw(st.lists(SOURCES, max_size=2)),
        "volumeMounts": mounts,
        **draw(
            maybe(
                livenessProbe=probe,
                readinessProbe=probe,
                startupProbe=probe,
                lifecycle=st.just({"postStart": {"exec": {"command": [MINE]}}}),
                ports=st.just([{"containerPort": 80, "hostPort": 80, "name": MINE}]),
                inventedIn2030=st.just(MINE),
                resources=st.just({"limits": {"cpu": "1"}, "claims": [{"name": MINE}]}),
                securityContext=st.just({"privileged": True}),
            )
        ),
    }


@st.composite
def pods(draw):
    """Pods as an API server has them, with everything in them that a copy must not take over."""
    volumes = draw(st.lists(st.one_of(SECRET_VOLUMES, NAMESPACED_VOLUMES, OTHER_VOLUMES), max_size=4))
    spec = {
        "containers": [draw(containers(f"c{index}")) for index in range(draw(st.integers(1, 2)))],
        "initContainers": [draw(containers(f"i{index}")) for index in range(draw(st.integers(0, 2)))],
        "volumes": [{"name": f"v{index}", **each} for index, each in enumerate(volumes)],
        **draw(
            maybe(
                nodeName=st.just(MINE),
                serviceAccountName=st.just(MINE),
                serviceAccount=st.just(MINE),
                automountServiceAccountToken=st.sampled_from([True]),
                hostname=st.just(MINE),
                subdomain=st.just(MINE),
                priority=st.just(1),
                priorityClassName=st.just(MINE),
                schedulingGates=st.just([{"name": MINE}]),
                readinessGates=st.just([{"conditionType": MINE}]),
                resourceClaims=st.just([{"name": MINE}]),
                ephemeralContainers=st.just([{"name": MINE}]),
                topologySpreadConstraints=st.just([{"labelSelector": {"matchLabels": {"app": MINE}}}]),
                affinity=st.just({"podAffinity": {"a": MINE}, "nodeAffinity": {"a": ALLOWED}}),
                imagePullSecrets=st.just([{"name": BESIDE}]),
                inventedIn2030=st.just(MINE),
                hostNetwork=st.sampled_from([True]),
                restartPolicy=st.sampled_from(["Always", "OnFailure"]),
                terminationGracePeriodSeconds=st.integers(0, 3600),
            )
        ),
    }
    metadata = {
        "labels": {MINE: MINE, "app": MINE},
        "annotations": {MINE: MINE},
        "ownerReferences": [{"name": MINE, "controller": True}],
        "finalizers": [MINE],
        "generateName": MINE,
    }
    return copied(WEB, spec=spec, status={MINE: MINE}, metadata={**WEB["metadata"], **metadata})


def copy_of(pod, spec, **asked):
    parts = parts_of(spec, request(pod_copy(image="busybox:1", **asked)), seen(pod))
    assert parts.problems == ()
    (made,) = parts.objects
    return made.manifest


@given(pods())
def test_a_copy_holds_no_label_owner_token_or_secret_of_its_pod_and_elsewhere_nothing_of_its_namespace(pod):
    text = json.dumps(copy_of(pod, PODS))
    assert MINE not in text
    assert BESIDE not in text


@given(pods())
def test_in_its_pod_s_namespace_a_copy_holds_what_is_there_and_still_nothing_of_the_pod_s_own(pod):
    assert MINE not in json.dumps(copy_of(pod, template_with("podCopy", targetNamespace="app-frontend")))


@given(pods())
def test_a_copy_mounts_only_volumes_that_it_has_never_restarts_and_has_no_token_unless_asked(pod):
    spec = copy_of(pod, PODS)["spec"]
    volumes = {each["name"] for each in spec.get("volumes", ())}
    mounted = {
        mount["name"]
        for field in ("containers", "initContainers")
        for each in spec.get(field, ())
        for mount in each.get("volumeMounts", ())
    }
    assert mounted <= volumes
    assert spec["restartPolicy"] == "Never"
    assert spec["automountServiceAccountToken"] is False
    assert spec["terminationGracePeriodSeconds"] <= 5


@given(pods(), st.booleans())
def test_rendering_changes_nothing_of_what_was_seen_and_comes_to_the_same_again(pod, beside):
    spec = template_with("podCopy", targetNamespace="app-frontend") if beside else PODS
    before = json.dumps(pod)
    first, again = copy_of(pod, spec), copy_of(pod, spec)
    first["spec"]["containers"].clear()
    assert json.dumps(pod) == before
    assert again["spec"]["containers"]


LABELS = st.from_regex(r"\Ainc[-a-z0-9]{0,30}[a-z]\Z")
OPERATIONS = (ephemeral(), pod_copy(), node_debug(image="alpine:3"))
EVERYTHING = {**PODS, "kubectlDebug": {**PODS["kubectlDebug"], **NODES["kubectlDebug"]}}


def names_of(name, times):
    operations = [each for index in range(times) for each in (ephemeral(args=[str(index)]), *OPERATIONS[1:])]
    asked = request(*{json.dumps(each): each for each in operations}.values(), name=name)
    parts = parts_of(EVERYTHING, asked, seen(WEB, NODE))
    assert parts.problems == ()
    return [each.key.name for each in parts.objects] + [each.name for each in parts.injections]


@given(LABELS, LABELS, st.integers(1, 4))
def test_two_sessions_never_share_a_name_and_each_name_begins_with_its_session_s_and_is_no_longer_than_a_label(
    one, other, times
):
    mine, theirs = names_of(one, times), names_of(other, times)
    assert len(set(mine)) == len(mine)
    assert all(each.startswith(session_name(REPOSITORY, RequestId("prod-cluster-1", one))) for each in mine)
    assert all(len(each) <= 63 for each in mine)
    assert one == other or not set(mine) & set(theirs)


TEXTS = st.one_of(st.text(max_size=40), st.text(alphabet="aZ0:/@.-_*?[] \n", max_size=40))


@given(st.lists(TEXTS, max_size=4), TEXTS)
def test_an_image_that_is_allowed_can_be_read_and_no_star_reaches_over_a_slash(patterns, text):
    if allows(tuple(patterns), text):
        assert read_image(text).name
        assert text.count("/") in {pattern.count("/") for pattern in patterns}


@given(TEXTS)
def test_what_is_read_is_the_whole_text_and_has_nothing_in_it_that_could_mean_something_elsewhere(text):
    try:
        image = read_image(text)
    except ValueError:
        return
    assert image.name + f":{image.tag}" * bool(image.tag) + f"@{image.digest}" * bool(image.digest) == text
    assert text == "".join(text.split())
    assert not set(text) & set("{}\"'$`\\;#,*?[]")
