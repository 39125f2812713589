"""What deny policies keep from a grant goes last: not before the grant, and not while it may still give something."""

from datetime import UTC, datetime, timedelta

import pytest

from gitops_breakglass.adapters.clock import SimulatedClock
from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.core.plan.ownership import is_grant_object, is_stray
from gitops_breakglass.flows.ends.end import end
from gitops_breakglass.flows.ends.sweep import sweep
from gitops_breakglass.model.errors import RefusedError
from gitops_breakglass.model.kube import (
    DECISION,
    EXPIRES_AT,
    MANAGED_BY,
    MANAGER,
    NAMESPACE,
    OUR_API,
    PARAMETERS_KIND,
    RBAC,
    RBAC_GROUP,
    REQUEST,
    LiveObject,
    ObjectKey,
)
from gitops_breakglass.model.outcome import Applied, Failed
from gitops_breakglass.model.plan import Delete

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
OVER = "2026-11-22T08:00:00Z"
NAME = "bg-inc-1-0123456789"


def metadata(request="1" * 32, name=NAME, end=OVER, **more):
    return {
        "name": name,
        "labels": {MANAGED_BY: MANAGER, REQUEST: request},
        "annotations": {EXPIRES_AT: end, DECISION: "d" * 64},
        **more,
    }


def a_grant(**changes):
    """Role, binding and parameters of one window."""
    placed = metadata(namespace="shop", **changes)
    ref = {"apiGroup": RBAC_GROUP, "kind": "Role", "name": placed["name"]}
    subjects = [{"kind": "User", "apiGroup": RBAC_GROUP, "name": "alice@example.com"}]
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
    return [
        {
            "apiVersion": OUR_API,
            "kind": PARAMETERS_KIND,
            "metadata": metadata(namespace=NAMESPACE, **changes),
            "spec": {},
        },
        {"apiVersion": RBAC, "kind": "Role", "metadata": placed, "rules": rules},
        {"apiVersion": RBAC, "kind": "RoleBinding", "metadata": placed, "roleRef": ref, "subjects": subjects},
    ]


class Cluster(ManifestsCluster):
    """Notes what is deleted, and refuses to end what `stays`."""

    stays = frozenset()

    def __init__(self, folder):
        super().__init__("prod", folder, SimulatedClock(NOW))
        self.initialise()
        self.deleted = []

    def delete(self, live):
        if live.key.kind in self.stays:
            raise RefusedError(f"{live.key} stays")
        super().delete(live)
        self.deleted.append(live.key.kind)

    def replace(self, live, manifest):
        if live.key.kind in self.stays:
            raise RefusedError(f"{live.key} stays")
        return super().replace(live, manifest)

    def kinds(self):
        return sorted(live.key.kind for live in self.read().objects)


@pytest.fixture
def cluster(tmp_path):
    return Cluster(tmp_path)


def made(cluster, *grants):
    for manifest in (each for grant in grants for each in grant):
        cluster.create(manifest)


def swept(cluster):
    return sweep(cluster, ThreadPool(4)).outcomes


def test_denies_go_after_the_grant_in_the_same_sweep(cluster):
    made(cluster, a_grant())
    assert all(isinstance(each, Applied) for each in swept(cluster))
    assert cluster.deleted == ["RoleBinding", "Role", "GuardParameters"]
    assert cluster.kinds() == []


def test_denies_of_a_grant_that_goes_on_stay(cluster):
    made(cluster, a_grant(end="2026-11-22T10:00:00Z"))
    assert swept(cluster) == ()
    assert cluster.kinds() == ["GuardParameters", "Role", "RoleBinding"]


def test_while_a_grant_can_t_be_ended_its_denies_stay_and_the_next_sweep_tries_again(cluster):
    made(cluster, a_grant(), a_grant(request="2" * 32, name="bg-inc-2-0123456789"))
    cluster.stays = frozenset({"RoleBinding", "Role"})
    failed = {each.key.kind: each for each in swept(cluster) if isinstance(each, Failed)}
    assert failed["GuardParameters"].error == "its grant is still there"
    assert failed["RoleBinding"].still_grants
    assert not failed["GuardParameters"].still_grants
    assert cluster.kinds().count("GuardParameters") == 2
    cluster.stays = frozenset()
    swept(cluster)
    assert cluster.kinds() == []


def test_a_binding_that_stays_without_rights_does_not_hold_denies_of_others(cluster):
    made(cluster, a_grant())
    cluster.stays = frozenset({"RoleBinding"})
    swept(cluster)
    # Its Role is gone, so it gives nothing; but it is there, and somebody could make that Role again.
    assert cluster.kinds() == ["GuardParameters", "RoleBinding"]


def test_denies_that_are_to_go_alone_stay_while_their_grant_is_there(cluster):
    made(cluster, a_grant())
    (live,) = [each for each in cluster.read().objects if each.key.kind == PARAMETERS_KIND]
    (outcome,) = end(cluster, ThreadPool(4), [Delete(live, "1" * 32, "it does not follow from the signed decision")])
    assert isinstance(outcome, Failed)
    assert cluster.kinds() == ["GuardParameters", "Role", "RoleBinding"]


def test_denies_that_no_policy_needs_any_more_go_while_their_grant_stays(cluster):
    made(cluster, a_grant())
    (live,) = [each for each in cluster.read().objects if each.key.kind == PARAMETERS_KIND]
    gone = Delete(live, "1" * 32, "no deny policy needs it any more", while_granted=True)
    (outcome,) = end(cluster, ThreadPool(4), [gone])
    assert isinstance(outcome, Applied)
    assert cluster.kinds() == ["Role", "RoleBinding"]


def test_denies_that_can_t_be_taken_away_are_told_and_give_nothing(cluster):
    made(cluster, a_grant())
    cluster.stays = frozenset({"GuardParameters"})
    (failed,) = [each for each in swept(cluster) if isinstance(each, Failed)]
    assert (failed.key.kind, failed.error, failed.still_grants) == (
        "GuardParameters",
        f"GuardParameters gitops-breakglass/{NAME} stays",
        False,
    )


@pytest.mark.parametrize(
    "key, labels, is_ours",
    [
        (ObjectKey(OUR_API, PARAMETERS_KIND, NAMESPACE, NAME), True, True),
        (ObjectKey(OUR_API, PARAMETERS_KIND, NAMESPACE, NAME), False, False),
        (ObjectKey(OUR_API, PARAMETERS_KIND, NAMESPACE, "mine"), True, False),
        (ObjectKey(OUR_API, PARAMETERS_KIND, "shop", NAME), True, False),
        (ObjectKey(OUR_API, "Checkpoint", NAMESPACE, NAME), True, False),
        (ObjectKey("v1", PARAMETERS_KIND, NAMESPACE, NAME), True, False),
    ],
)
def test_only_parameters_of_ours_end_with_a_grant(key, labels, is_ours):
    found = {MANAGED_BY: MANAGER, **({REQUEST: "1" * 32} if labels else {})}
    assert is_grant_object(LiveObject(key, "u", {"metadata": {"labels": found}})) == is_ours


def test_parameters_with_our_label_that_we_did_not_make_are_told_as_strays():
    key = ObjectKey(OUR_API, PARAMETERS_KIND, NAMESPACE, "mine")
    assert is_stray(LiveObject(key, "u", {"metadata": {"labels": {MANAGED_BY: MANAGER}}}))


def test_one_late_second_is_not_the_end(cluster):
    made(cluster, a_grant(end=f"{(NOW + timedelta(seconds=1)):%Y-%m-%dT%H:%M:%SZ}"))
    assert swept(cluster) == ()
