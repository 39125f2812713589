"""Witness cases of the guards on subjects and on evidence: what no grant lets somebody do, and what nobody deletes."""

from __future__ import annotations

from typing import Any

from gitops_breakglass.core.install import guard_records, guard_subjects
from gitops_breakglass.model.kube import NAMESPACE, RBAC
from tests.cluster.harness.actor import Actor, Answer
from tests.cluster.harness.tokens import user_token
from tests.cluster.witness_cases import Calls, refused_by
from tests.cluster.witness_stage import ALICE, Stage, ours

TOKEN = {
    "metadata": {"name": "lasting", "annotations": {"kubernetes.io/service-account.name": "default"}},
    "type": "kubernetes.io/service-account-token",
}


def _by_grant(stage: Stage, resource: str, *calls: tuple[str, dict[str, Any]]) -> list[Answer]:
    """What alice gets for creating these in a namespace, while a grant lets her create that resource everywhere."""
    granted = ours()
    rules = [{"apiGroups": [""], "resources": [resource], "verbs": ["create", "delete"]}]
    for kind, body in (
        ("clusterroles", stage.role(granted, rules=rules)),
        ("clusterrolebindings", stage.binding(granted, role=granted["name"], kind="ClusterRole")),
    ):
        made = stage.reconciler.request("POST", f"/apis/{RBAC}/{kind}", body)
        assert made.status == 201, made.message
        stage.remove_later(f"/apis/{RBAC}/{kind}/{granted['name']}")
    with Actor("alice", stage.admin.url, stage.admin.ca, token=user_token(ALICE["name"])) as alice:
        return [alice.request("POST", f"/api/v1/namespaces/{where}/{resource}", body) for where, body in calls]


@refused_by(guard_subjects.TOKENS, guard_subjects.NO_TOKENS)
def a_subject_makes_a_token_that_never_ends(stage: Stage) -> Calls:
    plain = {"metadata": {"name": "plain"}}
    passes, refused = _by_grant(stage, "secrets", (stage.namespace, plain), (stage.namespace, TOKEN))
    return passes, refused


@refused_by(guard_subjects.HOME, guard_subjects.NOT_AT_HOME)
def a_subject_writes_into_our_namespace(stage: Stage) -> Calls:
    body = {"metadata": {"generateName": "by-a-grant-"}}
    passes, refused = _by_grant(stage, "configmaps", (stage.namespace, body), (NAMESPACE, body))
    return passes, refused


@refused_by(guard_records.EVIDENCE, guard_records.KEPT)
def the_reconciler_deletes_a_record(stage: Stage) -> Calls:
    grant = stage.made_grant()
    return stage.admin.request("DELETE", f"{grant}?dryRun=All"), stage.reconciler.request(
        "DELETE", f"{grant}?dryRun=All"
    )
