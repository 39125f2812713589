"""Reconcile on a real API server, as the reconciler's own account: access goes early, and faults stay small.

One installed cluster; each test has a request and a subject of its own. A second cluster of the repository is down.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gitops_breakglass.model.kube import MANAGED_BY, NAMESPACE
from tests.cluster.faulty_stage import BINDINGS, CLUSTER, FaultyStage
from tests.cluster.harness.becoming import settled
from tests.cluster.reconcile_stage import DOWN, LONG, ended, granted, run, two_clusters
from tests.git.world import session

PEOPLE = ["revoked", "by-hand", "removed", "widened", "edited", "one-of-two", "planned", "grows", "meanwhile"]
LISTS = (
    *(f"/apis/rbac.authorization.k8s.io/v1/{plural}" for plural in ("roles", "rolebindings", "clusterroles")),
    BINDINGS,
    *(
        f"/apis/{group}/v1alpha1/namespaces/{NAMESPACE}/{plural}"
        for group, plural in (
            ("access.gitops-breakglass.dev", "grants"),
            ("access.gitops-breakglass.dev", "checkpoints"),
            ("access.gitops-breakglass.dev", "trustroots"),
            ("breakglass.t-caas.telekom.com", "breakglasssessions"),
            ("access.cloudnimbus.io", "breakglasses"),
        )
    ),
)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyStage]:
    stage = two_clusters(tmp_path_factory.mktemp("reconcile"), PEOPLE)
    yield stage
    stage.close()


def test_a_revoked_request_ends_at_once_and_does_not_come_back(stage):
    granted(stage, "revoked")
    stage.run("revoke", f"{CLUSTER}/revoked")
    assert ended(stage, "revoked")
    run(stage)
    assert ended(stage, "revoked")


def test_an_administrator_sees_and_revokes_with_credentials_of_their_own_and_the_reconciler_writes_it_down(stage):
    granted(stage, "by-hand")
    own = (f"{CLUSTER}/by-hand", "--kubeconfig", str(stage.server.admin_kubeconfig))
    assert "Approved" in stage.run("status", *own).stdout
    # What became of a grant only reconciler and sweeper may say.
    assert "only reconciler and sweeper say" in stage.run("revoke", *own, code=6).stdout
    assert not stage.may("by-hand")
    run(stage)
    assert ended(stage, "by-hand")


def test_a_deleted_file_ends_the_access_and_added_again_it_gives_none(stage):
    granted(stage, "removed")
    path = f"requests/{CLUSTER}/removed.yaml"
    content = (stage.world.path / path).read_text()
    stage.world.policy({path: None}, message="Done early")
    run(stage)
    assert ended(stage, "removed")
    stage.world.policy({path: content}, message="Back again")
    run(stage)
    assert ended(stage, "removed")
    stage.world.policy({path: None}, message="Done")


def test_a_role_that_somebody_widened_is_shrunk_to_what_was_decided(stage):
    granted(stage, "widened")
    role = stage.role("widened")
    rules = stage.admin.must("GET", role)["rules"]
    more = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}
    secrets = "/api/v1/namespaces/default/secrets"
    subject = stage.users("widened@example.com")
    with stage.unguarded():
        stage.disturb(role, {"rules": [*rules, more]})
    assert subject.status("GET", secrets) == 200
    assert "shrunk" in run(stage, code=3)
    assert stage.admin.must("GET", role)["rules"] == rules
    assert (subject.status("GET", secrets), stage.may("widened")) == (403, True)


def test_a_binding_that_somebody_edited_is_made_anew_and_one_that_somebody_deleted_is_not(stage):
    granted(stage, "edited")
    stranger = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "stranger@example.com"}
    with stage.unguarded():
        stage.disturb(stage.binding("edited"), {"subjects": [stranger]})
    assert stage.may("stranger")
    said = run(stage, code=3)
    assert "deleted   ClusterRoleBinding bg-edited-" in said
    assert "created   ClusterRoleBinding bg-edited-" in said
    settled(stage.admin)
    assert (stage.may("stranger"), stage.may("edited")) == (False, True)
    assert [each["times"] for each in stage.record("edited")["status"]["remade"]] == [1]
    with stage.unguarded():
        stage.disturb(stage.binding("edited"), {"metadata": {"labels": {MANAGED_BY: None}}})
    assert "created   ClusterRoleBinding bg-edited-" in run(stage, code=3)
    assert [each["times"] for each in stage.record("edited")["status"]["remade"]] == [2]
    assert "edited-grant" not in run(stage)
    stage.admin.must("DELETE", stage.binding("edited"))
    assert "conflict ClusterRoleBinding bg-edited-" in run(stage)
    assert (stage.may("edited"), stage.left("edited")) == (False, ["role"])


def test_of_two_clusters_the_one_that_is_down_fails_alone(stage):
    stage.ask("one-of-two", seconds=30)
    key = str(stage.folder / "signing-key")
    said = stage.run("reconcile", "--key", key, code=7).stdout
    mine, other = said.split(f"{DOWN}\n")
    assert f"granted   {CLUSTER}/one-of-two" in mine
    assert "unreachable, so unknown" in other
    assert stage.may("one-of-two")
    stage.wait_until(stage.record("one-of-two")["status"]["expiresAt"])
    assert "deleted   ClusterRoleBinding bg-one-of-two-" in stage.run("reconcile", "--key", key, code=7).stdout
    assert ended(stage, "one-of-two")


def test_plan_changes_nothing(stage):
    stage.ask("planned", seconds=LONG)
    before = versions(stage)
    said = stage.run("plan", "--cluster", CLUSTER, "--exit-code", code=4).stdout
    assert f"granted   {CLUSTER}/planned" in said
    assert versions(stage) == before
    run(stage)
    assert stage.may("planned")


def versions(stage: FaultyStage) -> dict[str, str]:
    """The version of every object that a run could write."""
    return {
        f"{path}/{each['metadata'].get('namespace', '')}/{each['metadata']['name']}": each["metadata"][
            "resourceVersion"
        ]
        for path in LISTS
        for each in stage.admin.must("GET", path)["items"]
    }


def test_what_lies_above_the_ceiling_is_refused_whole_and_the_rest_is_granted(stage):
    path = stage.world.path / "policies/escalations/pod-shell-access.yaml"
    more = path.read_text().replace("pod-shell-access", "widget-access").replace("pod-exec-access", "widget-access")
    role = (
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: widget-access}\n"
        "rules: [{apiGroups: [example.com], resources: [widgets], verbs: [get, list]}]\n"
    )
    files = {"policies/escalations/widget-access.yaml": more, "policies/rbac/widget-access.yaml": role}
    stage.world.person("lead").commits(files, on="policy/grows", message="Offer more")
    stage.world.person("dana").approves_policy("policy/grows")
    stage.world.merge("x", branch="policy/grows")
    what = f"{CLUSTER}/grows"
    content = session("grows", escalation="widget-access", duration=f"{LONG}s")
    stage.world.person("grows").requests(what, content)
    stage.world.person("lead").approves(what, "go ahead")
    stage.world.merge(what)
    stage.ask("meanwhile", seconds=LONG)
    said = run(stage, code=6)
    assert "failed    ClusterRole bg-grows-" in said
    assert "lies above the ceiling" in said
    assert "`gitops-breakglass install` again" in said
    assert "skipped   ClusterRoleBinding bg-grows-" in said
    # Nobody serves them, so who may read them is told that there are none.
    widgets = "/apis/example.com/v1/widgets"
    subject = stage.users("grows@example.com")
    assert (stage.left("grows"), subject.status("GET", widgets)) == ([], 403)
    assert stage.may("meanwhile")
    stage.install()
    run(stage)
    assert (stage.left("grows"), subject.status("GET", widgets)) == (["role", "binding"], 404)
