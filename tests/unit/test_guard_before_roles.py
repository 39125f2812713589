"""No Role gets anything while the parameters that bound it are not in force."""

import copy
from datetime import UTC, datetime

from gitops_breakglass.adapters.clock import SystemClock
from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.flows.apply import Hands, apply
from gitops_breakglass.model.kube import key_of
from gitops_breakglass.model.outcome import Failed, Skipped
from gitops_breakglass.model.plan import ClusterPlan, Create, Refresh
from tests.unit.test_difference_of_roles import ANY_POD, UID, pods, role
from tests.unit.test_guard_difference import SECRETS, parameters


def test_a_role_is_neither_made_nor_changed_while_its_parameters_are_not_in_force(tmp_path):
    # In a folder of manifests nothing ever is.
    cluster = ManifestsCluster("prod", tmp_path, SystemClock())
    there, other = role(pods("a")), copy.deepcopy(role(ANY_POD))
    other["metadata"]["name"] = "bg-inc-1-more"
    cluster.create(there)
    live = cluster.get(key_of(there))
    plan = ClusterPlan(
        "prod",
        datetime(2026, 11, 22, 16, tzinfo=UTC),
        guards=(Create(key_of(parameters()), parameters(SECRETS), UID, "its window is open"),),
        refreshes=(
            Refresh(live, {**live.manifest, "rules": role(ANY_POD)["rules"]}, UID, "live objects have changed"),
        ),
        creations=(Create(key_of(other), other, UID, "its window is open"),),
    )
    outcomes = apply(plan, Hands(cluster, signer=None, pool=ThreadPool(1)))
    assert [(type(each), each.key) for each in outcomes] == [
        (Failed, key_of(parameters())),
        (Skipped, key_of(other)),
    ]
    assert outcomes[0].still_grants
    assert cluster.get(key_of(there)).manifest["rules"] == there["rules"]
    assert cluster.get(key_of(other)) is None
