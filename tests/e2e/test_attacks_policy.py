"""Attacks on the policy side: rules that nobody who may has approved, and what they would let through."""

import os
from dataclasses import replace

import pytest

from gitops_breakglass.adapters.folder import read_folder
from gitops_breakglass.adapters.forge.local import LocalForge
from gitops_breakglass.flows.reconcile import reconcile
from gitops_breakglass.model.decision import Denied, Granted
from gitops_breakglass.model.forge import ForgeIdentity
from gitops_breakglass.model.identity import Provider
from tests.e2e.attacks import HONEST, WHAT, asks_and_gets, in_force, judged_beside_an_honest_one, names, refused
from tests.e2e.stage import POD_SHELL, Stage
from tests.git.world import branch_of, path_of, session

WIDER = POD_SHELL.replace("groups: [team-leads]", "groups: [developers]")
PROPOSED = "policy/proposed"


@pytest.fixture
def stage(tmp_path):
    return Stage(tmp_path)


def with_leads(stage, *names):
    """identities.yaml with other people as team leads."""
    stage.groups = {**stage.groups, "team-leads": list(names)}
    return {"identities.yaml": stage.identities()}


def told(stage):
    """What the next plan says of policy that is not in force."""
    return [each.message for each in stage.plan().findings if each.rule == "policy-not-in-force"]


def test_a_change_that_makes_its_author_an_approver_and_asks_at_once(stage):
    files = {**with_leads(stage, "ben", "erin"), path_of(WHAT): session("inc-1")}
    stage.alice.commits(files, on=branch_of(WHAT))
    stage.erin.approves(WHAT)
    stage.dana.approves_policy(branch_of(WHAT))
    stage.world.merge(WHAT)
    assert refused(stage) == ["one-file"]
    assert "changes the policy side and requests/prod/inc-1.yaml" in told(stage)[0]


def test_a_policy_change_that_no_policy_approver_approved_gives_no_rights_afterwards(stage):
    in_force(stage, with_leads(stage, "ben", "erin"), author=stage.alice, approver=stage.ben)
    stage.alice.requests(WHAT)
    stage.erin.approves(WHAT)
    stage.world.merge(WHAT)
    assert refused(stage) == ["ApprovalRequired", "not-an-approver"]
    assert "no policy approver approved" in told(stage)[0]


def test_a_push_straight_to_the_policy_side_gives_no_rights(stage):
    stage.world.policy({"policies/shell.yaml": WIDER}, by=stage.dana)
    stage.alice.requests(WHAT)
    stage.erin.approves(WHAT)
    stage.world.merge(WHAT)
    assert refused(stage) == ["ApprovalRequired", "not-an-approver"]


def test_somebody_who_becomes_an_approver_after_approving_does_not_count(stage):
    stage.alice.requests(WHAT)
    stage.erin.approves(WHAT)
    stage.world.merge(WHAT)
    in_force(stage, with_leads(stage, "ben", "erin"))
    assert refused(stage) == ["ApprovalRequired", "not-an-approver"]


def test_an_author_of_policy_does_not_approve_it(stage):
    in_force(stage, with_leads(stage, "ben", "erin"), author=stage.dana)
    stage.alice.requests(WHAT)
    stage.erin.approves(WHAT)
    stage.world.merge(WHAT)
    assert refused(stage) == ["ApprovalRequired", "not-an-approver"]


def test_policy_that_is_pushed_after_its_approval_is_not_in_force(stage):
    stage.erin.commits({"policies/note.yaml": "---\n"}, on=PROPOSED)
    stage.dana.approves_policy(PROPOSED)
    stage.erin.commits({"policies/shell.yaml": WIDER}, on=PROPOSED)
    stage.world.merge(None, branch=PROPOSED)
    stage.alice.requests(WHAT)
    stage.erin.approves(WHAT)
    stage.world.merge(WHAT)
    assert refused(stage) == ["ApprovalRequired", "not-an-approver"]


def test_a_merge_that_edits_the_policy_is_not_in_force(stage):
    stage.erin.commits({"policies/note.yaml": "---\n"}, on=PROPOSED)
    stage.dana.approves_policy(PROPOSED)
    stage.world.merge(None, branch=PROPOSED, edit={"policies/shell.yaml": WIDER})
    stage.alice.requests(WHAT)
    stage.erin.approves(WHAT)
    stage.world.merge(WHAT)
    assert refused(stage) == ["ApprovalRequired", "not-an-approver"]
    assert "is not what its head has" in told(stage)[0]


def test_an_approval_that_has_grown_stale_does_not_undo_what_came_after_it(stage):
    """Erin was a lead when the branch began; a merge that takes all of the branch would make her one again."""
    in_force(stage, with_leads(stage, "ben", "erin"))
    stale = {"identities.yaml": (stage.world.path / "identities.yaml").read_text()}
    stage.alice.commits({"policies/note.yaml": "---\n"}, on=PROPOSED)
    stage.dana.approves_policy(PROPOSED)
    in_force(stage, with_leads(stage, "ben"), branch="policy/without-erin")
    stage.world.merge(None, branch=PROPOSED, edit=stale)
    assert "began at another policy side" in told(stage)[0]
    stage.alice.requests(WHAT)
    stage.erin.approves(WHAT)
    stage.world.merge(WHAT)
    assert refused(stage) == ["ApprovalRequired", "not-an-approver"]


def test_approved_policy_that_is_merged_a_second_time_is_not_approved_again(stage):
    in_force(stage, with_leads(stage, "ben", "erin"))
    first = {"identities.yaml": (stage.world.path / "identities.yaml").read_text()}
    in_force(stage, with_leads(stage, "ben"), branch="policy/without-erin")
    stage.world.policy(first, by=stage.alice, message="As it was")
    stage.alice.requests(WHAT)
    stage.erin.approves(WHAT)
    stage.world.merge(WHAT)
    assert refused(stage) == ["ApprovalRequired", "not-an-approver"]


def test_what_stands_on_unproved_policy_is_not_in_force_and_putting_it_back_mends_it(stage):
    stage.world.policy({"policies/shell.yaml": WIDER})
    in_force(stage, with_leads(stage, "ben", "dana"))
    # In the order of their words, so of the commits that they name: either may come first.
    assert sum("policy side that was not approved itself" in each for each in told(stage)) == 1
    stage.world.git("revert", "--no-edit", "-m", "1", "HEAD")
    stage.world.git("revert", "--no-edit", "HEAD~2")
    assert told(stage) == []


def test_widened_rights_that_nobody_approved_do_not_widen_a_live_grant(stage):
    stage.granted(WHAT)
    before = stage.cluster.read().objects
    stage.world.policy({"policies/shell.yaml": POD_SHELL.replace("[get, list]", "['*']")}, by=stage.alice)
    stage.reconcile()
    assert [each for each in stage.cluster.read().objects if each.key.kind == "ClusterRole"] == [
        each for each in before if each.key.kind == "ClusterRole"
    ]


@pytest.mark.parametrize("name", ["breakglass.yaml", "identities.yaml"])
def test_policy_that_can_not_be_read_leaves_the_one_before_in_force(stage, name):
    in_force(stage, {name: "nonsense: [\n"})
    assert judged_beside_an_honest_one(stage) is None
    assert names(stage) == {HONEST.partition("/")[2]}
    assert "can't be read" in told(stage)[0]


def test_another_reconciler_s_key_in_the_policy_is_not_believed_before_an_administrator_installs_it(stage):
    stage.granted(WHAT)
    text = stage.policy_files["breakglass.yaml"].replace(stage.public_key, stage.mallory.public_key)
    in_force(stage, {"breakglass.yaml": text})
    stage.reconcile()
    assert names(stage) == {"inc-1"}
    asks_and_gets(stage, "prod/inc-2", reason="INC-2")
    assert stage.reconcile().unreachable is None
    assert names(stage) == {"inc-1", "inc-2"}


def at_github(stage):
    """breakglass.yaml that has the repository judged at another forge."""
    text = stage.policy_files["breakglass.yaml"]
    return {"breakglass.yaml": text.replace("provider: local", "provider: github").replace("acme/access", '"7"')}


def test_policy_that_names_another_forge_is_not_in_force_though_it_was_approved(stage):
    in_force(stage, at_github(stage))
    assert judged_beside_an_honest_one(stage) is None
    assert "is judged at github https://api.github.com (repository 7), and local is asked" in told(stage)[0]


def test_another_forge_than_the_one_that_the_pinned_policy_names_proves_nothing(stage):
    class Elsewhere(LocalForge):
        identity = ForgeIdentity(Provider.GITHUB, "7")

    stage.granted(HONEST)
    asks_and_gets(stage)
    sources = replace(stage.sources(), forge=Elsewhere(stage.world.repository()))
    plan = reconcile([stage.hands], lambda: sources).clusters[0].plan
    assert "and github https://api.github.com (repository 7) is asked" in plan.unknown[0]
    assert names(stage) == {"honest"}
    stage.clock.sleep(7200)
    reconcile([stage.hands], lambda: sources)
    assert names(stage) == set()


def deny(cluster):
    return (
        "apiVersion: breakglass.t-caas.telekom.com/v1alpha1\nkind: DenyPolicy\nmetadata: {name: no-pods}\nspec:\n"
        f"  appliesTo: {{clusters: [{cluster}]}}\n"
        '  rules: [{verbs: ["*"], apiGroups: ["*"], resources: ["*"]}]\n'
    )


def decided(stage):
    """What becomes of a request that is approved as it should be."""
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT)
    stage.world.merge(WHAT)
    report = stage.reconcile()
    return stage.decision(report, WHAT), {each.rule for each in report.plan.findings}


@pytest.mark.parametrize(
    "cluster, padding, refused_by",
    [("edge", 0, None), ("prod", 0, "deny-policy-refuses"), ("edge", 1 << 20, "unknown-escalation")],
    ids=["that is about another cluster", "that is about this one", "that is too large to be read"],
)
def test_a_deny_policy_holds_also_where_it_can_not_be_read(stage, cluster, padding, refused_by):
    in_force(stage, {"policies/deny.yaml": deny(cluster) + "#" * padding + "\n"})
    decision, told = decided(stage)
    assert isinstance(decision, Denied if refused_by else Granted), decision
    # What can't be read at all may also have said where the escalated group's rights hold.
    assert refused_by is None or set(stage.rules(decision)) == {refused_by}
    assert ("yaml-too-large" in told) == bool(padding)


@pytest.mark.parametrize("mode, refused_by", [("executable", "deny-policy-refuses"), ("link", "unknown-escalation")])
def test_a_deny_policy_holds_whatever_mode_git_gives_its_file(stage, mode, refused_by):
    stage.erin.commits({"policies/deny.yaml": deny("prod")}, on=PROPOSED)
    if mode == "link":
        stage.world.git("mv", "policies/deny.yaml", "deny.yaml")
        (stage.world.path / "policies" / "deny.yaml").symlink_to("../deny.yaml")
        stage.world.git("add", "policies/deny.yaml")
    else:
        stage.world.git("update-index", "--chmod=+x", "policies/deny.yaml")
        (stage.world.path / "policies" / "deny.yaml").chmod(0o755)
    stage.world.git("commit", "--quiet", "-m", "change", as_=stage.erin, signer=stage.erin)
    stage.dana.approves_policy(PROPOSED)
    stage.world.merge(None, branch=PROPOSED)
    decision, told = decided(stage)
    assert isinstance(decision, Denied), (decision, told)
    assert set(stage.rules(decision)) == {refused_by}
    assert ("not-a-file" in told) == (mode == "link")


def test_a_file_whose_name_reads_as_another_one_s_takes_no_deny_policy_out(stage):
    policies = stage.world.path / "policies"
    (policies / "deny-\\xff.yaml").write_text(deny("prod"))
    stage.world.git("add", "-A")
    stage.world.git("commit", "-q", "-m", "Deny", as_=stage.erin)
    tip = stage.world.repository().tip()
    assert [each.name for each in stage.sources().policy_at(tip)[0].deny if not each.ships] == ["no-pods"]
    (policies / os.fsdecode(b"deny-\xff.yaml")).write_text("# Nothing to see.\n")
    folder = read_folder(stage.world.path)
    assert folder.not_files == ("policies/deny-\\xff.yaml",)
    stage.world.git("add", "-A")
    stage.world.git("commit", "-q", "-m", "A note", as_=stage.erin)
    policy, findings = stage.sources().policy_at(stage.world.repository().tip())
    assert [str(each.location) for each in policy.deny if not each.ships] == ["policies/deny-\\xff.yaml:1:1"]
    assert {each.rule for each in findings} == {"not-a-file", "unreadable-policy"}
