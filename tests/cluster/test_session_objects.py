"""What an API server makes of a debug session's objects still holds what was signed, until somebody changes it."""

import copy
from dataclasses import replace

import pytest
import yaml

from gitops_breakglass.core.debug.marked_objects import session_objects
from gitops_breakglass.core.debug.pods import Sight, pods_of
from gitops_breakglass.core.plan.diff import diff
from gitops_breakglass.model.debug_grant import Part, SessionObject
from gitops_breakglass.model.kube import REQUEST, key_of
from gitops_breakglass.model.session_kinds import POD
from tests.cluster.contract_place import install_crds, reached
from tests.cluster.harness.becoming import eventually
from tests.e2e.debug_made import session
from tests.unit.debug_make.test_marked_objects import WINDOW, statement
from tests.unit.debug_workload.test_rendered import FOLDERS

MERGE = "application/merge-patch+json"


@pytest.fixture
def cluster(user):
    install_crds(user.admin)
    with reached(user.admin) as cluster:
        yield cluster


def rendered(folder, where):
    """The objects of a whole session, in this namespace; its namespace itself is the test's."""
    documents = list(yaml.safe_load_all((folder / "made.yaml").read_text()))[1:]
    for each in documents:
        manifest = copy.deepcopy(each["object"])
        if manifest["kind"] != "Namespace":
            manifest["metadata"]["namespace"] = where
            yield SessionObject(manifest, Part(each["part"]))


class Made:
    """A session's objects on the API server, each made as it was signed."""

    def __init__(self, cluster, objects, uid):
        self.cluster, self.uid = cluster, uid
        self.debug = session(*objects)
        self.statement = replace(statement(self.debug), uid=uid)
        self.wanted = session_objects(self.statement, WINDOW, "d")
        for manifest in self.wanted.values():
            cluster.create(manifest)

    def live(self):
        return [each for each in self.cluster.read().objects if each.labels.get(REQUEST) == self.uid]

    def pods(self):
        return pods_of(self.debug, Sight(self.live()), self.wanted)

    def ends(self):
        seen = self.live()
        followers = pods_of(self.debug, Sight(seen), self.wanted).followers
        return {each.live.key: each.why for each in diff(self.wanted, seen, {}, {}, followers=followers).ends}


@pytest.fixture
def made(cluster, namespace, world):
    there = []

    def made(objects):
        there.append(Made(cluster, objects, f"{len(there)}{id(there):x}".ljust(32, "0")[:32]))
        return there[-1]

    yield made
    for each in there:
        for live in each.live():
            cluster.delete(live)


@pytest.mark.parametrize("folder", FOLDERS, ids=[folder.name for folder in FOLDERS])
def test_nothing_of_a_session_counts_as_changed_by_what_the_server_adds_or_writes_its_own_way(made, namespace, folder):
    whole = made(rendered(folder, namespace()))
    assert {each.key for each in whole.live()} >= set(whole.wanted)
    assert whole.ends() == {}


def test_the_pods_that_controllers_make_of_a_workload_are_the_sessions_and_stay(made, namespace):
    (folder,) = [each for each in FOLDERS if each.name == "tool-pods"]
    whole = made(rendered(folder, namespace()))
    eventually(lambda: whole.pods().pods, "no pod came")
    (pod,) = whole.pods().pods
    assert pod.key.kind == POD.kind
    assert whole.ends() == {}


def test_a_pod_that_is_made_by_itself_holds_what_was_signed_with_what_admission_adds(made, namespace):
    where = namespace()
    spec = {"containers": [{"name": "main", "image": "app:1", "command": ["sleep", "1000"]}]}
    metadata = {"name": "bg-look-0123456789-copy", "namespace": where}
    whole = made([SessionObject({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}, Part.POD)])
    assert whole.ends() == {}
    assert [each.key for each in whole.pods().pods] == list(whole.wanted)


def test_another_image_is_a_change(made, namespace, user):
    (folder,) = [each for each in FOLDERS if each.name == "tool-pods"]
    whole = made(rendered(folder, namespace()))
    (key,) = [key_of(each) for each in whole.wanted.values() if each["kind"] == "Deployment"]
    template = copy.deepcopy(whole.wanted[key]["spec"]["template"])
    template["spec"]["containers"][0]["image"] = "evil:1"
    path = f"/apis/apps/v1/namespaces/{key.namespace}/deployments/{key.name}"
    user.admin.must("PATCH", path, {"spec": {"template": {"spec": template["spec"]}}}, MERGE)
    assert whole.ends()[key] == "somebody changed its spec, which is not what was signed any more"
