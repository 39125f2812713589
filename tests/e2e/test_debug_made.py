"""What a debug session makes, in which order, once; and that its rights follow its pods and nothing else."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gitops_breakglass.model.debug_grant import Failure, Part
from gitops_breakglass.model.debug_offer import DebugSide
from gitops_breakglass.model.errors import RefusedError
from tests.e2e.attacks import in_force
from tests.e2e.debug_made import (
    MARK,
    NAME,
    MadeStage,
    config,
    copy,
    deployment,
    injection,
    quota,
    session,
    told,
)


def made(stage):
    """The calls of the last runs that made something of the session, in their order."""
    return [each.replace(f"{NAME}-", "") for each in stage.cluster.calls if not each.startswith("create LedgerPage")]


@pytest.fixture
def start(tmp_path):
    def start(*objects, **more):
        return MadeStage(tmp_path, session(*objects, **more))

    return start


def test_objects_come_in_the_order_of_the_decision_and_rights_once_there_are_pods(start):
    stage = start(quota(), config(), deployment(), config("after", Part.AUXILIARY_AFTER))
    stage.reconcile()
    assert stage.things() == ["ConfigMap after", "ConfigMap config", "Deployment pods", "ResourceQuota quota"]
    order = [each for each in made(stage) if "debug/" in each]
    assert order == [
        "create ResourceQuota debug/quota",
        "create ConfigMap debug/config",
        "create Deployment debug/pods",
        "create ConfigMap debug/after",
    ]
    assert (stage.rights(), stage.people()) == ({}, [])
    (name,) = stage.cluster.control()
    stage.reconcile()
    assert stage.rights() == {"debug": [name]}
    assert stage.people() == ["debug alice@example.com", "debug ben@example.com"]
    assert stage.plan().is_empty


def test_rights_follow_the_pods_as_they_come_and_go_and_the_role_never_gets_empty(start):
    stage = start(deployment())
    stage.reconcile()
    first, second = stage.cluster.control(count=2)
    stage.reconcile()
    assert stage.rights() == {"debug": [first, second]}
    stage.cluster.delete(stage.own("Pod", first.removeprefix(f"{NAME}-")))
    stage.reconcile()
    assert stage.rights() == {"debug": [second]}
    stage.cluster.delete(stage.own("Pod", second.removeprefix(f"{NAME}-")))
    stage.reconcile()
    assert stage.rights() == {"debug": []}
    (role,) = [each for each in stage.cluster.read().objects if each.key.kind == "Role"]
    assert role.manifest["rules"] == [MARK]
    (third,) = stage.cluster.control()
    stage.reconcile()
    assert stage.rights() == {"debug": [third]}
    assert stage.plan().is_empty


def test_what_somebody_says_the_workload_controls_by_another_uid_is_no_pod_of_the_session_and_goes(start):
    stage = start(deployment())
    stage.reconcile()
    stage.cluster.control(uid="another")
    stage.reconcile()
    assert stage.rights() == {}
    assert stage.things() == ["Deployment pods"]


def test_pods_that_have_finished_or_are_about_to_go_drop_out(start):
    stage = start(deployment())
    stage.reconcile()
    first, second = stage.cluster.control(count=2)
    stage.reconcile()
    stage.cluster.say(stage.own("Pod", first.removeprefix(f"{NAME}-")), phase="Succeeded")
    stage.reconcile()
    assert stage.rights() == {"debug": [second]}


def test_a_workload_that_somebody_changed_is_ended_and_told_and_not_made_again(start):
    stage = start(deployment())
    stage.reconcile()
    stage.cluster.control()
    stage.reconcile()
    live = stage.own("Deployment", "pods")
    template = live.manifest["spec"]["template"]
    evil = {**template, "spec": {"containers": [{"name": "tools", "image": "evil:1"}]}}
    stage.cluster.replace(live, {**live.manifest, "spec": {**live.manifest["spec"], "template": evil}})
    (end,) = [each for each in stage.plan().ends if each.live.key.kind == "Deployment"]
    assert end.why == "somebody changed its spec, which is not what was signed any more"
    stage.reconcile()
    stage.reconcile()
    assert (stage.things(), stage.rights()) == ([], {"debug": []})
    assert [each.why for each in stage.plan().conflicts] == [
        "it was made and somebody took it away; it is not made again"
    ]


def test_a_workload_that_somebody_put_in_the_place_of_ours_is_none_of_the_session(start):
    stage = start(deployment())
    stage.reconcile()
    live = stage.own("Deployment", "pods")
    stage.cluster.delete(live)
    metadata = {name: value for name, value in live.manifest["metadata"].items() if name != "uid"}
    stage.cluster.create({**live.manifest, "metadata": metadata})
    stage.cluster.control()
    stage.reconcile()
    assert stage.rights() == {}
    assert stage.things() == []


def test_amounts_that_the_server_writes_its_own_way_are_the_same(start):
    stage = start(quota())
    stage.reconcile()
    live = stage.own("ResourceQuota", "quota")
    stage.cluster.replace(live, {**live.manifest, "spec": {"hard": {"limits.cpu": "1", "pods": "2"}}})
    assert stage.plan().is_empty
    live = stage.own("ResourceQuota", "quota")
    stage.cluster.replace(live, {**live.manifest, "spec": {"hard": {"limits.cpu": "2", "pods": "2"}}})
    assert [each.live.key.kind for each in stage.plan().ends] == ["ResourceQuota"]


def test_a_namesake_that_is_not_ours_stops_what_comes_after_it_and_nobody_gets_access(start):
    stage = start(config(), deployment())
    theirs = {**config().manifest, "data": {"theirs": "yes"}}
    stage.cluster.create(theirs)
    report = stage.reconcile()
    assert any("is there already" in each for each in told(report))
    assert "Deployment: what comes before it was not made" in told(report)
    assert (stage.things(), stage.rights()) == ([], {})
    assert stage.cluster.get(report.outcomes[0].key) is None or stage.cluster.get(stage.record) is not None


@pytest.mark.parametrize("failure", [Failure.WARN, Failure.IGNORE])
def test_what_may_fail_by_its_template_is_told_and_holds_nothing_up(start, failure):
    stage = start(config(failure=failure), deployment())
    stage.cluster.refuses["ConfigMap"] = RefusedError("not this one")
    report = stage.reconcile()
    assert stage.things() == ["Deployment pods"]
    how = "goes on with a warning" if failure is Failure.WARN else "does not mind"
    assert f"ConfigMap: it could not be made, and its template {how}: not this one" in told(report)


def test_a_template_that_fails_open_gives_access_to_what_is_there(start):
    stage = start(copy(), config("after", Part.AUXILIARY_AFTER), fails_open=True)
    stage.cluster.refuses["ConfigMap"] = RefusedError("not this one")
    stage.reconcile()
    assert stage.rights() == {"debug": [f"{NAME}-copy"]}


def test_without_that_nobody_gets_access_while_something_is_missing_and_all_once_it_is_there(start):
    stage = start(copy(), config("after", Part.AUXILIARY_AFTER))
    stage.cluster.refuses["ConfigMap"] = RefusedError("not this one")
    stage.reconcile()
    stage.reconcile()
    assert stage.rights() == {}
    stage.cluster.refuses.clear()
    stage.reconcile()
    assert stage.rights() == {"debug": [f"{NAME}-copy"]}


def test_a_pod_of_the_session_has_its_rights_in_the_same_run(start):
    stage = start(copy())
    stage.reconcile()
    assert stage.rights() == {"debug": [f"{NAME}-copy"]}
    assert stage.plan().is_empty


# -- containers in pods of others


def test_a_container_is_added_once_and_access_is_to_its_pod_alone(start):
    stage = start(injections=[injection()])
    stage.cluster.pod()
    stage.cluster.pod("web-1")
    stage.reconcile()
    assert stage.rights() == {"shop": ["web-0"]}
    stage.reconcile()
    assert [each for each in made(stage) if each.startswith("inject")] == ["inject eph Pod shop/web-0"]
    assert stage.plan().is_empty


def test_the_role_tells_the_guard_which_containers_are_the_sessions_own(start):
    elsewhere = replace(injection("db-0", place="data"), container={"name": f"{NAME}-db", "image": "db:1"})
    stage = start(injections=[injection(), elsewhere])
    stage.cluster.pod()
    stage.reconcile()
    (role,) = (live for live in stage.cluster.read().objects if live.key.kind == "Role")
    assert role.manifest["rules"][-1] == {**MARK, "resourceNames": [f"{NAME}-eph", "session"]}


def test_of_a_pod_that_was_replaced_nothing_is_touched_and_the_access_ends(start):
    stage = start(injections=[injection()])
    first = stage.cluster.pod()
    stage.reconcile()
    stage.cluster.delete(first)
    second = stage.cluster.pod()
    stage.reconcile()
    assert stage.rights() == {"shop": []}
    assert stage.cluster.get(second.key).manifest == second.manifest


def test_a_pod_that_was_replaced_before_the_container_came_is_not_touched_and_it_is_told(start):
    stage = start(injections=[injection(uid="the one that was seen")])
    pod = stage.cluster.pod()
    report = stage.reconcile()
    assert told(report) == [f"Pod: another pod has taken its place, so container {NAME}-eph is not added to it"]
    assert (stage.rights(), stage.cluster.get(pod.key).manifest) == ({}, pod.manifest)


def test_a_pod_that_came_into_the_place_of_another_with_the_same_container_gives_no_access(start):
    stage = start(injections=[injection()])
    first = stage.cluster.pod()
    stage.reconcile()
    spec = stage.cluster.get(first.key).manifest["spec"]
    stage.cluster.delete(first)
    second = stage.cluster.pod()
    stage.cluster.replace(second, {**second.manifest, "spec": spec})
    stage.reconcile()
    assert stage.rights() == {"shop": []}


def test_the_record_says_which_pod_a_container_is_for_before_it_is_added(start):
    stage = start(injections=[injection()])
    pod = stage.cluster.pod()
    seen = []

    def look(each, container):
        seen.append([(one["container"], one["uid"]) for one in stage.status()["operations"]])
        raise RefusedError("killed")

    stage.cluster.inject = look
    stage.reconcile()
    assert seen == [[(f"{NAME}-eph", pod.uid)]]
    # Another pod of its name comes: it was not the one that was first seen.
    del stage.cluster.inject
    stage.cluster.delete(pod)
    stage.cluster.pod()
    stage.reconcile()
    assert [each for each in made(stage) if each.startswith("inject")] == []
    assert stage.rights() == {}


def test_after_a_stop_between_record_and_pod_the_same_pod_gets_its_container(start):
    stage = start(injections=[injection()])
    stage.cluster.pod()

    def killed(*_):
        raise RefusedError("killed")

    stage.cluster.inject = killed
    stage.reconcile()
    del stage.cluster.inject
    stage.reconcile()
    assert stage.rights() == {"shop": ["web-0"]}


def test_a_container_of_that_name_with_another_content_gives_no_access_and_is_told(start):
    stage = start(injections=[injection()])
    pod = stage.cluster.pod()
    spec = {**pod.manifest["spec"], "ephemeralContainers": [{"name": f"{NAME}-eph", "image": "theirs:1"}]}
    stage.cluster.replace(pod, {**pod.manifest, "spec": spec})
    report = stage.reconcile()
    assert told(report) == [f"Pod: it holds container {NAME}-eph, which is not what was signed"]
    assert stage.rights() == {}


# -- what it shrinks by


def test_without_its_template_a_session_ends(start):
    stage = start(deployment())
    stage.reconcile()
    stage.cluster.control()
    stage.reconcile()
    stage.debug = DebugSide()
    report = stage.reconcile()
    assert "there is no DebugSessionTemplate network" in " ".join(each.message for each in report.plan.findings)
    assert (stage.things(), stage.rights(), stage.people()) == ([], {}, [])


def test_a_participant_who_has_left_is_dropped_alone(start):
    stage = start(copy())
    stage.reconcile()
    del stage.world.people["ben"]
    stage.groups = {"developers": ["alice", "erin"], "team-leads": ["dana"]}
    in_force(stage, {"identities.yaml": stage.identities()})
    stage.reconcile()
    assert stage.people() == ["debug alice@example.com"]


def test_a_copy_ends_with_its_ttl_and_the_rest_stays(start):
    stage = start(copy(ttl=timedelta(minutes=10)), deployment())
    stage.reconcile()
    (name,) = stage.cluster.control()
    stage.reconcile()
    assert stage.rights() == {"debug": sorted([f"{NAME}-copy", name])}
    stage.passes(minutes=11)
    stage.reconcile()
    assert stage.rights() == {"debug": [name]}
    assert [each for each in stage.things() if "copy" in each] == []


def test_everything_of_a_session_carries_its_marks_and_so_do_its_pods(start):
    stage = start(deployment(), copy())
    stage.reconcile()
    stage.cluster.control()
    marks = [
        (each.labels["gitops-breakglass.dev/request"], each.annotations["gitops-breakglass.dev/decision"])
        for each in stage.cluster.read().objects
        if each.key.namespace == "debug"
    ]
    assert set(marks) == {(stage.statement.uid, stage.digest)}
    assert len(marks) >= 4
