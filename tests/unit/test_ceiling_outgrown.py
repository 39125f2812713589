"""`plan` says where the policy side has grown beyond the ceiling."""

from dataclasses import replace

from gitops_breakglass.core.debug.needs import SessionNeeds, session_needs
from gitops_breakglass.core.install.ceiling_role import ceiling_role
from gitops_breakglass.core.install.identities import reconciler_roles, sweeper_roles
from gitops_breakglass.core.rbac.ceiling import ceiling
from gitops_breakglass.flows.ceiling import outgrown
from gitops_breakglass.model.policy import ManifestsTarget, Rbac
from gitops_breakglass.model.rules import Discovery
from tests.debug_side import a_debug_side, a_template
from tests.unit.installation import ACCOUNT, READS, FakeAdministrator, a_policy, an_offer

POLICY = a_policy(offers=(an_offer(),))
WITH_DEBUGGING = replace(POLICY, debug=a_debug_side(a_template()))
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


def test_what_debug_templates_need_and_the_roles_lack_is_told():
    needs = session_needs(WITH_DEBUGGING, "prod-1")
    needed = ceiling(WITH_DEBUGGING, cluster_name="prod-1", cluster=Rbac(), discovery=Discovery())
    covered = ceiling_role(needed, f"{ACCOUNT}reconciler")
    whole = (*covered, *reconciler_roles(needs), *sweeper_roles(needs))
    assert outgrown(FakeAdministrator(objects=whole), WITH_DEBUGGING) == ()
    before = (*covered, *reconciler_roles(SessionNeeds()), *sweeper_roles(SessionNeeds()))
    assert [(each.rule, each.message) for each in outgrown(FakeAdministrator(objects=before), WITH_DEBUGGING)] == [
        (
            "debug-rights-missing",
            (
                "there are debug templates for which the reconciler lacks rights on prod-1: delete, get, patch, watch pods"
                " (core); create, delete, get, list, patch, watch daemonsets (apps)"
            ),
        ),
        (
            "debug-rights-missing",
            (
                "there are debug templates for which the sweeper lacks rights on prod-1: delete, get, list, patch pods"
                " (core); delete, get, list, patch daemonsets (apps)"
            ),
        ),
    ]
    # With the right to say what may be done with pods goes the marker of sessions.
    (first, *_) = outgrown(FakeAdministrator(objects=(*ROLE, *whole[2:])), WITH_DEBUGGING)
    assert (first.rule, "hold podrules" in first.message) == ("ceiling-outgrown", True)


def test_a_folder_has_no_ceiling():
    access = replace(POLICY.configuration.clusters["prod-1"], target=ManifestsTarget("out"))
    folder = replace(POLICY, configuration=replace(POLICY.configuration, clusters={"prod-1": access}))
    assert outgrown(FakeAdministrator(), folder) == ()
