from datetime import timedelta

from gitops_breakglass.core.read.escalation import read_escalation
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.policy import Audience, Escalation, SessionLimits, SignIn
from tests.unit.read.documents import escalation, rules_of


def test_what_is_not_set_is_as_upstream_has_it():
    read = read_escalation(escalation("{escalatedGroup: g, allowed: {}, approvers: {groups: [leads]}}"))
    assert read.findings == ()
    assert read.value == Escalation(
        name="shell",
        group="g",
        clusters=(),
        allowed=Audience(),
        approvers=Audience(groups=frozenset({"leads"})),
        max_valid_for=timedelta(hours=1),
        approval_timeout=timedelta(hours=1),
        block_self_approval=None,
        request_reason_mandatory=False,
        approval_reason_mandatory=False,
        location=Location("policies/a.yaml", 1, 1),
    )


def test_both_lists_of_clusters_and_both_of_people_count():
    value = read_escalation(
        escalation(
            "{escalatedGroup: g, clusterConfigRefs: [b], blockSelfApproval: false, maxValidFor: 336h,"
            " approvalTimeout: 15m, requestReason: {mandatory: true}, approvalReason: {mandatory: true},"
            " allowed: {clusters: [a], users: [bot@example.com], groups: [ci]}, approvers: {users: [bot@example.com]}}"
        )
    ).value
    assert value.clusters == ("a", "b")
    assert value.allowed == Audience(frozenset({"bot@example.com"}), frozenset({"ci"}))
    assert value.max_valid_for == timedelta(days=14)
    assert value.approval_timeout == timedelta(minutes=15)
    assert value.block_self_approval is False
    assert value.request_reason_mandatory
    assert value.approval_reason_mandatory


def test_the_repositorys_approval_timeout_is_for_escalations_without_one():
    document = escalation("{escalatedGroup: g}")
    assert read_escalation(document, approval_timeout=timedelta(minutes=5)).value.approval_timeout == timedelta(
        minutes=5
    )


def read_override_approvers(text):
    return read_escalation(
        escalation(f"{{escalatedGroup: g, approvers: {{groups: [leads]}}, podSecurityOverrides: {text}}}")
    ).value.override_approvers


def test_overrides_name_who_has_to_approve_besides():
    board = Audience(frozenset({"dana@example.com"}), frozenset({"board"}))
    named = "approvers: {users: [dana@example.com], groups: [board]}"
    assert read_override_approvers(f"{{enabled: true, requireApproval: true, {named}}}") == board
    # Whoever writes people down means that they are asked.
    assert read_override_approvers(f"{{enabled: true, {named}}}") == board
    assert read_override_approvers(f"{{enabled: true, requireApproval: false, {named}}}") == board


def test_an_approval_by_nobody_in_particular_is_by_a_second_of_the_escalations_approvers():
    leads = Audience(groups=frozenset({"leads"}))
    assert read_override_approvers("{enabled: true, requireApproval: true}") == leads
    assert read_override_approvers("{enabled: true, requireApproval: true, approvers: {users: []}}") == leads


def test_overrides_that_are_off_or_ask_for_nobody_take_no_approval():
    assert read_override_approvers("{requireApproval: true, approvers: {groups: [board]}}") is None
    assert read_override_approvers("{enabled: false, requireApproval: true}") is None
    assert read_override_approvers("{enabled: true, maxAllowedScore: 9}") is None
    assert read_override_approvers("{enabled: true, approvers: {}}") is None


def test_who_counts_how_many_and_how_long_what_is_written_stays():
    value = read_escalation(
        escalation(
            "{escalatedGroup: g, allowedApproverDomains: [x.org], allowedIdentityProviders: [a],"
            " allowedIdentityProvidersForApprovers: [b], allowedIdentityProvidersForRequests: [c],"
            " sessionLimitsOverride: {maxActiveSessionsPerUser: 2, maxActiveSessionsTotal: 5}, retainFor: 24h,"
            " approvers: {groups: [leads, board], hiddenFromUI: [board]}}"
        )
    ).value
    assert value.approver_domains == ("x.org",)
    assert value.sign_in == SignIn(everybody=("a",), requesters=("c",), approvers=("b",))
    assert value.session_limits == SessionLimits(per_user=2, total=5)
    assert value.retain_for == timedelta(days=1)
    assert value.approvers == Audience(groups=frozenset({"leads", "board"}))
    assert value.hidden_groups == {"board"}


def test_deny_policies_that_an_escalation_names_hold_for_its_sessions():
    assert read_escalation(escalation("{escalatedGroup: g, denyPolicyRefs: [d, e]}")).value.deny_refs == ("d", "e")


def test_an_escalation_with_a_duration_that_says_nothing_is_not_offered():
    read = read_escalation(escalation("{escalatedGroup: g, maxValidFor: forever, approvalTimeout: 0s}"))
    assert read.value is None
    assert rules_of(read.findings) == ["InvalidDuration", "InvalidDuration"]
