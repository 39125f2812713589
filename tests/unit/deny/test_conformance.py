"""Upstream's own cases, by the ids that our notes of its behaviour give them."""

import pytest

from gitops_breakglass.core.deny.pods import score
from gitops_breakglass.core.read.pod import read_pod
from gitops_breakglass.model.deny import Circumstances
from tests.unit.deny.asked import EXEC, manifest, override, pod, policy, said

RF_A = (
    "{hostNetwork: 10, hostPID: 15, hostIPC: 10, privilegedContainer: 50, hostPathWritable: 25, hostPathReadOnly: 5, "
    "runAsRoot: 20, capabilities: {NET_ADMIN: 30, SYS_ADMIN: 40}}"
)
INIT = {"initContainers": [{"name": "init", "securityContext": {"privileged": True}}]}


def pods_policy(risk, thresholds, rest=""):
    """Write a policy of pod rules; thresholds as `30 warn/50 allow`."""
    listed = [
        f"{{maxScore: {each.split()[0]}, action: {each.split()[1]}}}" for each in filter(None, thresholds.split("/"))
    ]
    return policy(f"{{podSecurityRules: {{riskFactors: {risk}, thresholds: [{', '.join(listed)}]{rest}}}}}")


@pytest.mark.parametrize(
    "made, expected",
    [
        pytest.param(manifest(), 0, id="S1"),
        pytest.param({"spec": {"containers": []}}, 0, id="S2"),
        pytest.param(manifest("HN"), 10, id="S3"),
        pytest.param(manifest("P"), 50, id="S4"),
        pytest.param(manifest("hpW"), 25, id="S6"),
        pytest.param(manifest("hpR"), 5, id="S7"),
        pytest.param(manifest("root"), 20, id="S8"),
        pytest.param(manifest("NET_ADMIN"), 30, id="S9"),
        pytest.param(manifest("SYS_ADMIN"), 40, id="S10"),
        pytest.param({"spec": INIT}, 50, id="S11"),
    ],
)
def test_a_pod_has_the_score_that_upstream_gives_it(made, expected):
    assert score(read_pod(made), pods_policy(RF_A, "0 allow").pods.risk) == expected


D1 = pods_policy("{privilegedContainer: 50, hostNetwork: 10, runAsRoot: 20}", "30 warn/50 allow", ", failMode: open")
D4 = pods_policy(
    "{privilegedContainer: 100}",
    "50 deny",
    ", exemptions: {namespaces: {patterns: [kube-system]}, podLabels: {exempt: 'true'}}",
)
D8 = pods_policy(
    "{privilegedContainer: 30, hostNetwork: 20, hostPID: 15}", "10 allow/50 deny", ", blockFactors: [hostPID]"
)
D12 = pods_policy("{hostNetwork: 30, hostPID: 40}", "100 allow", ", blockFactors: [hostNetwork, hostPID]")
D15 = pods_policy("{privilegedContainer: 30}", "10 allow/50 deny")
D20 = pods_policy("{privilegedContainer: 50}", "0 allow/100 deny")
D22 = pods_policy(
    "{capabilities: {NET_ADMIN: 10, SYS_ADMIN: 20, SYS_PTRACE: 15, NET_RAW: 5}}", "20 allow/40 warn/100 deny"
)
D26 = pods_policy(
    "{hostNetwork: 10, hostPID: 15, hostIPC: 10, privilegedContainer: 50, hostPathWritable: 25, runAsRoot: 20, "
    "capabilities: {NET_ADMIN: 30}}",
    "50 allow/100 warn/200 deny",
)
D27 = pods_policy("{privilegedContainer: 50}", "30 allow/100 deny")
D34 = pods_policy("{}", "100 allow", ", blockFactors: [hostNetwork, hostPID, privilegedContainer]")
ALL = ("HN", "HP", "HI", "P", "hpW", "root", "NET_ADMIN")


@pytest.mark.parametrize(
    "rules, inside, relaxed, decision, points",
    [
        pytest.param(D1, pod(), None, "warn", 0, id="D1"),
        pytest.param(D1, pod("HN", "P"), None, "deny", 60, id="D2"),
        pytest.param(D4, pod("P", namespace="kube-system"), None, "allow", None, id="D4"),
        pytest.param(D4, pod("P", labels={"exempt": "true"}), None, "allow", None, id="D5"),
        pytest.param(D4, pod("P"), None, "deny", 100, id="D6"),
        pytest.param(
            pods_policy("{privilegedContainer: 10}", "100 allow", ", blockFactors: [privilegedContainer]"),
            pod("P"),
            None,
            "deny",
            0,
            id="D7",
        ),
        pytest.param(D8, pod("P"), None, "deny", 30, id="D8"),
        pytest.param(D12, pod("HN"), None, "deny", 0, id="D12"),
        pytest.param(D12, pod("HN"), "{enabled: true, exemptFactors: [hostNetwork]}", "allow", 30, id="D13"),
        pytest.param(D15, pod("P"), "{enabled: false, maxAllowedScore: 100}", "deny", 30, id="D15"),
        pytest.param(pods_policy("{}", "0 allow", ", failMode: closed"), None, None, "deny", 0, id="D16"),
        pytest.param(pods_policy("{}", "0 allow", ", failMode: open"), None, None, "allow", None, id="D17"),
        pytest.param(pods_policy("{}", "0 allow"), None, None, "deny", 0, id="D18"),
        pytest.param(pods_policy("{privilegedContainer: 50}", ""), pod("P"), None, "deny", 50, id="D19"),
        pytest.param(D20, pod(), None, "allow", 0, id="D20"),
        pytest.param(pods_policy("{}", "0 allow/100 deny"), pod("HN", "HP", "P"), None, "allow", 0, id="D21"),
        pytest.param(D22, pod("NET_ADMIN", "SYS_ADMIN", "SYS_PTRACE"), None, "deny", 45, id="D22"),
        pytest.param(D26, pod(*ALL), None, "deny", 160, id="D26"),
        pytest.param(D27, pod("P"), "{enabled: true, maxAllowedScore: 50}", "allow", 50, id="D27"),
        pytest.param(D27, pod("P"), "{enabled: true, maxAllowedScore: 49}", "deny", 50, id="D28"),
        pytest.param(D27, pod("P"), "{enabled: true}", "deny", 50, id="D29"),
        pytest.param(
            pods_policy("{privilegedContainer: 50}", "100 deny"),
            pod(),
            "{enabled: true, maxAllowedScore: 0}",
            "allow",
            0,
            id="D32",
        ),
        pytest.param(D34, pod("HN"), None, "deny", 0, id="D34-network"),
        pytest.param(D34, pod("HP"), None, "deny", 0, id="D34-pid"),
        pytest.param(D34, pod("P"), None, "deny", 0, id="D34-privileged"),
        pytest.param(D34, pod(), None, "allow", 0, id="D34-safe"),
        pytest.param(
            pods_policy("{hostNetwork: 1}", "1000 allow", ", blockFactors: [hostNetwork]"),
            pod("HN"),
            None,
            "deny",
            0,
            id="D36",
        ),
    ],
)
def test_pod_rules_decide_as_upstream(rules, inside, relaxed, decision, points):
    verdict = said(rules, EXEC, inside=inside, relaxed=relaxed and override(relaxed))
    assert (verdict.answer, verdict.policy, verdict.score) == (decision, "deny", points)


@pytest.mark.parametrize("subresource", ["log", "status", "", "proxy"])
def test_other_subresources_are_not_looked_at_as_upstream_D3(subresource):
    verdict = said(D1, f"create pods/my-pod/{subresource} in default", inside=pod("P", "HN"))
    assert (verdict.answer, verdict.policy) == ("no-match", None)


@pytest.mark.parametrize(
    "inside, reason",
    [
        pytest.param(pod("HN", "P"), "the pod's risk score of 60 exceeds all configured thresholds", id="D2"),
        pytest.param(pod(), "the pod's risk score is 0, and up to 30 it calls for care", id="D1"),
    ],
)
def test_a_threshold_without_a_reason_gets_one(inside, reason):
    assert said(D1, EXEC, inside=inside).reason == reason


@pytest.mark.parametrize(
    "text, reason",
    [
        pytest.param("{{.Pod}} {{.Namespace}} {{.Factors}} {{.Score}}", "my-pod production hostNetwork 50", id="D38"),
        pytest.param("{{.Pod", "{{.Pod", id="D39"),
    ],
)
def test_a_reason_is_rendered_as_upstream(text, reason):
    rules = policy(
        "{podSecurityRules: {riskFactors: {hostNetwork: 50}, thresholds: [{maxScore: 100, action: deny, "
        f"reason: '{text}'}}]}}}}"
    )
    assert said(rules, EXEC, inside=pod("HN", namespace="production")).reason == reason


SECRETS = "rules: [{verbs: ['*'], apiGroups: ['*'], resources: [secrets]}]"


@pytest.mark.parametrize(
    "scope, under, decision",
    [
        pytest.param("{clusters: [prod-1, prod-2]}", Circumstances("staging"), "no-match", id="D40-other"),
        pytest.param("{clusters: [prod-1, prod-2]}", Circumstances(""), "no-match", id="D40-none"),
        pytest.param("{clusters: [prod-1, prod-2]}", Circumstances("prod-1"), "deny", id="D40-meant"),
        pytest.param("{clusters: [c], tenants: [t]}", Circumstances("c", "t"), "deny", id="D41-both"),
        pytest.param("{clusters: [c], tenants: [t]}", Circumstances("c", "u"), "no-match", id="D41-cluster"),
        pytest.param("{clusters: [c], tenants: [t]}", Circumstances("d", "t"), "no-match", id="D41-tenant"),
    ],
)
def test_a_policy_is_asked_in_its_scope_as_upstream(scope, under, decision):
    rules = policy(f"{{appliesTo: {scope}, {SECRETS}}}")
    assert said(rules, "get secrets/db in default", under=under).answer == decision


def test_a_namespace_pattern_matches_as_upstream_D42():
    rules = policy("{rules: [{verbs: ['*'], apiGroups: [''], resources: [secrets], namespaces: {patterns: [ops-*]}}]}")
    assert said(rules, "list secrets in ops-eu1").answer == "deny"
    assert said(rules, "list secrets in dev").answer == "no-match"


def test_the_lowest_precedence_is_reported_as_upstream_D46():
    policies = [
        policy(f"{{precedence: 200, {SECRETS}}}", "late"),
        policy(f"{{{SECRETS}}}", "unset"),
        policy(f"{{precedence: 10, {SECRETS}}}", "early"),
    ]
    assert said(policies, "get secrets/db in default").policy == "early"


@pytest.mark.parametrize("pattern, name, decision", [("test?", "test1", "deny"), ("test[123]", "test12", "no-match")])
def test_names_match_as_upstream_D49(pattern, name, decision):
    rules = policy(f"{{rules: [{{verbs: [get], apiGroups: [''], resources: [pods], resourceNames: ['{pattern}']}}]}}")
    assert said(rules, f"get pods/{name} in default").answer == decision
