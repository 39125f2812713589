"""What an ephemeral container leaves when its session ends: told until its pod is gone, and restarted where that is wanted."""

from dataclasses import replace

import pytest

from gitops_breakglass.core.plan.remains import MOST, leftovers
from gitops_breakglass.core.record import read_unproved
from gitops_breakglass.model.debug_grant import DebugGrant, Injection, PodOperations
from gitops_breakglass.model.debug_state import Remaining, Remains, SessionState
from gitops_breakglass.model.errors import RefusedError
from gitops_breakglass.model.kube import ObjectKey
from gitops_breakglass.model.outcome import Applied, Failed, Remained, Verb
from gitops_breakglass.model.window import print_time
from tests.e2e.debug_folder import NOW, OPEN, Cluster, Session, swept

WEB = ObjectKey("v1", "Pod", "shop", "web-0")
OWNED = [{"kind": "ReplicaSet", "name": "web", "uid": "u", "controller": True}]


@pytest.fixture
def cluster(tmp_path):
    return Cluster(tmp_path)


def a_pod(cluster, *containers, owners=OWNED, **metadata):
    """Somebody's pod with ephemeral containers."""
    return cluster.create(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "web-0", "namespace": "shop", "ownerReferences": owners, **metadata},
            "spec": {"ephemeralContainers": [{"name": each, "image": "busybox"} for each in containers]},
        }
    )


def a_session(cluster, uid, name="net", *, restart=False, done=True, **more):
    """A session that put its container into the pod of this uid; the record says so unless the run was stopped before."""
    injection = Injection("shop", "web-0", uid, {"name": f"bg-{name}-1"}, restart)
    grant = DebugGrant(f"bg-{name}", "ephemeral", "", "shop", PodOperations(), injections=(injection,))
    session = Session(cluster, name, debug=grant, **more).recorded()
    if done:
        record = cluster.get(session.record)
        entry = {"namespace": "shop", "pod": "web-0", "uid": uid, "container": injection.name, "at": print_time(NOW)}
        status = {"session": {"operations": [entry]}}
        cluster.replace_status(record.key, {**record.manifest, "status": status})
    return session


def remains(session):
    return [each["state"] for each in session.status().get("session", {}).get("remains", ())]


def test_what_is_still_in_its_pod_is_told_in_each_run_until_the_pod_is_gone(cluster):
    pod = a_pod(cluster, "theirs", "bg-net-1")
    session = a_session(cluster, pod.uid)
    for _ in range(3):
        told = [each for each in swept(cluster) if not isinstance(each, Applied)]
        assert [(type(each), each.key, each.container) for each in told] == [(Remained, WEB, "bg-net-1")]
        cluster.clock.sleep(60)
    # Access has ended: it is no failure, and nobody waits for it.
    assert session.status()["endedAt"] == print_time(NOW)
    (entry,) = session.status()["session"]["remains"]
    assert entry == {
        "namespace": "shop",
        "pod": "web-0",
        "uid": pod.uid,
        "container": "bg-net-1",
        "state": "still-there",
        "since": print_time(NOW),
    }
    cluster.delete(pod)
    assert not [each for each in swept(cluster) if isinstance(each, Remained)]
    assert remains(session) == ["gone"]
    assert swept(cluster) == ()


def test_a_session_that_goes_on_leaves_nothing_yet(cluster):
    pod = a_pod(cluster, "bg-net-1")
    session = a_session(cluster, pod.uid, end=OPEN, restart=True)
    swept(cluster)
    assert (cluster.deleted, remains(session)) == ([], [])


def test_a_pod_that_was_replaced_holds_nothing_of_the_session_even_with_a_container_of_that_name(cluster):
    pod = a_pod(cluster, "bg-net-1")
    session = a_session(cluster, pod.uid, restart=True)
    cluster.delete(pod)
    cluster.deleted.clear()
    a_pod(cluster, "bg-net-1")
    assert not [each for each in swept(cluster) if isinstance(each, Remained)]
    assert (cluster.deleted, remains(session)) == ([], ["gone"])


def test_a_container_that_a_stopped_run_did_not_write_down_is_found_in_its_pod(cluster):
    pod = a_pod(cluster, "bg-net-1")
    session = a_session(cluster, pod.uid, done=False)
    swept(cluster)
    assert remains(session) == ["still-there"]
    assert [each["container"] for each in session.status()["session"]["operations"]] == ["bg-net-1"]


def test_of_a_container_that_was_never_added_nothing_is_told(cluster):
    pod = a_pod(cluster)
    session = a_session(cluster, pod.uid, done=False, restart=True)
    swept(cluster)
    assert (cluster.deleted, remains(session)) == ([], [])
    assert "endedAt" in session.status()
    assert swept(cluster) == ()


def test_a_pod_is_deleted_once_where_its_template_restarts_it(cluster):
    pod = a_pod(cluster, "bg-net-1")
    session = a_session(cluster, pod.uid, restart=True)
    outcomes = swept(cluster)
    assert [each.key for each in outcomes if isinstance(each, Applied) and each.verb is Verb.RESTARTED] == [WEB]
    assert (cluster.deleted, remains(session)) == (["Pod web-0"], ["restarted"])
    a_pod(cluster, "bg-net-1")
    assert swept(cluster) == ()
    assert cluster.deleted == ["Pod web-0"]


def test_a_pod_that_takes_its_time_to_go_is_told_until_it_has_gone_and_deleted_once(cluster):
    pod = a_pod(cluster, "bg-net-1")
    session = a_session(cluster, pod.uid, restart=True)
    cluster.confirms = False
    for _ in range(3):
        assert [each.container for each in swept(cluster) if isinstance(each, Remained)] == ["bg-net-1"]
    assert (cluster.deleted, remains(session)) == (["Pod web-0"], ["restarting"])
    cluster.confirms = True
    cluster.delete(pod)
    swept(cluster)
    assert remains(session) == ["restarted"]


@pytest.mark.parametrize(
    "containers, more", [(["bg-net-1"], {"owners": []}), (["theirs"], {}), (["bg-db-1"], {}), ([], {})]
)
def test_a_pod_is_not_deleted_that_nobody_makes_anew_or_that_does_not_hold_the_container(cluster, containers, more):
    pod = a_pod(cluster, *containers, **more)
    a_session(cluster, pod.uid, restart=True)
    swept(cluster)
    assert cluster.deleted == []


def test_a_container_whose_name_no_session_gives_is_nobody_s_to_restart(cluster):
    pod = a_pod(cluster, "theirs")
    injection = Injection("shop", "web-0", pod.uid, {"name": "theirs"}, restart=True)
    grant = DebugGrant("bg-net", "ephemeral", "", "shop", PodOperations(), injections=(injection,))
    Session(cluster, debug=grant).recorded()
    swept(cluster)
    assert cluster.deleted == []


def test_a_restart_that_is_refused_is_told_and_tried_again_and_holds_no_end_up(cluster):
    pod = a_pod(cluster, "bg-net-1")
    session = a_session(cluster, pod.uid, restart=True)
    cluster.refuses = {"Pod"}
    (failed,) = [each for each in swept(cluster) if isinstance(each, Failed)]
    assert (failed.key, failed.still_grants, failed.ending) == (WEB, False, True)
    assert "endedAt" in session.status()
    assert remains(session) == ["still-there"]
    cluster.refuses = set()
    swept(cluster)
    assert remains(session) == ["restarted"]


def test_a_pod_that_can_t_be_looked_at_counts_as_holding_the_container(cluster):
    pod = a_pod(cluster, "bg-net-1")
    session = a_session(cluster, pod.uid, done=False)
    found = cluster.get

    def get(key):
        if key == WEB:
            msg = "may not read pods"
            raise RefusedError(msg)
        return found(key)

    cluster.get = get
    (told,) = [each for each in swept(cluster) if isinstance(each, Remained)]
    assert told.why == "may not read pods"
    assert remains(session) == ["still-there"]
    assert session.status()["session"]["operations"] == []
    cluster.get = found
    swept(cluster)
    assert [each["container"] for each in session.status()["session"]["operations"]] == ["bg-net-1"]


def test_two_sessions_in_one_pod_are_told_apart(cluster):
    pod = a_pod(cluster, "bg-net-1", "bg-db-1")
    over, other = a_session(cluster, pod.uid), a_session(cluster, pod.uid, "db", end=OPEN)
    assert [each.container for each in swept(cluster) if isinstance(each, Remained)] == ["bg-net-1"]
    assert (remains(over), remains(other)) == (["still-there"], [])


def many_that_remain(cluster, count):
    """A session that ended, of which so many containers were still there."""
    injections = tuple(Injection("shop", f"web-{n}", f"u{n}", {"name": "bg-net-1"}) for n in range(count))
    grant = DebugGrant("bg-net", "ephemeral", "", "shop", PodOperations(), injections=injections)
    session = Session(cluster, debug=grant).recorded()
    record = read_unproved(cluster.get(session.record))
    left = [
        Remains(each.namespace, each.pod, each.pod_uid, each.name, Remaining.STILL_THERE, NOW) for each in injections
    ]
    return replace(record, ended_at=NOW, session=SessionState(remains=tuple(left)))


def test_one_run_looks_at_so_many_pods_and_each_has_its_turn(cluster):
    record = many_that_remain(cluster, 3 * MOST + 1)
    seen = set()
    for minute in range(8):
        cluster.clock.sleep(60)
        found = leftovers([record], cluster.clock.now())
        assert len(found) == MOST, minute
        seen |= {each.key for each in found}
    assert len(seen) == 3 * MOST + 1


def test_what_ends_now_is_looked_at_however_much_is_left_of_others(cluster):
    record = many_that_remain(cluster, 3 * MOST)
    now = read_unproved(cluster.get(a_session(cluster, "u-1", "db").record))
    for _ in range(4):
        cluster.clock.sleep(60)
        found = leftovers([record, now], cluster.clock.now())
        assert [each.record for each in found].count(now) == 1
        assert len(found) == MOST + 1
