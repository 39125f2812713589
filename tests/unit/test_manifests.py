"""The folder of manifests: what lies in it, what is left alone, and what can't lead out of it."""

import os
from datetime import UTC, datetime

import pytest
import yaml

from gitops_breakglass.adapters.clock import SimulatedClock
from gitops_breakglass.adapters.cluster.folder import Folder
from gitops_breakglass.adapters.cluster.manifest_file import object_of, text_of
from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.model.errors import ConflictError, RefusedError, UnreachableError
from gitops_breakglass.model.kube import MANAGED_BY, MANAGER, RBAC, key_of
from gitops_breakglass.model.policy import Rbac
from gitops_breakglass.model.rules import ApiResource, Discovery

START = datetime(2026, 11, 22, 5, tzinfo=UTC)


def role(name="bg-one", **more):
    return {
        "apiVersion": RBAC,
        "kind": "Role",
        "metadata": {"name": name, "namespace": "shop", "labels": {MANAGED_BY: MANAGER}, **more},
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["*"]}],
    }


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "edge"


@pytest.fixture
def cluster(folder):
    cluster = ManifestsCluster("edge", folder, SimulatedClock(START))
    cluster.initialise()
    return cluster


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


def test_every_object_has_a_place_by_kind_namespace_and_name(cluster, folder):
    cluster.create(role())
    cluster.create({"apiVersion": RBAC, "kind": "ClusterRole", "metadata": {"name": "bg-two"}, "rules": []})
    head = {"apiVersion": "access.gitops-breakglass.dev/v1alpha1", "kind": "Grant"}
    cluster.create({**head, "metadata": {"name": "bg-one", "namespace": "gitops-breakglass"}, "spec": {}})
    assert files(folder) == [
        ".state/cluster.yaml",
        ".state/grant/gitops-breakglass/bg-one.yaml",
        "clusterrole/_cluster/bg-two.yaml",
        "role/shop/bg-one.yaml",
    ]


def test_a_file_is_what_was_asked_for_and_a_mark_to_know_it_again(cluster, folder):
    live = cluster.create(role(annotations={"a": "2026-11-22T05:00:00Z"}))
    assert (folder / "role/shop/bg-one.yaml").read_text() == (
        "apiVersion: rbac.authorization.k8s.io/v1\n"
        "kind: Role\n"
        "metadata:\n"
        "  name: bg-one\n"
        "  namespace: shop\n"
        "  labels:\n"
        "    app.kubernetes.io/managed-by: gitops-breakglass\n"
        "  annotations:\n"
        "    a: '2026-11-22T05:00:00Z'\n"
        f"    gitops-breakglass.dev/uid: {live.uid}\n"
        "rules:\n"
        "- apiGroups:\n"
        "  - ''\n"
        "  resources:\n"
        "  - pods\n"
        "  verbs:\n"
        "  - '*'\n"
    )


def test_a_deletion_takes_the_empty_folders_with_it(cluster, folder):
    cluster.delete(cluster.create(role()))
    assert [path.name for path in folder.iterdir()] == [".state"]


def test_the_time_is_the_clock_s(folder):
    clock = SimulatedClock(START)
    cluster = ManifestsCluster("edge", folder, clock)
    cluster.initialise()
    clock.sleep(90)
    assert (cluster.now(), cluster.read().now) == (clock.now(), clock.now())


def test_a_folder_that_was_not_installed_is_refused(folder):
    with pytest.raises(RefusedError) as error:
        ManifestsCluster("edge", folder, SimulatedClock(START)).read()
    assert error.value.hint == "run `gitops-breakglass install` first"


def test_installing_again_changes_nothing(cluster, folder):
    before = (folder / ".state/cluster.yaml").read_text()
    assert cluster.initialise() == cluster.read().uid
    assert (folder / ".state/cluster.yaml").read_text() == before


@pytest.mark.parametrize("content", ["", "uid: x\n", "[1]\n", "uid: {}\n", "{"])
def test_a_folder_whose_uid_is_lost_is_unknown_and_gets_no_other(cluster, folder, content):
    (folder / ".state/cluster.yaml").write_text(content)
    for attempt in (cluster.read, cluster.initialise):
        with pytest.raises(UnreachableError):
            attempt()
    assert (folder / ".state/cluster.yaml").read_text() == content


UNREADABLE = {
    "no YAML": "{",
    "empty": "",
    "a list": "[]",
    "two documents": "a: 1\n---\nb: 2\n",
    "no object": "a: 1\n",
    "no metadata": "apiVersion: v1\nkind: Role\nmetadata: x\n",
    "aliases": yaml.safe_dump({**role(), "x": [(shared := {"a": "b"}), shared]}),
    "labels that are no texts": yaml.safe_dump(role(labels={MANAGED_BY: 1})),
    "labels that are a list": yaml.safe_dump(role(labels=["a"])),
    "another's name": yaml.safe_dump(role("bg-two")),
    "a name that climbs": yaml.safe_dump(role("../one")),
    "too large": text_of(role(annotations={"a": "y" * 2**21}), "u-1").decode(),
    "deep": "[" * 5000,
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_can_t_be_read_is_reported_and_left_alone(cluster, folder, content):
    good = cluster.create(role("bg-good"))
    file = folder / "role/shop/bg-one.yaml"
    file.write_text(content)
    state = cluster.read()
    assert (state.objects, len(state.unreadable)) == ((good,), 1)
    assert state.unreadable[0].startswith(f"{file}: ")
    with pytest.raises(ConflictError):
        cluster.create(role())
    with pytest.raises(RefusedError) as error:
        cluster.get(key_of(role()))
    assert (error.value.hint, file.read_text()) == ("repair the file, or remove it", content)


def test_a_time_is_the_text_that_it_is(cluster, folder):
    cluster.create(role())
    file = folder / "role/shop/bg-one.yaml"
    head, _, tail = file.read_text().partition("  annotations:\n")
    file.write_text(f"{head}  annotations:\n    at: 2026-11-22T05:00:00Z\n{tail}")
    state = cluster.read()
    assert (state.unreadable, [live.annotations for live in state.objects]) == ((), [{"at": "2026-11-22T05:00:00Z"}])


def test_an_object_of_another_api_in_the_same_place_is_not_the_one_that_was_asked_for(cluster):
    other = cluster.create({**role(), "apiVersion": "example.com/v1"})
    assert (cluster.get(key_of(role())), cluster.get(other.key)) == (None, other)
    with pytest.raises(ConflictError):
        cluster.create(role())


def test_a_file_is_an_object_only_if_it_is_yaml(cluster, folder):
    cluster.create(role())
    (folder / "role/shop/README.md").write_text("about")
    (folder / "role/shop/.hidden.yaml").write_text("{")
    (folder / "kustomization.yaml").write_text("resources: []")
    state = cluster.read()
    assert ([live.key.name for live in state.objects], state.unreadable) == (["bg-one"], ())


@pytest.mark.parametrize("at", ["role", "role/shop", "role/shop/bg-one.yaml"])
def test_a_symbolic_link_is_reported_and_never_followed(cluster, folder, tmp_path, at):
    outside = tmp_path / "outside"
    target = outside.joinpath("role/shop/bg-one.yaml")
    target.parent.mkdir(parents=True)
    target.write_bytes(text_of(role(), "u-1"))
    seen = object_of(target.read_bytes(), ("role", "shop", "bg-one.yaml"))
    before = target.read_bytes()
    link = folder / at
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(outside / at)
    state = cluster.read()
    assert (state.objects, len(state.unreadable)) == ((), 1)
    assert "link" in state.unreadable[0]
    for attempt in (
        lambda: cluster.delete(seen),
        lambda: cluster.replace(seen, role()),
        lambda: cluster.create(role()),
        lambda: cluster.get(seen.key),
    ):
        with pytest.raises((RefusedError, ConflictError)):
            attempt()
    assert (target.read_bytes(), list(target.parent.iterdir())) == (before, [target])


def test_a_pipe_in_the_place_of_a_file_neither_holds_a_run_up_nor_brings_an_object(cluster, folder):
    (folder / "role/shop").mkdir(parents=True)
    os.mkfifo(folder / "role/shop/bg-one.yaml")
    assert len(cluster.read().unreadable) == 1
    pipe = os.open(folder / "role/shop/bg-one.yaml", os.O_RDWR)
    try:
        os.write(pipe, text_of(role(), "u-1"))
        state = cluster.read()
    finally:
        os.close(pipe)
    assert (state.objects, len(state.unreadable)) == ((), 1)


def test_the_folder_itself_may_be_a_link(folder, tmp_path, cluster):
    (tmp_path / "link").symlink_to(folder)
    cluster.create(role())
    assert ManifestsCluster("edge", tmp_path / "link", SimulatedClock(START)).read().objects == cluster.read().objects


def test_of_many_who_create_one_object_one_does(cluster):
    def attempt(_):
        try:
            return cluster.create(role()).uid
        except ConflictError:
            return None

    made = [uid for uid in ThreadPool().map(attempt, range(16)) if uid]
    assert made == [cluster.get(key_of(role())).uid]


def test_of_many_who_replace_what_they_saw_one_does(cluster):
    live = cluster.create(role())

    def attempt(number):
        try:
            return cluster.replace(live, role(annotations={"by": str(number)}))
        except ConflictError:
            return None

    made = [each for each in ThreadPool().map(attempt, range(16)) if each]
    assert made == [cluster.get(live.key)]


def test_nothing_is_left_of_a_write_that_failed(cluster, folder):
    cluster.create(role())
    with pytest.raises(ConflictError):
        cluster.create(role())
    assert files(folder) == [".state/cluster.yaml", "role/shop/bg-one.yaml"]


def test_what_is_served_is_what_was_written_down(cluster):
    assert (cluster.discovery(), cluster.rbac()) == (Discovery(), Rbac())
    for verbs in (("get",), ("get", "list")):
        served = Discovery(
            (ApiResource("", "pods", verbs, namespaced=True), ApiResource("apps", "x/y", (), namespaced=False))
        )
        cluster.keep_discovery(served)
        assert cluster.discovery() == served


@pytest.mark.parametrize("content", ["", "[]", '{"resources": [{}]}'])
def test_a_discovery_that_can_t_be_read_is_not_an_empty_one(cluster, folder, content):
    (folder / ".state/discovery.json").write_text(content)
    with pytest.raises(RefusedError):
        cluster.discovery()


def test_a_file_that_is_gone_is_said_to_be(tmp_path):
    with pytest.raises(FileNotFoundError):
        Folder(tmp_path).read(("a", "b"))
