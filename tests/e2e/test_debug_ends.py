"""What a debug session made ends in its order, with what controllers made of it, and nothing that others need."""

import pytest

from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.core.record import read_unproved
from gitops_breakglass.core.request_status import recorded_status
from gitops_breakglass.flows.ends.end_session import UNDER_WAY
from gitops_breakglass.flows.revoke import revoke
from gitops_breakglass.model.errors import RefusedError
from gitops_breakglass.model.kube import DECISION, RBAC_GROUP
from gitops_breakglass.model.outcome import Applied, Failed, Skipped
from gitops_breakglass.model.window import print_time
from tests.e2e.debug_folder import NOW, OPEN, Cluster, Session, swept, told, without_labels


@pytest.fixture
def cluster(tmp_path):
    return Cluster(tmp_path)


WHOLE = (
    ("Namespace", "debug"),
    ("NetworkPolicy", ""),
    ("ResourceQuota", ""),
    ("ConfigMap", ""),
    ("Deployment", ""),
    ("ReplicaSet", "1"),
    ("Pod", "1-a"),
    ("Pod", "copy"),
)


def a_whole(cluster, **more):
    session = Session(cluster, **more).recorded(*WHOLE)
    for kind, what in WHOLE:
        session.makes(kind, what)
    session.makes("Role", rules=[])
    ref = {"apiGroup": RBAC_GROUP, "kind": "Role", "name": "bg-net"}
    session.makes("RoleBinding", roleRef=ref, subjects=[])
    return session


def test_access_ends_first_then_workloads_and_pods_then_the_rest_then_limits_and_the_namespace_last(cluster):
    session = a_whole(cluster)
    assert all(isinstance(each, Applied) for each in swept(cluster))
    assert cluster.deleted == [
        "RoleBinding bg-net",
        "Deployment bg-net",
        "ReplicaSet bg-net-1",
        "Pod bg-net-1-a",
        "Pod bg-net-copy",
        "ConfigMap bg-net",
        "Role bg-net",
        "NetworkPolicy bg-net",
        "ResourceQuota bg-net",
        "Namespace debug",
    ]
    assert cluster.names() == []
    assert session.status()["endedAt"] == print_time(NOW)


def test_a_session_that_goes_on_is_left_as_it_is(cluster):
    a_whole(cluster, end=OPEN)
    swept(cluster)
    assert cluster.deleted == []


def test_what_controllers_make_while_a_session_ends_ends_with_it(cluster):
    session = a_whole(cluster)
    cluster.after = {
        "Deployment": [session.manifest("ReplicaSet", "2")],
        "ReplicaSet": [session.manifest("Pod", "1-b")],
    }
    swept(cluster)
    assert cluster.names() == []


def test_a_pod_whose_node_has_not_confirmed_keeps_its_limits_and_its_namespace_and_is_told_as_that(cluster):
    session = a_whole(cluster)
    cluster.confirms = False
    outcomes = swept(cluster)
    held = "a pod of its session is still there, which it holds to its limits"
    assert not [each for each in outcomes if isinstance(each, Failed)]
    assert told(outcomes, Skipped)[:4] == [
        f"bg-net-1-a: {UNDER_WAY}",
        f"bg-net-copy: {UNDER_WAY}",
        f"bg-net: {held}",
        f"bg-net: {held}",
    ]
    assert told(outcomes, Skipped)[4].startswith("debug: it is still used by NetworkPolicy debug/bg-net; ")
    left = ["Namespace debug", "NetworkPolicy bg-net", "Pod bg-net-1-a", "Pod bg-net-copy", "ResourceQuota bg-net"]
    assert cluster.names() == left
    assert "endedAt" not in session.status()
    for live in cluster.read().objects:
        if live.key.kind == "Pod":
            ManifestsCluster.delete(cluster, live)
    swept(cluster)
    assert cluster.names() == []
    assert "endedAt" in session.status()


def test_a_pod_that_may_not_be_deleted_may_still_be_used_by_who_was_let_in_before(cluster):
    a_whole(cluster)
    cluster.refuses = {"Pod"}
    failed = {each.key.name: each for each in swept(cluster) if isinstance(each, Failed)}
    assert sorted(failed) == ["bg-net-1-a", "bg-net-copy"]
    assert all(each.still_grants and each.ending and each.error.endswith("stays") for each in failed.values())
    assert cluster.names() == [
        "Namespace debug",
        "NetworkPolicy bg-net",
        "Pod bg-net-1-a",
        "Pod bg-net-copy",
        "ResourceQuota bg-net",
    ]
    cluster.refuses = set()
    swept(cluster)
    assert cluster.names() == []


@pytest.mark.parametrize("kind", ["Deployment", "ConfigMap", "NetworkPolicy", "Namespace"])
def test_what_may_not_be_deleted_is_told_with_who_refused_and_holds_no_access(cluster, kind):
    session = a_whole(cluster)
    cluster.refuses = {kind}
    failed = [each for each in swept(cluster) if isinstance(each, Failed)]
    assert [(each.key.kind, each.still_grants) for each in failed] == [(kind, False)]
    assert "endedAt" not in session.status()
    cluster.refuses = set()
    swept(cluster)
    assert cluster.names() == []
    assert "endedAt" in session.status()


def test_a_copy_ends_at_its_own_time_while_its_session_goes_on_and_is_known_to_have_been_made(cluster):
    session = Session(cluster, end=OPEN).recorded(("Pod", "copy"), ("Pod", "node"))
    copy = session.makes("Pod", "copy", end=NOW)
    session.makes("Pod", "node")
    swept(cluster)
    assert cluster.names() == ["Pod bg-net-node"]
    assert copy.uid in [each["uid"] for each in session.status()["inventory"]]
    assert "endedAt" not in session.status()


def test_a_pod_of_a_workload_comes_and_goes_without_being_written_down_as_made(cluster):
    session = Session(cluster, end=OPEN).recorded(("Deployment", ""))
    session.makes("Deployment")
    session.makes("Pod", "1-a")
    swept(cluster)
    assert [each["kind"] for each in session.status()["inventory"]] == ["Deployment"]


@pytest.mark.parametrize("kind", ["Deployment", "DaemonSet", "Pod", "ConfigMap", "NetworkPolicy"])
def test_what_lost_its_labels_is_found_by_the_inventory(cluster, kind):
    session = Session(cluster, end=OPEN).recorded((kind, ""))
    live = session.makes(kind)
    swept(cluster)
    without_labels(cluster, live)
    cluster.clock.sleep(7200)
    swept(cluster)
    assert cluster.get(live.key) is None
    assert "endedAt" in session.status()


def test_a_namespace_that_somebody_wrote_into_a_status_is_not_taken_for_ours(cluster):
    session = Session(cluster).recorded(("Namespace", "shop"))
    live = session.makes("Namespace", "shop")
    record = cluster.get(session.record)
    listed = {"apiVersion": "v1", "kind": "Namespace", "name": "shop", "uid": live.uid}
    cluster.replace_status(record.key, {**record.manifest, "status": {"inventory": [listed]}})
    without_labels(cluster, live)
    assert not [each for each in swept(cluster) if each.key.kind == "Namespace"]
    assert cluster.get(live.key) is not None


def test_a_namespace_of_which_no_record_says_that_it_was_made_is_left_whatever_its_labels_say(cluster):
    session = Session(cluster).recorded()
    session.makes("Namespace", "shop")
    outcomes = swept(cluster)
    assert told(outcomes, Skipped) == ["shop: no record says that it was made for a session, so it is left as it is"]
    assert cluster.names() == ["Namespace shop"]


def test_a_namespace_in_which_others_have_pods_is_kept_and_its_session_has_ended_all_the_same(cluster):
    session = a_whole(cluster)
    cluster.others = [("debug", "web-0"), ("shop", "web-1")]
    outcomes = swept(cluster)
    assert told(outcomes, Skipped) == ["debug: it is still used by Pod debug/web-0, which is not ours"]
    assert cluster.names() == ["Namespace debug"]
    assert session.status()["endedAt"] == print_time(NOW)
    cluster.others = []
    swept(cluster)
    assert cluster.names() == []


def test_a_namespace_that_another_session_uses_goes_with_that_one(cluster):
    a_whole(cluster)
    other = Session(cluster, "db", end=OPEN).recorded(("ConfigMap", ""))
    other.makes("ConfigMap")
    outcomes = swept(cluster)
    assert told(outcomes, Skipped) == ["debug: it is still used by ConfigMap debug/bg-db; the request db"]
    assert cluster.names() == ["ConfigMap bg-db", "Namespace debug"]
    cluster.clock.sleep(7200)
    swept(cluster)
    assert cluster.names() == []


def test_a_namespace_waits_for_a_session_that_has_not_begun_in_it(cluster):
    a_whole(cluster)
    Session(cluster, "db", end=OPEN).recorded(("ConfigMap", ""))
    assert told(swept(cluster), Skipped) == ["debug: it is still used by the request db"]
    cluster.clock.sleep(7200)
    swept(cluster)
    assert cluster.names() == []


def test_two_sessions_end_apart(cluster):
    a_whole(cluster)
    other = Session(cluster, "db", end=OPEN, namespace="shop").recorded(("Pod", "copy"))
    other.makes("Pod", "copy")
    swept(cluster)
    assert cluster.names() == ["Pod bg-db-copy"]


def test_a_revoked_session_ends_whole(cluster):
    session = a_whole(cluster, end=OPEN)
    record = cluster.get(session.record)
    spec = {**record.manifest["spec"], "revokedAt": print_time(NOW)}
    cluster.replace(record, {**record.manifest, "spec": spec})
    swept(cluster)
    assert cluster.names() == []


def test_a_forged_copy_of_a_record_ends_no_namespace_of_others(cluster):
    session = Session(cluster).recorded(("Namespace", "shop"))
    forged = session.manifest("Namespace", "shop")
    forged["metadata"]["annotations"][DECISION] = "f" * 64
    cluster.create(forged)
    swept(cluster)
    assert cluster.names() == ["Namespace shop"]


def test_what_can_t_be_looked_at_is_not_taken_for_empty(cluster):
    a_whole(cluster)

    def refuses(_namespace):
        msg = "may not list pods"
        raise RefusedError(msg)

    cluster.pods = refuses
    (failed,) = [each for each in swept(cluster) if isinstance(each, Failed)]
    assert (failed.key.kind, failed.error, failed.still_grants) == ("Namespace", "may not list pods", False)
    assert cluster.names() == ["Namespace debug"]


def test_of_two_overlapping_sessions_of_one_person_the_second_loses_nothing_when_the_first_ends(cluster):
    first = a_whole(cluster)
    longer = a_whole_beside(cluster)
    before = [each for each in cluster.names() if "bg-more" in each]
    swept(cluster)
    assert [each for each in cluster.names() if "bg-more" in each] == before
    assert cluster.names() == sorted(["Namespace debug", *before])
    assert ("endedAt" in first.status(), "endedAt" in longer.status()) == (True, False)


def a_whole_beside(cluster):
    """A session of the same person by the same template in the same namespace, which goes on."""
    beside = [each for each in WHOLE if each[0] != "Namespace"]
    session = Session(cluster, "more", end=OPEN).recorded(*beside)
    for kind, what in beside:
        session.makes(kind, what)
    session.makes("Role", rules=[])
    ref = {"apiGroup": RBAC_GROUP, "kind": "Role", "name": "bg-more"}
    session.makes("RoleBinding", roleRef=ref, subjects=[])
    return session


def test_revoking_a_session_ends_it_now_and_its_namespace_with_it(cluster):
    session = a_whole(cluster, end=OPEN)
    report = revoke(cluster, ThreadPool(1), "net")
    assert not [each for each in report.outcomes if isinstance(each, Failed)]
    assert cluster.names() == []
    assert session.status()["endedBy"] == "revoke"


def test_a_session_whose_namespace_others_use_is_not_told_as_overdue(cluster):
    session = a_whole(cluster)
    cluster.others = [("debug", "web-0")]
    swept(cluster)
    objects = cluster.read().objects
    status = recorded_status(read_unproved(cluster.get(session.record)), objects, "prod", NOW)
    assert (status.live, status.notes) == (("Namespace debug",), ())
