"""Witness cases of the guards on subjects and on evidence: what no grant lets somebody do, and what nobody deletes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from gitops_breakglass.core.install import guard_denies, guard_parameters, guard_records, guard_subjects
from gitops_breakglass.core.install.marks import GUARD_DENIES, PROBED
from gitops_breakglass.model.kube import EXPIRES_AT, GUARD_PARAMETERS, NAMESPACE, OUR_GROUP, RBAC
from tests.cluster.harness.actor import Actor, Answer
from tests.cluster.harness.becoming import eventually, settled
from tests.cluster.harness.tokens import user_token
from tests.cluster.witness_cases import Calls, refused_by
from tests.cluster.witness_stage import ALICE, OURS, Stage, in_hours, ours

FORBIDDEN = 403
_HEARD = 15.0
"""Seconds within which an API server hears of parameters, however busy it is; a broken guard costs as many."""
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
    settled(stage.admin)
    with Actor("alice", stage.admin.url, stage.admin.ca, token=user_token(ALICE["name"])) as alice:
        return [alice.request("POST", f"/api/v1/namespaces/{where}/{resource}", body) for where, body in calls]


def _refused_soon(call: Callable[[], Answer]) -> Answer:
    """The last answer to a call that may come before the API server has heard of the parameters; the guard may be broken."""
    answers: list[Answer] = []

    def is_refused() -> bool:
        answers[:] = [call()]
        return answers[0].status == FORBIDDEN

    with suppress(AssertionError):
        eventually(is_refused, seconds=_HEARD)
    return answers[0]


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


# -- the guards on denies and on their parameters


@refused_by(GUARD_DENIES, "keeps this from what was granted")
def a_subject_does_what_is_denied(stage: Stage) -> Calls:
    stage.made_parameters(ALICE["name"])
    call = (stage.namespace, {"metadata": {"generateName": "x-"}})
    refused = _refused_soon(lambda: _by_grant(stage, "configmaps", call)[0])
    return _by_grant(stage, "secrets", call)[0], refused


@refused_by(GUARD_DENIES, guard_denies.NOT_PROBED)
def the_reconciler_asks_whether_parameters_are_in_force(stage: Stage) -> Calls:
    live = stage.admin.must("GET", stage.made_parameters("nobody@example.com"))["metadata"]

    def asked(generation: int) -> Answer:
        probe = ours(annotations={PROBED: f"{live['uid']}/{generation}"})
        path = f"{OURS}/{GUARD_PARAMETERS}?dryRun=All"
        return stage.reconciler.request("POST", path, stage.parameters("nobody@example.com", probe))

    refused = _refused_soon(lambda: asked(live["generation"]))
    return asked(live["generation"] + 1), refused


@refused_by(guard_parameters.PARAMETERS, "only the reconciler says what deny policies keep from a grant")
def an_administrator_makes_parameters(stage: Stage) -> Calls:
    tries, body = f"{OURS}/{GUARD_PARAMETERS}?dryRun=All", stage.parameters("nobody@example.com")
    return stage.reconciler.request("POST", tries, body), stage.admin.request("POST", tries, body)


@refused_by(guard_parameters.PARAMETERS, "only the reconciler says what deny policies keep from a grant")
def an_administrator_changes_parameters(stage: Stage) -> Calls:
    path = stage.made_parameters("nobody@example.com")
    rules = stage.admin.must("GET", path)["spec"]["rules"]
    # What changes nothing passes.
    passes = stage.admin.request("PATCH", path, {"spec": {"rules": rules}})
    return passes, stage.admin.request("PATCH", path, {"spec": {"rules": [{**rules[0], "verbs": ["get"]}]}})


@refused_by(guard_parameters.PARAMETERS, "only the reconciler says what deny policies keep from a grant")
def an_administrator_says_that_parameters_end_later(stage: Stage) -> Calls:
    path = stage.made_parameters("nobody@example.com")
    refused = stage.patched(stage.admin, path, annotations={EXPIRES_AT: in_hours(2)})
    return stage.sweeper.request("DELETE", path), refused


@refused_by(guard_parameters.PARAMETERS, "only reconciler and sweeper take away")
def somebody_takes_parameters_away_though_someone_let_them(stage: Stage) -> Calls:
    path = stage.made_parameters("nobody@example.com")
    with Actor(ALICE["name"], stage.admin.url, stage.admin.ca, token=user_token(ALICE["name"])) as alice:
        stage.lets(alice, "delete", GUARD_PARAMETERS, group=OUR_GROUP)
        refused = alice.request("DELETE", path)
    return stage.reconciler.request("DELETE", path), refused
