"""Whose word counts among those who are named, end to end: addresses, sign-in, and groups that are not shown."""

import pytest

from gitops_breakglass.flows.gate import gate
from gitops_breakglass.model.decision import Granted
from gitops_breakglass.report.gate.formats import gate_written
from tests.e2e.attacks import WHAT, ends_on_time, in_force, refused
from tests.e2e.stage import POD_SHELL, Stage
from tests.git.world import branch_of

PROVIDER = """\
---
apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: IdentityProvider
metadata:
  name: {name}
spec:
  disabled: {disabled}
  oidc:
    authority: https://{name}.example.com
    clientID: ui
    expectedAudience: api
"""
CORP = PROVIDER.format(name="corp", disabled="false")


def with_spec(*lines, policies=POD_SHELL):
    """The escalation with more lines in its spec."""
    return policies.replace("  maxValidFor: 2h\n", "".join(f"  {line}\n" for line in ("maxValidFor: 2h", *lines)))


def signing_in(stage, **providers):
    """`identities.yaml` where these people sign in by these providers."""
    text = stage.identities()
    for name, theirs in providers.items():
        text = text.replace(f"  - name: {name}\n", f"  - name: {name}\n    identityProviders: [{', '.join(theirs)}]\n")
    return text


@pytest.fixture
def stage(tmp_path):
    def made(policies, **words):
        return Stage(tmp_path, policies=policies, **words)

    return made


@pytest.mark.parametrize("address", ["ivan@evilexample.com", "ivan@example.com.evil", "ivan@sub.example.com"])
def test_an_approver_with_an_address_of_another_domain_whatever_the_tag_claims(stage, address):
    stage = stage(with_spec("allowedApproverDomains: [Example.com]"))
    ivan = stage.world.person("ivan")
    stage.groups["team-leads"] = ["ben", "ivan"]
    in_force(stage, {"identities.yaml": stage.identities().replace("ivan@example.com", address)})
    stage.alice.requests(WHAT)
    ivan.approves(WHAT, "as ivan@example.com")
    stage.world.merge(WHAT)
    assert refused(stage) == ["ApprovalRequired", "approver-domain"]
    ends_on_time(stage)


def test_an_address_that_was_taken_away_after_the_approval(stage):
    stage = stage(with_spec("allowedApproverDomains: [corp.example]"))
    ivan = stage.world.person("ivan")
    stage.groups["team-leads"] = ["ben", "ivan"]
    text = stage.identities().replace("ben@example.com", "ben@corp.example")
    in_force(stage, {"identities.yaml": text.replace("ivan@example.com", "ivan@corp.example")})
    stage.alice.requests(WHAT)
    ivan.approves(WHAT)
    stage.world.merge(WHAT)
    in_force(stage, {"identities.yaml": text}, branch="policy/ivan-left")
    assert refused(stage) == ["ApprovalRequired", "approver-domain"]


def test_somebody_who_signs_in_elsewhere_asks(stage):
    stage = stage(with_spec("allowedIdentityProviders: [corp]") + CORP)
    in_force(stage, {"identities.yaml": signing_in(stage, alice=["lab"], erin=["corp"], ben=["corp"])})
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT)
    stage.world.merge(WHAT)
    assert refused(stage) == ["identity-provider"]


def test_somebody_who_signs_in_elsewhere_approves(stage):
    lists = ("allowedIdentityProvidersForRequests: [lab]", "allowedIdentityProvidersForApprovers: [corp]")
    providers = CORP + PROVIDER.format(name="lab", disabled="false")
    stage = stage(
        with_spec(*lists) + providers, groups={"developers": ["alice", "erin"], "team-leads": ["ben", "dana"]}
    )
    people = {"alice": ["lab"], "erin": ["lab"], "ben": ["corp", "lab"], "dana": ["lab"]}
    in_force(stage, {"identities.yaml": signing_in(stage, **people)})
    stage.alice.requests(WHAT)
    stage.dana.approves(WHAT)
    stage.world.merge(WHAT)
    assert refused(stage) == ["ApprovalRequired", "identity-provider"]


def test_a_provider_that_was_disabled_after_the_merge_counts_for_nobody(stage):
    policies = with_spec("allowedIdentityProviders: [corp]")
    stage = stage(policies + CORP)
    in_force(stage, {"identities.yaml": signing_in(stage, alice=["corp"], erin=["corp"], ben=["corp"])})
    stage.granted("prod/before", reason="INC-8: before")
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT)
    stage.world.merge(WHAT)
    in_force(stage, {"policies/shell.yaml": policies + CORP.replace("false", "true")}, branch="policy/off")
    report = stage.reconcile()
    assert stage.rules(stage.decision(report, WHAT)) == ["identity-provider"]
    ends_on_time(stage)


def test_a_hidden_approver_counts_and_is_told_by_nobody_before(stage):
    groups = {"developers": ["alice", "erin"], "team-leads": ["ben"], "board": ["dana"]}
    hidden = POD_SHELL.replace(
        "    groups: [team-leads]\n", "    groups: [team-leads, board]\n    hiddenFromUI: [board]\n"
    )
    stage = stage(hidden, groups=groups)
    stage.alice.requests(WHAT)
    proposal = gate(stage.sources(), branch_of(WHAT), now=stage.clock.now())
    text = gate_written("text", proposal)
    assert "  may approve: ben and 1 more who is not named\n" in text
    for form in ("text", "json", "github", "markdown"):
        assert "dana" not in gate_written(form, proposal)
    stage.dana.approves(WHAT)
    stage.world.merge(WHAT)
    decision = stage.decision(stage.reconcile(), WHAT)
    assert isinstance(decision, Granted)
    assert [each.person for each in decision.evidence.approvals] == ["dana"]


def test_a_group_that_is_only_hidden_gives_no_right(stage):
    groups = {"developers": ["alice", "erin"], "team-leads": ["ben"], "board": ["dana"]}
    hidden = POD_SHELL.replace("    groups: [team-leads]\n", "    groups: [team-leads]\n    hiddenFromUI: [board]\n")
    stage = stage(hidden, groups=groups)
    stage.alice.requests(WHAT)
    stage.dana.approves(WHAT)
    stage.world.merge(WHAT)
    assert refused(stage) == ["ApprovalRequired", "not-an-approver"]
