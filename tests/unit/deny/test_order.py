"""In which order deny policies are asked, and which of several answers is told."""

import pytest

from gitops_breakglass.model.deny import Verdict
from tests.unit.deny.asked import EXEC, pod, policy, said

RULES = "rules: [{verbs: ['*'], apiGroups: ['*'], resources: [pods]}]"


def pods(action, bound=100, more="", name="pods", head=""):
    thresholds = f"thresholds: [{{maxScore: {bound}, action: {action}, reason: '{name}'}}]"
    return policy(f"{{{head}podSecurityRules: {{riskFactors: {{hostPID: 7}}, {thresholds}{more}}}}}", name)


def told(policies, inside="HP", words=EXEC):
    verdict = said(policies, words, inside=pod(*filter(None, [inside])) if inside is not None else None)
    return (verdict.answer.value, verdict.policy, verdict.reason, verdict.score, verdict.factors)


def test_a_warning_is_remembered_and_a_later_denial_wins():
    warn, deny = pods("warn", name="first"), pods("deny", name="second")
    assert told([warn, deny]) == ("deny", "second", "second", 7, ("hostPID",))
    assert told([deny, warn]) == ("deny", "second", "second", 7, ("hostPID",))
    assert told([warn, policy(f"{{{RULES}}}", "rule")]) == ("deny", "rule", None, None, ())


def test_of_several_warnings_the_first_is_told():
    early = pods("warn", name="early", head="precedence: 5, ")
    assert told([pods("warn", name="late"), early]) == ("warn", "early", "early", 7, ("hostPID",))


def test_a_warning_is_told_rather_than_that_somebody_allowed():
    allow, warn = pods("allow", name="allow"), pods("warn", name="warn")
    for both in ([allow, warn], [warn, allow]):
        assert told(both) == ("warn", "warn", "warn", 7, ("hostPID",))


def test_of_several_that_allow_the_first_is_told():
    exempt = pods("deny", name="exempt", more=", exemptions: {namespaces: {patterns: [default]}}")
    scored = pods("allow", name="scored")
    assert told([scored, exempt]) == ("allow", "scored", None, 7, ("hostPID",))
    assert told([exempt, scored]) == ("allow", "exempt", None, None, ())


def test_with_one_precedence_the_order_of_the_files_counts():
    one, other = policy(f"{{{RULES}}}", "z"), policy(f"{{{RULES}}}", "a")
    assert told([one, other])[1] == "z"
    assert told([other, one])[1] == "a"


@pytest.mark.parametrize("number, first", [(99, "set"), (100, "unset"), (101, "unset"), (0, "set")])
def test_without_a_precedence_it_is_100(number, first):
    policies = [policy(f"{{{RULES}}}", "unset"), policy(f"{{precedence: {number}, {RULES}}}", "set")]
    assert told(policies)[1] == first


def test_rules_come_before_the_pod_rules_of_the_same_policy_and_after_those_of_an_earlier_one():
    both = policy(f"{{{RULES}, podSecurityRules: {{riskFactors: {{}}, thresholds: []}}}}", "both")
    assert told([both])[3] is None
    assert told([pods("deny", name="early"), both])[1] == "early"


def test_the_first_rule_that_matches_is_told_by_its_place():
    verdict = said(policy(f"{{{RULES}}}", path="policies/deny/a.yaml"), EXEC)
    assert verdict.location is not None
    assert verdict.location.path == "policies/deny/a.yaml"


def test_without_policies_nothing_matches():
    assert said([], EXEC) == Verdict("no-match")
