"""Attacks on content: what lands, or lies there later, is not what was approved."""

import pytest

from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster
from gitops_breakglass.flows.apply import Hands
from gitops_breakglass.flows.install import install_folder
from gitops_breakglass.flows.reconcile import reconcile
from gitops_breakglass.model.decision import Denied
from tests.e2e.attacks import (
    GRANTED,
    HONEST,
    WHAT,
    asks_and_gets,
    judged_beside_an_honest_one,
    names,
    objects,
    record_of,
    refused,
)
from tests.e2e.stage import POD_SHELL, Stage
from tests.git.world import branch_of, path_of, session

PATH = path_of(WHAT)
LONGER = session("inc-1", duration="2h")


@pytest.fixture
def stage(tmp_path):
    return Stage(tmp_path)


def test_content_pushed_after_the_approval_is_not_approved(stage):
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT)
    stage.alice.commits({PATH: LONGER}, on=branch_of(WHAT))
    stage.world.merge(WHAT)
    assert refused(stage) == ["ApprovalRequired", "other-content"]


def test_a_merge_that_edits_the_request_is_refused(stage):
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT)
    stage.world.merge(WHAT, edit={PATH: LONGER})
    assert refused(stage) == ["same-content"]


def test_a_merge_that_brings_a_policy_of_its_own_is_refused_and_so_is_the_policy(stage):
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT)
    text = stage.policy_files["policies/shell.yaml"].replace("verbs: [get, list]", "verbs: [get, list, delete]")
    stage.world.merge(WHAT, edit={"policies/shell.yaml": text})
    assert refused(stage) == ["one-file"]
    role = objects(stage, "ClusterRole")[0]
    assert {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]} in role.manifest["rules"]


def test_two_requests_in_one_change_are_refused_both(stage):
    stage.alice.commits({PATH: session("inc-1"), path_of("prod/inc-2"): session("inc-2")}, on=branch_of(WHAT))
    stage.ben.approves(WHAT)
    stage.ben.approves("prod/inc-2", on=stage.world.head(branch_of(WHAT)))
    stage.world.merge(WHAT)
    assert refused(stage) == ["one-file"]
    record = record_of(stage, "inc-2")
    assert record.manifest["status"]["state"] == "Rejected"


def test_an_edit_after_the_merge_ends_the_access_and_extends_nothing(stage):
    stage.granted(WHAT)
    stage.world.policy({PATH: LONGER}, by=stage.alice)
    stage.ben.approves(WHAT, on=stage.world.tip, force=True)
    assert refused(stage) == ["one-file", "touched-once", "not-burned"]


def test_an_edit_in_an_approved_change_of_its_own_ends_the_access_too(stage):
    stage.granted(WHAT)
    stage.world.git("branch", "-D", branch_of(WHAT))
    stage.alice.requests(WHAT, content=LONGER)
    stage.ben.approves(WHAT, force=True)
    stage.world.merge(WHAT)
    assert refused(stage) == ["one-file", "touched-once", "not-burned"]


def test_a_renamed_request_is_a_new_one_and_the_old_one_ends(stage):
    stage.granted(WHAT)
    stage.alice.commits({PATH: None, path_of("prod/inc-2"): session("inc-2")}, on=branch_of("prod/inc-2"))
    stage.ben.approves("prod/inc-2")
    stage.world.merge("prod/inc-2")
    assert refused(stage, "prod/inc-2") == ["one-file"]


def test_a_copy_of_an_approved_file_is_burned_content_on_every_cluster(tmp_path):
    stage = Stage(tmp_path, policies=POD_SHELL.replace("[prod]", "[prod, edge]"))
    edge = ManifestsCluster("edge", tmp_path / "out" / "edge", stage.clock)
    install_folder(edge, policy=stage.sources().policy_at(stage.world.tip)[0])
    stage.granted(WHAT)
    stage.alice.requests("edge/inc-1")
    stage.ben.approves("edge/inc-1")
    stage.world.merge("edge/inc-1")
    report = reconcile([Hands(edge, stage.signer, stage.hands.pool)], stage.sources).clusters[0]
    assert stage.rules(stage.decision(report, "edge/inc-1")) == ["not-burned"]
    assert names(stage) == {"inc-1"}


@pytest.mark.parametrize("content", [session("inc-1"), LONGER], ids=["the same", "another"])
def test_a_name_that_was_deleted_and_made_again_is_burned(stage, content):
    stage.granted(WHAT)
    stage.world.policy({PATH: None})
    stage.reconcile()
    assert stage.live() == []
    stage.world.git("branch", "-D", branch_of(WHAT))
    stage.alice.requests(WHAT, content=content)
    stage.ben.approves(WHAT, force=True)
    stage.world.merge(WHAT)
    assert refused(stage) == ["touched-once", "not-burned"]


def test_a_symbolic_link_to_a_request_is_no_request(stage):
    blob = stage.world.git("hash-object", "-w", "--stdin", given="../../shared.yaml")
    lands_as(stage, f"120000,{blob}")
    assert judged_beside_an_honest_one(stage) is None


def test_a_link_whose_target_reads_like_a_request_is_no_request(stage):
    blob = stage.world.git("hash-object", "-w", "--stdin", given=session("inc-1"))
    lands_as(stage, f"120000,{blob}")
    assert refused(stage) == ["same-content", "plain-file"]


def test_an_executable_request_is_no_request(stage):
    blob = stage.world.git("hash-object", "-w", "--stdin", given=session("inc-1"))
    lands_as(stage, f"100755,{blob}")
    assert refused(stage) == ["same-content", "plain-file"]


@pytest.mark.parametrize("commit", ["1" * 40, "tip"], ids=["of another repository", "of this one"])
def test_a_submodule_in_the_place_of_a_request_stops_nobody(stage, commit):
    lands_as(stage, f"160000,{stage.world.tip if commit == 'tip' else commit}")
    assert judged_beside_an_honest_one(stage) is None


def lands_as(stage, entry):
    """Land the request with a mode that no work tree is asked for."""
    world = stage.world
    world.checkout(branch_of(WHAT))
    world.git("update-index", "--add", "--cacheinfo", f"{entry},{PATH}")
    world.git("commit", "--quiet", "-m", "Request access", as_=stage.alice, signer=stage.alice)
    head = world.head(branch_of(WHAT))
    stage.ben.approves(WHAT)
    tree = world.git("rev-parse", f"{head}^{{tree}}")
    landing = world.git("commit-tree", tree, "-p", world.tip, "-p", head, "-m", "Merge")
    world.git("update-ref", "refs/heads/main", landing)
    world.git("checkout", "--quiet", "--force", "--detach")
    world.git("update-index", "--force-remove", PATH)
    world.git("reset", "--quiet", "--hard")


def test_an_octopus_merge_is_nobody_s_change(stage):
    for what in (WHAT, "prod/inc-2"):
        stage.alice.requests(what, reason=f"{what}: octopus")
        stage.ben.approves(what)
    stage.world.checkout("main")
    stage.world.git("merge", "--quiet", "--no-ff", "-m", "Both", branch_of(WHAT), branch_of("prod/inc-2"))
    assert refused(stage) == ["one-file"]


def test_a_filter_in_the_work_tree_changes_nothing_that_is_granted(stage):
    stage.world.git("config", "filter.longer.smudge", "sed s/1h/2h/")
    stage.world.policy({".gitattributes": "*.yaml filter=longer\n"})
    asks_and_gets(stage)
    stage.world.git("checkout", "--quiet", "--force", "main", "--")
    stage.reconcile()
    assert record_of(stage).manifest["status"]["expiresAt"] == "2026-03-10T04:00:00Z"


def test_attributes_that_come_with_a_request_are_a_second_file(stage):
    attributes = {"requests/prod/.gitattributes": "inc-1.yaml working-tree-encoding=UTF-16\n", PATH: session("inc-1")}
    blobs = {name: stage.world.git("hash-object", "-w", "--stdin", given=text) for name, text in attributes.items()}
    stage.world.checkout(branch_of(WHAT))
    for name, blob in blobs.items():
        stage.world.git("update-index", "--add", "--cacheinfo", f"100644,{blob},{name}")
    stage.world.git("commit", "--quiet", "-m", "Request", as_=stage.alice, signer=stage.alice)
    stage.ben.approves(WHAT)
    stage.world.git("reset", "--quiet", "--hard")
    stage.world.git("checkout", "--quiet", "--force", "main", "--")
    stage.world.git("merge", "--quiet", "--no-ff", "-m", "Merge", branch_of(WHAT))
    assert refused(stage) == ["one-file"]


def test_a_replaced_object_is_not_what_is_read(stage):
    asks_and_gets(stage)
    evil = stage.world.git("hash-object", "-w", "--stdin", given=LONGER)
    stage.world.git("replace", stage.world.blob("main", PATH), evil)
    stage.reconcile()
    assert record_of(stage).manifest["status"]["expiresAt"] == "2026-03-10T04:00:00Z"


@pytest.mark.parametrize(
    "content",
    ["# " + "x" * 70_000 + "\n" + session("inc-1"), session("inc-1").encode("utf-16"), "a: &a [*a]\n", "[" * 5_000, ""],
    ids=["huge", "utf-16", "recursive", "deep", "empty"],
)
def test_a_file_that_can_not_be_read_gives_nothing_and_stops_nobody(stage, content):
    asks_and_gets(stage, content=content)
    assert judged_beside_an_honest_one(stage) is None


@pytest.mark.parametrize(
    "name",
    [
        "requests/prod/::error::x.yaml",
        "requests/prod/new\nline.yaml",
        "requests/prod/-rf.yaml",
        "requests/prod/a/b/c.yaml",
        "requests/prod/INC-1.yaml",
        "requests/prod/\u202einc.yaml",
        "requests/policy/inc-1.yaml",
        "requests/prod/\x1b]0;x.yaml",
    ],
)
def test_a_hostile_file_name_gives_nothing_and_stops_nobody(stage, name):
    stage.alice.commits({name: session("inc-1")}, on=branch_of(WHAT))
    stage.ben.approves(WHAT)
    stage.world.merge(WHAT)
    assert judged_beside_an_honest_one(stage) is None


def test_a_name_that_is_no_utf_8_stops_nobody(stage):
    blob = stage.world.git("hash-object", "-w", "--stdin", given=session("inc-1"))
    stage.world.checkout("main")
    entry = b"100644 " + blob.encode() + b"\trequests/prod/\xff.yaml\0"
    stage.world.run("git", "update-index", "-z", "--index-info", given=entry)
    stage.world.git("commit", "--quiet", "-m", "Bytes")
    stage.world.git("reset", "--quiet", "--hard")
    assert judged_beside_an_honest_one(stage) is None


def test_both_of_two_overlapping_requests_end_alone(stage):
    stage.granted(WHAT)
    stage.granted("prod/inc-2", reason="INC-2: as well")
    stage.world.policy({PATH: None})
    stage.reconcile()
    assert (stage.live(), names(stage)) == (GRANTED, {"inc-2"})


def test_a_denied_request_stays_denied(stage):
    stage.alice.requests(WHAT)
    stage.world.merge(WHAT)
    assert refused(stage) == ["ApprovalRequired"]
    stage.ben.approves(WHAT)
    report = stage.reconcile()
    assert [str(each.request) for each in report.plan.judged if isinstance(each.decision, Denied)] == []
    assert names(stage) == {HONEST.rpartition("/")[2]}
