"""Laws of a debug session's pods: by uid alone, whatever the order, and never more than follows from what was made."""

from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.core.debug.pods import Sight, pods_of
from gitops_breakglass.core.debug.rights import rights_on
from gitops_breakglass.core.plan.diff import diff
from gitops_breakglass.model.kube import LiveObject, ObjectKey
from tests.e2e.debug_made import NAME, PLACE, deployment, session
from tests.unit.debug_make.test_marked_objects import LABELS

DEBUG = session(deployment())
(OWN,) = (each.key for each in DEBUG.objects)
UIDS = ("w-ours", "w-theirs", "r-1", "r-2", "nobody")
owners = st.sampled_from(UIDS)


def live(kind, name, uid, owner=None, **status):
    api = "v1" if kind == "Pod" else "apps/v1"
    references = [{"kind": "x", "uid": owner, "controller": True}] if owner else []
    metadata = {"name": name, "namespace": PLACE, "labels": LABELS, "annotations": {}, "ownerReferences": references}
    return LiveObject(ObjectKey(api, kind, PLACE, name), uid, {"metadata": metadata, "status": status})


@st.composite
def worlds(draw):
    """A workload, perhaps not ours, two ReplicaSets and pods, each controlled by something."""
    objects = [live("Deployment", OWN.name, draw(st.sampled_from(["w-ours", "w-theirs"])))]
    objects += [live("ReplicaSet", f"{NAME}-{uid}", uid, draw(owners)) for uid in ("r-1", "r-2")]
    phases = draw(st.lists(st.sampled_from(["Running", "Pending", "Succeeded", "Failed"]), max_size=5))
    objects += [live("Pod", f"{NAME}-p{at}", f"p-{at}", draw(owners), phase=phase) for at, phase in enumerate(phases)]
    return objects


def seen(objects):
    return pods_of(DEBUG, Sight(objects, uids={OWN: "w-ours"}), [OWN])


def follows(objects, owner):
    """Whether a uid leads to the workload that was made: the other way round than the code goes."""
    by_uid = {each.uid: each for each in objects}
    if owner == "w-ours":
        return "w-ours" in by_uid
    above = by_uid.get(owner)
    return above is not None and above.key.kind == "ReplicaSet" and owner_of(above) == "w-ours" and "w-ours" in by_uid


def owner_of(each):
    return each.manifest["metadata"]["ownerReferences"][0]["uid"]


@given(worlds())
def test_the_pods_of_a_session_are_those_that_lead_to_what_was_made_and_are_open(objects):
    wanted = [
        each.key.name
        for each in objects
        if each.key.kind == "Pod"
        and follows(objects, owner_of(each))
        and each.manifest["status"]["phase"] not in {"Succeeded", "Failed"}
    ]
    assert seen(objects).names() == ({PLACE: tuple(sorted(wanted))} if wanted else {})


@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_what_is_seen_never_matters(objects, random):
    shuffled = list(objects)
    random.shuffle(shuffled)
    assert seen(shuffled) == seen(objects)
    followers = seen(objects).followers
    ends, again = (diff({}, each, {}, {}, followers=followers).ends for each in (objects, shuffled))
    assert ends == again


@given(worlds())
def test_roles_name_no_pod_that_is_not_the_sessions_and_nothing_else(objects):
    pods = seen(objects)
    names = {each.key.name for each in pods.pods}
    for scope in rights_on(DEBUG, pods.names(), "x"):
        assert all(rule.resource_names and set(rule.resource_names) <= names for rule in scope.rules)


@given(worlds())
def test_what_stays_of_followers_is_what_the_workload_that_was_made_controls(objects):
    pods = seen(objects)
    kept = {each.key for each in objects if each.uid in pods.followers}
    ended = {each.live.key for each in diff({}, objects, {}, {}, followers=pods.followers).ends}
    assert kept | ended == {each.key for each in objects}
    assert not kept & ended
    assert all(follows(objects, owner_of(each)) for each in objects if each.key in kept)
