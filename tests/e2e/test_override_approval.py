"""What an escalation overrides of pod rules takes a second person, at each forge alike: who is asked, what counts, what is kept."""

import json
from contextlib import nullcontext

import pytest

from gitops_breakglass.core.ledger_story import episodes
from gitops_breakglass.flows.gate import gate
from gitops_breakglass.model.decision import Denied, Granted, Pending, Purpose
from gitops_breakglass.report.gate.formats import gate_written
from tests.contract.forge.words import STAGES
from tests.e2e.attacks import GRANTED, WHAT, in_force, record_of
from tests.e2e.ledgers import entries, holds
from tests.e2e.stage import POD_SHELL, Stage
from tests.forges.bare import Refused
from tests.forges.github_stage import GithubStage
from tests.forges.stage import ForgeStage
from tests.git.world import branch_of

OVERRIDE = """\
  podSecurityOverrides:
    enabled: true
    maxAllowedScore: 200
"""


def overriding(*who, required=True):
    """The escalation with an override that takes the approval of one of these, where `required`."""
    more = "    requireApproval: true\n" if required else ""
    more += f"    approvers: {{users: [{', '.join(f'{each}@example.com' for each in who)}]}}\n" if who else ""
    return POD_SHELL.replace("  maxValidFor: 2h\n", f"  maxValidFor: 2h\n{OVERRIDE}{more}")


@pytest.fixture(params=["local", *STAGES])
def begun(request, tmp_path):
    """A stage at each forge, by its policies; a second one is not begun in the same test."""
    open_stages = []

    def begin(policies, **words):
        kind = request.param
        stage = nullcontext(Stage(tmp_path, policies=policies, **words)) if kind == "local" else None
        stage = stage or STAGES[kind](tmp_path, policies=policies, **words)
        open_stages.append(stage)
        return stage.__enter__()

    yield begin
    for each in open_stages:
        each.__exit__(None, None, None)


def at_a_forge(stage):
    return isinstance(stage, ForgeStage)


def asked(stage):
    """What the gate says of the request now."""
    change = str(stage.changes[WHAT]) if at_a_forge(stage) else branch_of(WHAT)
    return gate(stage.sources(), change, now=stage.clock.now())


def merged(stage):
    """What a run decides once the request is merged."""
    if at_a_forge(stage):
        stage.ben.merges(WHAT)
    else:
        stage.world.merge(WHAT)
    return stage.decision(stage.reconcile(), WHAT)


def refused(stage):
    """The rules by which the merged request is refused, which then gives nothing."""
    decision = merged(stage)
    assert isinstance(decision, Denied), decision
    assert stage.live() == []
    return list(dict.fromkeys(stage.rules(decision)))


def newly_in_force(stage, policies):
    files = {"policies/shell.yaml": policies}
    return stage.in_force(files) if at_a_forge(stage) else in_force(stage, files)


def second_account(stage, name):
    """Another account of somebody, who is still one person; who uses it."""
    if at_a_forge(stage):
        other = stage.newcomer(f"{name}-too")
        return other, stage.identities(more={name: [name, f"{name}-too"]})
    other = stage.world.person(f"{name}-too")
    del stage.world.people[f"{name}-too"]
    keys = [getattr(stage, name).public_key, other.public_key]
    return other, stage.identities(keys={name: keys})


def test_the_ordinary_approval_alone_leaves_it_pending_and_says_who_may_still_give_the_other(begun):
    stage = begun(overriding("dana", "erin", "alice"))
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT, "go ahead")
    proposal = asked(stage)
    assert isinstance(proposal.decision, Pending)
    assert not proposal.may_merge
    assert proposal.decision.lacks == (Purpose.OVERRIDE,)
    told = json.loads(gate_written("json", proposal))
    assert (told["mayApprove"], told["mayApproveOverride"]) == (["ben"], ["dana", "erin"])
    assert "dana, erin" in gate_written("text", proposal)
    assert "dana, erin" in gate_written("markdown", proposal)
    assert refused(stage) == ["override-approval"]


def test_both_are_granted_and_evidence_and_ledger_keep_which_was_which(begun):
    stage = begun(overriding("dana"))
    stage.alice.requests(WHAT)
    stage.dana.approves(WHAT, "the override is fine")
    stage.ben.approves(WHAT, "go ahead")
    assert asked(stage).may_merge
    decision = merged(stage)
    assert isinstance(decision, Granted)
    assert stage.live() == GRANTED
    both = {"ben": ("request", "go ahead"), "dana": ("override", "the override is fine")}
    assert {each.person: (each.purpose, each.reason) for each in decision.evidence.approvals} == both
    signed = json.loads(record_of(stage).manifest["spec"]["decision"]["payload"])
    kept = [signed["evidence"]["approvals"], entries(stage)[0].facts["approvals"]]
    for approvals in kept:
        assert {each["person"]: (each.get("of", "request"), each["reason"]) for each in approvals} == both
    assert holds(stage)
    (told,) = episodes(entries(stage))
    assert {each.split()[0]: each.endswith(") of what it overrides") for each in told.approvers} == {
        "ben": False,
        "dana": True,
    }


def test_the_approver_of_the_override_alone_approves_no_request(begun):
    stage = begun(overriding("dana"))
    stage.alice.requests(WHAT)
    stage.dana.approves(WHAT, "the override is fine")
    assert asked(stage).decision.lacks == (Purpose.REQUEST,)
    assert refused(stage)[0] == "ApprovalRequired"


def test_who_asks_does_not_approve_what_is_overridden(begun):
    stage = begun(overriding("alice", "dana"))
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT, "go ahead")
    if isinstance(stage, GithubStage):
        with pytest.raises(Refused, match="Can not approve your own pull request"):
            stage.alice.approves(WHAT, "mine")
    else:
        stage.alice.approves(WHAT, "mine")
    assert not asked(stage).may_merge
    seen = [] if isinstance(stage, GithubStage) else ["self-approval"]
    assert refused(stage) == ["override-approval", *seen]


@pytest.mark.parametrize("who", [("ben", "dana"), ()], ids=["on both lists", "one of the escalation's approvers"])
def test_one_person_gives_one_of_the_two_approvals(begun, who):
    stage = begun(overriding(*who))
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT, "go ahead, override and all")
    assert not asked(stage).may_merge
    assert refused(stage) == ["override-approval"]


def test_two_accounts_of_one_person_give_one_approval(begun):
    stage = begun(overriding("ben", "dana"))
    other, identities = second_account(stage, "ben")
    files = {"identities.yaml": identities}
    stage.in_force(files) if at_a_forge(stage) else in_force(stage, files)
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT, "go ahead")
    other.approves(WHAT, "and the override")
    assert not asked(stage).may_merge
    assert refused(stage) == ["override-approval"]


@pytest.mark.parametrize(
    "before", [POD_SHELL, overriding(required=False)], ids=["no override", "an override of its own"]
)
def test_a_policy_that_asks_for_it_after_the_approval_holds(begun, before):
    stage = begun(before)
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT, "go ahead")
    assert asked(stage).may_merge
    newly_in_force(stage, overriding("dana"))
    assert not asked(stage).may_merge
    assert refused(stage) == ["override-approval"]


def test_a_policy_that_no_longer_asks_for_it_after_the_merge_leaves_it_asked_for(begun):
    stage = begun(overriding("dana"))
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT, "go ahead")
    if at_a_forge(stage):
        stage.ben.merges(WHAT)
    else:
        stage.world.merge(WHAT)
    newly_in_force(stage, POD_SHELL)
    decision = stage.decision(stage.reconcile(), WHAT)
    assert isinstance(decision, Denied), decision
    assert stage.rules(decision) == ["override-approval"]
    assert stage.live() == []
