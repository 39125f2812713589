"""Looking over all that is on a cluster: by metadata alone, page by page, and what can't be listed is told."""

from gitops_breakglass.adapters.cluster.auditor import METADATA_ONLY, Auditor
from gitops_breakglass.model.kube import ObjectKey
from gitops_breakglass.model.policy import KubernetesTarget
from gitops_breakglass.model.residue import Met, Trace
from gitops_breakglass.model.window import parse_time
from tests.contract.cluster.scripted import Say, scripted

AT = "2026-03-10T09:00:00Z"


def resource(name, kind, *verbs):
    return {"resource": name, "responseKind": {"kind": kind}, "scope": "Namespaced", "verbs": [*verbs]}


def discovery(*groups):
    items = [
        {
            "metadata": {"name": group},
            "versions": [{"version": version, "resources": resources} for version, resources in versions],
        }
        for group, versions in groups
    ]
    return Say(200, {"kind": "APIGroupDiscoveryList", "items": items})


def page(*items, more=""):
    return Say(200, {"items": [*items], "metadata": {"continue": more}})


def item(name, **metadata):
    return {"metadata": {"name": name, "namespace": "shop", "uid": name, "creationTimestamp": AT, **metadata}}


CORE = [resource("configmaps", "ConfigMap", "list"), resource("secrets", "Secret", "list")]
LEFT_OUT = [resource("events", "Event", "list"), resource("bindings", "Binding", "create")]


def look(folder, **answers):
    told = {
        "GET /api": [discovery(("", [("v1", [*CORE, *LEFT_OUT])]))],
        "GET /apis": [
            discovery(
                (
                    "x.dev",
                    [("v1", [resource("things", "Thing", "list")]), ("v1beta1", [resource("things", "Thing", "list")])],
                )
            )
        ],
        "GET /api/v1/configmaps": [page()],
        "GET /api/v1/secrets": [page()],
        "GET /apis/x.dev/v1/things": [page()],
    }
    told |= {f"GET {path}": said for path, said in answers.items()}
    with (
        scripted(folder, told) as script,
        Auditor("prod", KubernetesTarget(str(script.kubeconfig)), deadline=2, page=2) as auditor,
    ):
        return auditor.traces(), script


def test_every_kind_is_listed_once_in_its_first_version_page_by_page_and_only_metadata_is_asked_for(tmp_path):
    pages = [page(item("a"), item("b"), more="x"), page(item("c"))]
    found, script = look(tmp_path, **{"/api/v1/configmaps": pages})
    assert [each.key.name for each in found.met] == ["a", "b", "c"]
    assert found.listed == {"configmaps", "secrets", "things.x.dev"}
    assert found.unlisted == {}
    lists = sorted(each for each in zip(script.asked, script.accepted, strict=True) if "limit" in each[0])
    assert [asked for asked, _ in lists] == [
        "GET /api/v1/configmaps?limit=2",
        "GET /api/v1/configmaps?limit=2&continue=x",
        "GET /api/v1/secrets?limit=2",
        "GET /api/v1/secrets?limit=2&fieldSelector=type%3Dkubernetes.io%2Fservice-account-token",
        "GET /apis/x.dev/v1/things?limit=2",
    ]
    assert {accepted for _, accepted in lists} == {METADATA_ONLY}
    assert "," not in METADATA_ONLY


def test_of_an_object_times_programs_and_owner_are_kept_and_no_annotation(tmp_path):
    owner = {"kind": "ReplicaSet", "name": "web-1", "uid": "u", "controller": True}
    fields = [
        {"manager": "kubectl-edit", "operation": "Update", "time": AT, "subresource": "scale"},
        {"manager": "old", "operation": "Update"},
    ]
    notes = {"kubectl.kubernetes.io/last-applied-configuration": "{a secret}"}
    whole = item("a", ownerReferences=[owner], managedFields=fields, annotations=notes)
    found, _ = look(tmp_path, **{"/api/v1/configmaps": [page(whole)]})
    at = parse_time(AT)
    assert found.met == (
        Met(
            ObjectKey("v1", "ConfigMap", "shop", "a"),
            "configmaps",
            "a",
            at,
            (Trace(at, "kubectl-edit", "scale"),),
            "ReplicaSet web-1",
        ),
    )


def test_a_token_is_known_by_its_type_and_not_by_what_somebody_wrote_on_it(tmp_path):
    note = {"kubernetes.io/service-account.name": "backdoor"}
    token, other = item("token", annotations=note), item("other", annotations=note)
    # Both lists of one kind have one path: the tokens are asked for last.
    found, _ = look(tmp_path, **{"/api/v1/secrets": [page(token, other), page(token)]})
    assert {each.key.name: each.token_of for each in found.met} == {"token": "backdoor", "other": None}


def test_what_may_not_be_listed_and_what_does_not_answer_is_told_and_the_rest_is_there(tmp_path):
    refused = Say(403, {"message": "secrets is forbidden"})
    down = Say(406, {"message": "only JSON here"})
    found, _ = look(
        tmp_path,
        **{
            "/api/v1/secrets": [refused],
            "/apis/x.dev/v1/things": [down],
            "/api/v1/configmaps": [page(item("a"))],
        },
    )
    assert [each.key.name for each in found.met] == ["a"]
    assert found.listed == {"configmaps"}
    assert found.unlisted == {
        "secrets": "it may not be listed by who asks",
        "things.x.dev": "prod: list the metadata of things: only JSON here",
    }


def test_that_tokens_can_t_be_told_from_other_secrets_is_said(tmp_path):
    odd = Say(400, {"message": "field label not supported"})
    found, _ = look(tmp_path, **{"/api/v1/secrets": [page(item("token")), odd]})
    assert found.unlisted == {"secrets by their type": "prod: list the tokens: field label not supported"}
