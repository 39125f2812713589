"""Installing on a real API server: applied cleanly, again and again, in force at once, and never over what is others'."""

from __future__ import annotations

import pytest

from gitops_breakglass.adapters.bundled import crds
from gitops_breakglass.adapters.clock import SystemClock
from gitops_breakglass.core.install.guard import probe
from gitops_breakglass.core.record import read_trust_root
from gitops_breakglass.flows.install import apply, prepare
from gitops_breakglass.model.errors import ConflictError
from gitops_breakglass.model.grant import TrustRoot
from gitops_breakglass.model.kube import NAMESPACE, OUR_API, Manifest, ObjectKey, key_of
from tests.cluster.harness.becoming import eventually
from tests.cluster.harness.server import ApiServer
from tests.cluster.install_fixture import (
    ACCESS,
    KEY,
    Installed,
    a_policy_side,
    administrator_of,
)

TRUST_ROOT = ObjectKey(OUR_API, "TrustRoot", NAMESPACE, "trust-root")
POLICY = "ValidatingAdmissionPolicy"


def type_checks(installed: Installed) -> dict[str, object]:
    """What the controller manager found in each policy, once it has looked at all of them."""
    policies = [key_of(each) for each in installed.bundle.manifests if each["kind"] == POLICY]

    def looked_at() -> dict[str, object]:
        found = {key.name: (installed.administrator.get(key).manifest.get("status") or {}) for key in policies}
        is_done = all("typeChecking" in status for status in found.values())
        return {name: status["typeChecking"] for name, status in found.items()} if is_done else {}

    return eventually(looked_at, "the controller manager does not look at every policy")


def test_the_api_server_finds_nothing_wrong_with_the_types_of_any_expression(installed: Installed):
    checks = type_checks(installed)
    assert len(checks) == 15
    assert checks == {name: {} for name in checks}


def test_installing_again_changes_nothing(installed: Installed):
    def everything() -> dict[ObjectKey, object]:
        found = {key_of(each): installed.administrator.get(key_of(each)) for each in installed.bundle.manifests}
        # The server notes down each time that a policy was applied, and with it another version.
        return {key: without_version(live.manifest) for key, live in found.items() if live is not None}

    type_checks(installed)
    before = everything()
    assert set(before) == {key_of(each) for each in installed.bundle.manifests}
    again = prepare(installed.administrator, ACCESS, policy=a_policy_side(), crds=crds())
    assert again.bundle == installed.bundle
    apply(installed.administrator, again.bundle, clock=SystemClock())
    assert everything() == before


def without_version(manifest: Manifest) -> dict[str, object]:
    metadata = {key: value for key, value in manifest["metadata"].items() if key != "resourceVersion"}
    return {**manifest, "metadata": metadata}


@pytest.mark.not_even_once
def test_the_guard_is_in_force_when_rights_are_given_on_a_fresh_cluster(own_server: ApiServer):
    with administrator_of(own_server) as administrator:
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
        assert administrator.refusal(namespace) is None
        prepared = prepare(administrator, ACCESS, policy=a_policy_side(), crds=crds())
        apply(administrator, prepared.bundle, clock=SystemClock())
        assert f"the guard ({prepared.bundle.version})" in administrator.refusal(probe())

        longer = prepare(
            administrator,
            ACCESS,
            policy=a_policy_side(longest=2 * a_policy_side().configuration.max_duration),
            crds=crds(),
        )
        apply(administrator, longer.bundle, clock=SystemClock())
        assert f"the guard ({longer.bundle.version})" in administrator.refusal(probe())
        assert longer.bundle.version != prepared.bundle.version


def test_a_crd_of_an_upstream_operator_is_left_as_it_is(own_server: ApiServer):
    theirs = next(each for each in crds() if each["spec"]["names"]["kind"] == "BreakglassSession")
    with administrator_of(own_server) as administrator:
        administrator.apply(theirs)
        with pytest.raises(ConflictError, match="another operator seems to keep resources of this kind"):
            prepare(administrator, ACCESS, policy=a_policy_side(), crds=crds())
        assert administrator.get(ObjectKey("v1", "Namespace", "", NAMESPACE)) is None
        # Its status changes for a while after it was made.
        left = administrator.get(key_of(theirs)).manifest["metadata"]
        assert (left["generation"], left.get("labels")) == (1, theirs["metadata"].get("labels"))


def test_the_trust_root_is_pinned_to_this_cluster(own_server: ApiServer):
    with administrator_of(own_server) as administrator:
        apply(
            administrator,
            prepare(administrator, ACCESS, policy=a_policy_side(), crds=crds()).bundle,
            clock=SystemClock(),
        )
        pinned = read_trust_root([administrator.get(TRUST_ROOT)])
        assert pinned == TrustRoot("acme/access", "c" * 40, (KEY,), administrator.uid(), ACCESS.name)
