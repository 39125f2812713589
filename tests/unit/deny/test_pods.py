"""Pod rules: each sentence of docs/deny-policies.md on them, and the pods of upstream's cases beside."""

import pytest

from gitops_breakglass.core.deny.pods import factors, score
from gitops_breakglass.core.read.pod import read_pod
from tests.unit.deny.asked import EXEC, manifest, override, pod, pod_of, policy, said

RISKS = (
    "riskFactors: {hostNetwork: 10, hostPID: 15, privilegedContainer: 50, runAsRoot: 20, hostPathWritable: 25, "
    "hostPathReadOnly: 5, capabilities: {NET_ADMIN: 30}}"
)


def rules(rest="", thresholds="[{maxScore: 0, action: allow}]", risks=RISKS):
    return policy(f"{{podSecurityRules: {{{risks}, thresholds: {thresholds}{rest}}}}}")


def answer(one, inside, words=EXEC, relaxed=None):
    return said(one, words, inside=inside, relaxed=relaxed and override(relaxed)).answer.value


@pytest.mark.parametrize("verb", ["create", "get", "update", "anything"])
@pytest.mark.parametrize("subresource", ["exec", "attach", "portforward"])
def test_they_go_by_the_subresource_whatever_the_verb(verb, subresource):
    assert answer(rules(), pod("P"), f"{verb} pods/my-pod/{subresource} in default") == "deny"


def test_they_go_by_the_subresource_whatever_the_resource():
    words = "get virtualmachineinstances.kubevirt.io/vm/portforward in default"
    assert answer(rules(), None, words) == "deny"
    assert answer(rules(", failMode: open"), None, words) == "allow"


@pytest.mark.parametrize(
    "listed, subresource, expected",
    [
        ("[exec]", "exec", "deny"),
        ("[exec]", "attach", "no-match"),
        ("[]", "attach", "deny"),
        ("['*']", "exec", "no-match"),
        ("['*']", "*", "deny"),
        ("['']", "", "deny"),
        ("['']", "exec", "no-match"),
        ("[log]", "log", "deny"),
        ("['ex*']", "exec", "no-match"),
        ("[Exec]", "exec", "no-match"),
    ],
)
def test_a_list_of_subresources_replaces_the_three_and_is_read_word_by_word(listed, subresource, expected):
    one = rules(f", appliesTo: {{subresources: {listed}}}")
    assert answer(one, pod("P"), f"get pods/my-pod/{subresource} in default") == expected


def test_a_pod_that_can_t_be_read_goes_to_the_fail_mode_before_exemptions_and_overrides():
    every = ", exemptions: {namespaces: {patterns: ['*']}}"
    loose = "{enabled: true, maxAllowedScore: 1000}"
    assert answer(rules(every), None, relaxed=loose) == "deny"
    verdict = said(rules(every), EXEC)
    assert (verdict.reason, verdict.score, verdict.factors) == (
        "what runs in the pod is not known, so it is denied",
        0,
        (),
    )
    assert answer(rules(", failMode: open", thresholds="[]"), None) == "allow"
    assert answer(rules(", failMode: open", thresholds="[]"), pod()) == "deny"


@pytest.mark.parametrize(
    "exemptions, namespace, labels, expected",
    [
        ("{namespaces: {patterns: [kube-*]}}", "kube-system", {}, "allow"),
        ("{namespaces: {patterns: [kube-*]}}", "default", {}, "deny"),
        ("{namespaces: {patterns: []}}", "default", {}, "deny"),
        ("{namespaces: {}}", "default", {}, "deny"),
        ("{namespaces: {selectorTerms: [{}]}}", "default", {}, "deny"),
        ("{}", "default", {}, "deny"),
        ("{podLabels: {a: x}}", "default", {"a": "x"}, "allow"),
        ("{podLabels: {a: x}}", "default", {"a": "y"}, "deny"),
        ("{podLabels: {a: x, b: z}}", "default", {"a": "x"}, "deny"),
        ("{podLabels: {a: x, b: z}}", "default", {"a": "x", "b": "z", "c": "q"}, "allow"),
        ("{podLabels: {a: x*}}", "default", {"a": "xy"}, "deny"),
        ("{podLabels: {a: ''}}", "default", {"a": ""}, "allow"),
        ("{podLabels: {a: ''}}", "default", {}, "deny"),
        ("{podLabels: {}}", "default", {}, "deny"),
        ("{labels: {a: x}}", "default", {"a": "x"}, "allow"),
        ("{labels: {a: x}, podLabels: {b: z}}", "default", {"a": "x"}, "deny"),
        ("{labels: {a: x}, podLabels: {b: z}}", "default", {"a": "x", "b": "z"}, "allow"),
        ("{labels: {a: x}, podLabels: {a: y}}", "default", {"a": "x"}, "deny"),
        ("{labels: {a: x}, podLabels: {a: y}}", "default", {"a": "y"}, "deny"),
        ("{namespaces: {patterns: [other]}, podLabels: {a: x}}", "default", {"a": "x"}, "allow"),
    ],
)
def test_an_exemption_is_a_namespace_or_all_labels(exemptions, namespace, labels, expected):
    one = rules(f", exemptions: {exemptions}")
    assert answer(one, pod("P", namespace=namespace, labels=labels)) == expected


@pytest.mark.parametrize(
    "blocked, inside, reason",
    [
        ("[privilegedContainer]", pod("P"), "privilegedContainer:p is not allowed in a pod at any score"),
        ("[capability]", pod("NET_ADMIN"), "capability:NET_ADMIN:net_admin is not allowed in a pod at any score"),
        ("[capability]", pod("SYS_ADMIN"), None),
        ("['capability:NET_ADMIN']", pod("NET_ADMIN"), None),
        ("[hostIPC]", pod("HI"), "hostIPC is not allowed in a pod at any score"),
        ("[hostPathReadOnly]", pod("hpR"), "hostPathReadOnly:hpr is not allowed in a pod at any score"),
        ("[hostPathReadOnly]", pod("hpW"), None),
        ("[runAsRoot, hostPID]", pod("HP", "root"), "runAsRoot:root is not allowed in a pod at any score"),
        ("[hostpid]", pod("HP"), None),
    ],
)
def test_a_factor_that_blocks_denies_whatever_its_weight(blocked, inside, reason):
    verdict = said(rules(f", blockFactors: {blocked}", "[{maxScore: 999, action: allow}]"), EXEC, inside=inside)
    expected = ("allow", None) if reason is None else ("deny", reason)
    assert (verdict.answer.value, verdict.reason) == expected
    assert reason is None or (verdict.score == 0 and verdict.factors)


@pytest.mark.parametrize(
    "thresholds, expected",
    [
        ("[{maxScore: 14, action: allow}, {maxScore: 15, action: warn}]", "warn"),
        ("[{maxScore: 15, action: allow}, {maxScore: 15, action: deny}]", "allow"),
        ("[{maxScore: 100, action: allow}, {maxScore: 20, action: deny}]", "allow"),
        ("[{maxScore: 14, action: allow}]", "deny"),
        ("[]", "deny"),
    ],
)
def test_the_first_threshold_in_the_list_that_is_high_enough_decides(thresholds, expected):
    assert answer(rules(thresholds=thresholds), pod("HP")) == expected


@pytest.mark.parametrize(
    "relaxed, inside, expected",
    [
        ("{enabled: true, maxAllowedScore: 50}", pod("P"), "allow"),
        ("{enabled: true, maxAllowedScore: 49}", pod("P"), "deny"),
        ("{enabled: true}", pod("P"), "deny"),
        ("{enabled: false, maxAllowedScore: 50}", pod("P"), "deny"),
        ("{maxAllowedScore: 50}", pod("P"), "deny"),
        ("{enabled: true, maxAllowedScore: 50, namespaceScope: {patterns: [def*]}}", pod("P"), "allow"),
        ("{enabled: true, maxAllowedScore: 50, namespaceScope: {patterns: [other]}}", pod("P"), "deny"),
        ("{enabled: true, maxAllowedScore: 50, namespaceScope: [default]}", pod("P"), "allow"),
        ("{enabled: true, maxAllowedScore: 50, namespaceScope: [other]}", pod("P"), "deny"),
        ("{enabled: true, maxAllowedScore: 50, namespaceScope: {}}", pod("P"), "allow"),
        ("{enabled: true, maxAllowedScore: 50, namespaceScope: {selectorTerms: [{}]}}", pod("P"), "deny"),
        ("{enabled: true, maxAllowedScore: 50}", pod("HP"), "deny"),
        ("{enabled: true, maxAllowedScore: 50, exemptFactors: [hostPID]}", pod("HP"), "allow"),
        ("{enabled: true, exemptFactors: [hostPID]}", pod("HP"), "deny"),
        ("{enabled: true, maxAllowedScore: 0, exemptFactors: [hostPID]}", pod("HP"), "deny"),
        ("{enabled: true, maxAllowedScore: 99, exemptFactors: [capabilities]}", pod("NET_ADMIN"), "allow"),
        ("{enabled: true, maxAllowedScore: 99, exemptFactors: [capability]}", pod("NET_ADMIN"), "allow"),
        ("{enabled: true, maxAllowedScore: 99, exemptFactors: ['capability:NET_ADMIN']}", pod("NET_ADMIN"), "deny"),
    ],
)
def test_an_override_lets_more_through_where_it_holds(relaxed, inside, expected):
    assert answer(rules(", blockFactors: [hostPID, capability]"), inside, relaxed=relaxed) == expected


def test_what_an_override_exempts_takes_no_points_from_the_score():
    verdict = said(
        rules(), EXEC, inside=pod("P"), relaxed=override("{enabled: true, exemptFactors: [privilegedContainer]}")
    )
    assert (verdict.answer, verdict.score) == ("deny", 50)


EVERYTHING = """
metadata: {name: web, namespace: shop}
spec:
  hostNetwork: true
  hostPID: true
  hostIPC: true
  securityContext: {runAsUser: 0}
  volumes:
    - {name: logs, hostPath: {path: /var/log}}
    - {name: run, hostPath: {path: /run}}
    - {name: idle, hostPath: {}}
    - {name: own, emptyDir: {}}
  ephemeralContainers:
    - {name: debug, securityContext: {privileged: true}, volumeMounts: [{name: run}]}
  initContainers:
    - {name: init, securityContext: {runAsUser: 0, capabilities: {add: [NET_ADMIN, ALL]}}}
  containers:
    - name: app
      securityContext: {privileged: true, runAsUser: 0, capabilities: {add: [NET_ADMIN, CAP_NET_ADMIN, NET_ADMIN]}}
      volumeMounts: [{name: logs, readOnly: true}, {name: run, readOnly: true}, {name: own}]
"""


def test_risks_are_named_each_time_in_one_order_and_counted_as_the_table_says():
    inside, risk = pod_of(EVERYTHING), rules().pods.risk
    assert factors(inside, risk) == (
        "hostNetwork",
        "hostPID",
        "hostIPC",
        "privilegedContainer:app",
        "runAsRoot:app",
        "capability:NET_ADMIN:app",
        "capability:NET_ADMIN:app",
        "runAsRoot:init",
        "capability:NET_ADMIN:init",
        "privilegedContainer:debug",
        "hostPathReadOnly:logs",
        "hostPathWritable:run",
        "hostPathReadOnly:idle",
    )
    assert score(inside, risk) == 10 + 15 + 50 + 20 + 3 * 30 + 25 + 2 * 5


@pytest.mark.parametrize("kind", ["containers", "initContainers", "ephemeralContainers"])
def test_all_three_lists_of_containers_count(kind):
    made = manifest()
    made["spec"][kind] = [{"name": "x", "securityContext": {"privileged": True}}]
    assert answer(rules(), read_pod(made)) == "deny"


def test_the_user_of_the_pod_itself_does_not_count():
    assert score(pod_of("spec: {securityContext: {runAsUser: 0}, containers: [{name: a}]}"), rules().pods.risk) == 0


def test_weights_below_zero_count_for_capabilities_and_volumes_and_a_sum_may_be_negative():
    risks = "riskFactors: {hostPID: -5, runAsRoot: -5, hostPathWritable: -7, capabilities: {NET_ADMIN: -30}}"
    one = rules(thresholds="[{maxScore: -38, action: allow}, {maxScore: 0, action: deny}]", risks=risks)
    assert score(pod("HP", "root", "hpW", "NET_ADMIN"), one.pods.risk) == -37
    assert answer(one, pod("HP", "root", "hpW", "NET_ADMIN")) == "deny"
    assert answer(one, pod("NET_ADMIN", "SYS_ADMIN", "hpW", "hpW")) == "allow"


def test_a_single_threshold_that_denies_denies_every_pod_that_is_not_exempt():
    one = policy(
        "{podSecurityRules: {exemptions: {namespaces: {patterns: [debug-tools]}, labels: {tool: debug}}, "
        "thresholds: [{maxScore: 0, action: deny, reason: only debug pods}]}}"
    )
    for inside in (pod(), pod("P", "HN")):
        verdict = said(one, EXEC, inside=inside)
        assert (verdict.answer, verdict.reason, verdict.score) == ("deny", "only debug pods", 0)
    assert answer(one, pod("P", namespace="debug-tools")) == "allow"
    assert answer(one, pod("P", labels={"tool": "debug"})) == "allow"


@pytest.mark.parametrize(
    "reason, told",
    [
        ("", "the pod's risk score is 15, and up to 99 it is denied"),
        ("{{if false}}x{{end}}", "the pod's risk score is 15, and up to 99 it is denied"),
        ("{{.Score}}: {{.Factors}} in {{.Namespace}}/{{.Pod}}", "15: hostPID in default/my-pod"),
        ("{{.score}}", "<no value>"),
        ("{{.Score", "{{.Score"),
        ("{{index .Pod 99}}", "{{index .Pod 99}}"),
        ("{{range 1000000}}x{{end}}", "{{range 1000000}}x{{end}}"),
        ("{{printf `%03d` .Score}} {{.Factors | printf `%q`}}", '015 "hostPID"'),
    ],
)
def test_a_reason_is_a_template_that_never_fails(reason, told):
    one = rules(thresholds=f"[{{maxScore: 99, action: deny, reason: '{reason}'}}]")
    assert said(one, EXEC, inside=pod("HP")).reason == told


def test_risks_of_a_reason_are_joined_by_commas():
    one = rules(thresholds="[{maxScore: 99, action: warn, reason: '{{.Factors}}'}]")
    assert said(one, EXEC, inside=pod("HN", "HP")).reason == "hostNetwork, hostPID"
