"""`plan` says where the policy side has grown beyond the ceiling."""

from dataclasses import replace

from gitops_breakglass.core.install.ceiling_role import ceiling_role
from gitops_breakglass.flows.ceiling import outgrown
from gitops_breakglass.model.policy import ManifestsTarget
from tests.unit.installation import ACCOUNT, READS, FakeAdministrator, a_policy, an_offer

POLICY = a_policy(offers=(an_offer(),))
ROLE = ceiling_role(READS, f"{ACCOUNT}reconciler")


def test_a_ceiling_that_covers_everything_is_not_told():
    assert outgrown(FakeAdministrator(objects=ROLE), POLICY) == ()


def test_what_the_ceiling_lacks_is_told():
    (found,) = outgrown(FakeAdministrator(objects=ceiling_role(READS[:0], f"{ACCOUNT}reconciler")), POLICY)
    assert (found.rule, found.is_error) == ("ceiling-outgrown", False)
    assert found.message == (
        "the policy side in force has grown beyond what the reconciler holds on prod-1, so this can't be granted there: "
        "get, list configmaps, secrets (core)"
    )
    (none,) = outgrown(FakeAdministrator(), POLICY)
    assert none == found


def test_a_folder_has_no_ceiling():
    access = replace(POLICY.configuration.clusters["prod-1"], target=ManifestsTarget("out"))
    folder = replace(POLICY, configuration=replace(POLICY.configuration, clusters={"prod-1": access}))
    assert outgrown(FakeAdministrator(), folder) == ()
