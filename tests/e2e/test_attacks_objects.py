"""Attacks on objects of grants: what others change, take away or put beside them gives nothing and keeps nothing."""

import pytest

from gitops_breakglass.model.kube import DECISION, EXPIRES_AT, REQUEST, key_of
from gitops_breakglass.model.outcome import Applied, Failed
from tests.e2e.attacks import (
    GRANTED,
    WHAT,
    annotations,
    asks_and_gets,
    ends_on_time,
    forged,
    is_made_anew,
    labels,
    names,
    one,
    record_of,
    writes,
)
from tests.e2e.stage import Stage
from tests.git.world import path_of


@pytest.fixture
def stage(tmp_path):
    stage = Stage(tmp_path)
    stage.granted(WHAT)
    return stage


def without_labels(manifest):
    labels(manifest).clear()


def without_our_label(manifest):
    del labels(manifest)["app.kubernetes.io/managed-by"]


def without_the_request(manifest):
    del labels(manifest)[REQUEST]


def without_any_mark_but_the_decision(manifest):
    without_labels(manifest)
    del annotations(manifest)[EXPIRES_AT]


LABELS_TAKEN = [without_labels, without_our_label, without_the_request, without_any_mark_but_the_decision]


@pytest.mark.parametrize("change", LABELS_TAKEN)
@pytest.mark.parametrize("kind", GRANTED)
def test_an_object_whose_label_was_taken_off_ends_all_the_same(stage, kind, change):
    live = one(stage, kind)
    writes(stage, live, change)
    stage.passes(hours=1)
    stage.sweep()
    assert stage.cluster.get(live.key) is None
    assert stage.live() == []


@pytest.mark.parametrize("change", LABELS_TAKEN)
def test_an_object_whose_label_was_taken_off_ends_with_its_file(stage, change):
    live = one(stage, "ClusterRoleBinding")
    writes(stage, live, change)
    stage.world.policy({path_of(WHAT): None})
    stage.reconcile()
    assert stage.cluster.get(live.key) is None
    assert record_of(stage).manifest["status"]["endedAt"] == "2026-03-10T03:00:00Z"


def test_a_label_is_enough_to_find_it_where_the_record_was_never_told_its_uid(stage):
    live = one(stage, "ClusterRoleBinding")
    writes(stage, record_of(stage), lambda record: record["status"].pop("inventory"))

    def decided_otherwise(manifest):
        without_our_label(manifest)
        annotations(manifest)[DECISION] = "0" * 64

    writes(stage, live, decided_otherwise)
    stage.passes(hours=1)
    stage.sweep()
    assert stage.cluster.get(live.key) is None


def test_what_can_not_be_looked_at_is_told_and_tried_again_and_stops_nobody(stage):
    live = one(stage, "ClusterRoleBinding")
    file = stage.folder / "out/prod/clusterrolebinding/_cluster" / f"{live.key.name}.yaml"
    content = file.read_text()
    file.write_text("{")
    stage.granted("prod/inc-2", reason="INC-2")
    stage.passes(hours=1)
    failed = [each for each in stage.sweep().outcomes if isinstance(each, Failed)]
    assert [(each.key, each.still_grants) for each in failed] == [(live.key, True)]
    assert stage.live() == []
    assert "endedAt" not in record_of(stage).manifest["status"]
    assert record_of(stage, "inc-2").manifest["status"]["endedAt"] == "2026-03-10T04:00:00Z"
    file.write_text(content)
    stage.sweep()
    assert stage.cluster.get(live.key) is None
    assert record_of(stage).manifest["status"]["endedAt"] == "2026-03-10T04:00:00Z"


def test_a_file_of_the_folder_that_holds_no_object_is_told_and_stops_nothing(stage):
    file = stage.folder / "out/prod/role/shop/bg-one.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("[")
    plan = stage.plan()
    (told,) = [each for each in plan.findings if each.rule == "cluster-not-read"]
    assert str(file) in told.message
    assert plan.keeps
    assert file.read_text() == "["


@pytest.mark.threat("D1")
@pytest.mark.parametrize("kind", GRANTED)
def test_an_object_whose_end_was_moved_later_is_made_anew_with_its_end(stage, kind):
    live = one(stage, kind)
    writes(stage, live, lambda manifest: annotations(manifest).update({EXPIRES_AT: "2030-01-01T00:00:00Z"}))
    stage.reconcile()
    assert is_made_anew(stage, live)
    ends_on_time(stage)


@pytest.mark.parametrize("end", ["tomorrow", "", "0001-01-01T00:00:00+14:00"])
@pytest.mark.parametrize("kind", GRANTED)
def test_an_end_that_was_moved_earlier_or_made_unreadable_ends_it_now(stage, kind, end):
    live = one(stage, kind)
    writes(stage, live, lambda manifest: annotations(manifest).update({EXPIRES_AT: end}))
    stage.reconcile()
    assert stage.cluster.get(live.key) is None


def test_sweep_alone_ends_on_time_whatever_its_end_and_its_request_were_changed_to(stage):
    for kind in GRANTED:

        def later(manifest):
            annotations(manifest)[EXPIRES_AT] = "2030-01-01T00:00:00Z"
            labels(manifest)[REQUEST] = "0" * 32

        writes(stage, one(stage, kind), later)
    stage.passes(hours=1)
    stage.sweep()
    assert stage.live() == []


def test_a_copied_record_that_says_later_does_not_keep_what_the_true_one_ends(stage):
    later = "2030-01-01T00:00:00Z"

    def says_later(record):
        record["spec"]["decision"]["payload"] = record["spec"]["decision"]["payload"].replace(
            "2026-03-10T04:00:00Z", later
        )
        record["metadata"]["annotations"][EXPIRES_AT] = later
        record["status"]["endedAt"] = later

    forged(stage, says_later, name="zzz-copy")
    for kind in GRANTED:
        writes(stage, one(stage, kind), lambda manifest: annotations(manifest).update({EXPIRES_AT: later}))
    stage.passes(hours=1)
    stage.sweep()
    assert stage.live() == []


@pytest.mark.parametrize("subjects", [[], None])
def test_a_binding_that_somebody_emptied_ends(stage, subjects):
    live = one(stage, "ClusterRoleBinding")
    writes(stage, live, lambda manifest: manifest.update(subjects=subjects))
    stage.reconcile()
    assert stage.cluster.get(live.key) is None
    assert stage.reconcile().plan.creations == ()


@pytest.mark.parametrize("subjects", [[{"kind": "User", "name": "mallory"}], ["nonsense"], "nonsense"])
def test_a_binding_with_other_subjects_is_made_anew(stage, subjects):
    live = one(stage, "ClusterRoleBinding")
    writes(stage, live, lambda manifest: manifest.update(subjects=subjects))
    stage.reconcile()
    assert is_made_anew(stage, live)
    assert stage.plan().is_empty


@pytest.mark.parametrize("ref", [{"kind": "ClusterRole", "name": "cluster-admin"}, "nonsense"])
def test_a_binding_to_another_role_is_made_anew(stage, ref):
    live = one(stage, "ClusterRoleBinding")
    writes(stage, live, lambda manifest: manifest.update(roleRef=ref))
    stage.reconcile()
    assert is_made_anew(stage, live)


def test_an_object_that_follows_from_another_decision_is_made_anew(stage):
    live = one(stage, "ClusterRole")
    writes(stage, live, lambda manifest: annotations(manifest).update({DECISION: "0" * 64}))
    stage.reconcile()
    assert is_made_anew(stage, live)


def test_a_role_that_was_widened_shrinks_to_what_was_granted(stage):
    live = one(stage, "ClusterRole")
    wider = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
    writes(stage, live, lambda manifest: manifest.update(rules=[*manifest["rules"], *wider]))
    stage.reconcile()
    assert one(stage, "ClusterRole").manifest["rules"] == live.manifest["rules"]
    assert stage.plan().is_empty


def test_a_role_that_was_narrowed_by_hand_stays_narrow(stage):
    writes(stage, one(stage, "ClusterRole"), lambda manifest: manifest.update(rules=manifest["rules"][:1]))
    less = one(stage, "ClusterRole").manifest["rules"]
    assert stage.reconcile().outcomes == ()
    assert one(stage, "ClusterRole").manifest["rules"] == less


@pytest.mark.parametrize("rules", ["nonsense", 7, [{"verbs": "get"}]])
def test_a_role_with_rules_that_can_not_be_read_is_made_anew(stage, rules):
    live = one(stage, "ClusterRole")
    writes(stage, live, lambda manifest: manifest.update(rules=rules))
    stage.reconcile()
    assert is_made_anew(stage, live)


def test_a_role_that_was_made_to_aggregate_others_is_made_anew(stage):
    live = one(stage, "ClusterRole")
    writes(stage, live, lambda manifest: manifest.update(aggregationRule={"clusterRoleSelectors": [{}]}))
    stage.reconcile()
    assert is_made_anew(stage, live)


def test_an_object_that_was_deleted_by_hand_is_reported_and_not_made_again(stage):
    live = one(stage, "ClusterRoleBinding")
    stage.cluster.delete(live)
    report = stage.reconcile()
    assert [(each.key, each.why) for each in report.plan.conflicts] == [
        (live.key, "it was made and somebody took it away; it is not made again")
    ]
    assert stage.live() == ["ClusterRole"]
    ends_on_time(stage)


def test_a_namesake_of_others_is_a_conflict_and_stays_as_it_is(tmp_path):
    stage = Stage(tmp_path)
    for what in (WHAT, "prod/inc-2"):
        asks_and_gets(stage, what, reason=what)
    role = next(each for each in stage.plan().creations if each.key.kind == "ClusterRole" and "inc-1" in each.key.name)
    metadata = {"name": role.key.name}
    theirs = stage.cluster.create({**role.manifest, "metadata": metadata})
    report = stage.reconcile()
    failed = [each.key for each in report.outcomes if isinstance(each, Failed)]
    assert failed == [role.key]
    assert (stage.live(), names(stage)) == (GRANTED, {"inc-2"})
    assert stage.cluster.get(role.key) == theirs
    stage.passes(hours=1)
    stage.sweep()
    assert stage.cluster.get(role.key) == theirs


def test_a_namesake_with_our_marks_that_aggregates_others_is_not_taken_for_ours(tmp_path):
    stage = Stage(tmp_path)
    asks_and_gets(stage)
    role = next(each for each in stage.plan().creations if each.key.kind == "ClusterRole")
    stage.cluster.create({**role.manifest, "aggregationRule": {"clusterRoleSelectors": [{}]}})
    stage.reconcile()
    assert stage.cluster.get(role.key) is None
    stage.reconcile()
    assert "aggregationRule" not in one(stage, "ClusterRole").manifest


@pytest.mark.parametrize(("name", "marks"), [("theirs", {}), ("bg-theirs", {}), ("theirs", {REQUEST: "0" * 32})])
def test_an_object_of_others_that_carries_our_label_is_reported_and_stays(stage, name, marks):
    manifest = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": name, "labels": {"app.kubernetes.io/managed-by": "gitops-breakglass", **marks}},
        "rules": [],
    }
    theirs = stage.cluster.create(manifest)
    report = stage.reconcile()
    assert [each.key for each in report.plan.conflicts] == [key_of(manifest)]
    ends_on_time(stage)
    assert stage.cluster.get(theirs.key) == theirs


def test_an_object_that_is_marked_as_ours_and_that_no_decision_made_ends(stage):
    role = one(stage, "ClusterRole")
    metadata = {"name": "bg-mine-0000000000", "labels": {**role.labels, REQUEST: "0" * 32}}
    made = stage.cluster.create({**role.manifest, "metadata": metadata | {"annotations": dict(role.annotations)}})
    report = stage.reconcile()
    assert [each.key for each in report.outcomes if isinstance(each, Applied)] == [made.key]
    assert names(stage) == {"inc-1"}
