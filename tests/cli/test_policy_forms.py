"""`policy check` and `policy test` on documents whose form no repository of ours would take, and whose meaning is plain."""

import json

import pytest
from click.testing import CliRunner

from gitops_breakglass.cli.main import main

UPSTREAM = "breakglass.t-caas.telekom.com/v1alpha1"
PRIVILEGED = {"spec": {"containers": [{"name": "app", "securityContext": {"privileged": True}}]}}


def review(**attributes):
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }


READS = review(verb="get", resource="secrets", namespace="web", name="tls")
ENTERS = review(verb="create", resource="pods", subresource="exec", namespace="web", name="db-0")


def rule(**more):
    return {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]} | more


def pods(**more):
    up_to = [{"maxScore": 30, "action": "allow"}, {"maxScore": 100, "action": "deny"}]
    return {"podSecurityRules": {"riskFactors": {"privilegedContainer": 50}, "thresholds": up_to} | more}


def policy(spec, **more):
    return {"apiVersion": UPSTREAM, "kind": "DenyPolicy", "metadata": {"name": "x"}, "spec": spec} | more


def outcome(cases, *words):
    """Exit code, standard output and standard error of `policy test` on cases as lines of JSON."""
    lines = "".join(json.dumps(each) + "\n" for each in cases)
    done = CliRunner().invoke(main, ["policy", "test", "-", *words], input=lines)
    return done.exit_code, done.stdout, done.stderr


def decided(spec, decision, asked=READS, pod=PRIVILEGED, **more):
    """A case with one policy, from its spec or a whole document."""
    one = spec if "spec" in spec else policy(spec)
    return {"name": "case", "review": asked, "policies": [one], "pod": pod, "expect": {"decision": decision}} | more


def term(**more):
    return {"rules": [rule(namespaces={"selectorTerms": [more]})]}


KEY = "a-prefix.of.many.parts.that.is.longer.than.sixty-three.letters.example.org/name"
FORMS = {
    "a name in capitals": decided(policy({"rules": [rule()]}, metadata={"name": "No_Secrets"}), "deny"),
    "no name": decided(policy({"rules": [rule()]}, metadata={}), "deny"),
    "no metadata": decided({"spec": {"rules": [rule()]}}, "deny"),
    "metadata of an API server": decided(
        policy({"rules": [rule()]}, metadata={"name": "x", "uid": "1", "managedFields": [], "ownerReferences": None}),
        "deny",
    ),
    "a status": decided(policy({"rules": [rule()]}, status={"conditions": None}), "deny"),
    "words given twice": decided({"rules": [rule(verbs=["get", "get"], resourceNames=["tls", "tls"])]}, "deny"),
    "rules that are null": decided({"rules": None, **pods()}, "deny", ENTERS),
    "optional fields that are null": decided(
        {"rules": [rule(namespaces=None, subresources=None)], "appliesTo": {"clusters": None}, "precedence": None},
        "deny",
    ),
    "pod rules full of nulls": decided(
        pods(exemptions={"namespaces": {"patterns": None}, "podLabels": None}, blockFactors=None, failMode=None),
        "deny",
        ENTERS,
    ),
    "an empty fail mode": decided(pods(failMode=""), "deny", ENTERS, pod=None),
    "verbs that are null": decided({"rules": [rule(verbs=None)]}, "no-match"),
    "thresholds that are null": decided(pods(thresholds=None), "deny", ENTERS),
    "risk factors that are null": decided(pods(riskFactors=None), "allow", ENTERS),
    "points with a fraction of zero": decided(pods(riskFactors={"privilegedContainer": 50.0}), "deny", ENTERS),
    "bounds with a fraction of zero": decided(pods(thresholds=[{"maxScore": 50.0, "action": "warn"}]), "warn", ENTERS),
    "a precedence below zero": decided({"rules": [rule()], "precedence": -1}, "deny"),
    "a spec that asks for nothing": decided(policy({}), "no-match"),
    "a pattern that our patterns do not have": decided({"rules": [rule(namespaces={"patterns": ["[!w]*"]})]}, "deny"),
    "a malformed pattern": decided({"rules": [rule(resourceNames=["[a-"])]}, "no-match"),
    "a name with a space": decided({"rules": [rule(resourceNames=["t s", "tl*"])]}, "deny"),
    "an empty name": decided({"rules": [rule(resourceNames=[""])]}, "no-match"),
    "more names than a list may have": decided({"rules": [rule(resourceNames=["a"] * 150 + ["tls"])]}, "deny"),
    "an identity with commas": decided(
        {"impersonationRules": [{"identities": ["CN=a b,O=c"], "modes": None}]},
        "deny",
        review(verb="impersonate", resource="users", name="CN=a b,O=c"),
    ),
    "an empty term": decided(term(), "deny", namespaceLabels={}),
    "a long key": decided(term(matchExpressions=[{"key": KEY, "operator": "Exists", "values": None}]), "no-match")
    | {"namespaceLabels": {"team": "web"}},
    "labels of any form": decided(term(matchLabels={"a": "b & c"}), "deny", namespaceLabels={"a": "b & c"}),
    "a review of a spec alone": decided({"rules": [rule()]}, "deny", {"spec": READS["spec"]}),
    "a review with an empty kind": decided({"rules": [rule()]}, "deny", {**READS, "kind": "", "apiVersion": None}),
    "policies that are null": decided({"spec": {}}, "no-match") | {"policies": None},
    "a pod with a field more": decided(pods(), "deny", ENTERS, pod={**PRIVILEGED, "note": "x"}),
    "a pod of metadata": decided(pods(), "allow", ENTERS, pod={"metadata": {"name": "db-0"}}),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_that_a_repository_would_refuse_is_no_reason_to_fail_a_case(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = outcome([FORMS[name]])
    assert (code, out) == (0, "1 passed, 0 failed\n")
    assert "error[" not in err


def test_what_a_repository_would_refuse_is_told_as_a_warning_with_its_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert outcome([FORMS["words given twice"]])[2] == (
        "(standard input):1:1: warning[schema] `spec.rules[0].resourceNames` names the same thing twice\n"
        "  hint: keep one of them\n"
        "(standard input):1:1: warning[schema] `spec.rules[0].verbs` names the same thing twice\n"
        "  hint: keep one of them\n"
    )


NOBODY_KNOWS = {
    "an unknown field": {"rulez": [rule()], **pods()},
    "a word that is a number": {"rules": [rule(verbs=[1])]},
    "a word that is null": {"rules": [rule(verbs=[None])]},
    "no verbs": {"rules": [{"apiGroups": [""], "resources": ["secrets"]}]},
    "points that are text": pods(riskFactors={"privilegedContainer": "50"}),
    "points with a fraction": pods(riskFactors={"privilegedContainer": 49.5}),
    "a bound that is null": pods(thresholds=[{"maxScore": None, "action": "allow"}]),
    "an action of another name": pods(thresholds=[{"maxScore": 1, "action": "block"}]),
    "a label that is null": pods(exemptions={"podLabels": {"debug": None}}),
    "an operator of another name": term(matchExpressions=[{"key": "a", "operator": "Gt"}]),
}


@pytest.mark.parametrize("name", NOBODY_KNOWS)
def test_a_policy_that_may_mean_anything_fails_its_case_and_denies_in_a_folder(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, _ = outcome([decided(NOBODY_KNOWS[name], "no-match")])
    assert (code, out.splitlines()[-1]) == (3, "0 passed, 1 failed")
    (tmp_path / "odd.yaml").write_text(json.dumps(policy(NOBODY_KNOWS[name])), encoding="utf-8")
    done = CliRunner().invoke(
        main, ["policy", "check", "--policies", "odd.yaml", "--format", "json"], input=json.dumps(READS)
    )
    assert (done.exit_code, json.loads(done.stdout)["decision"]) == (0, "deny")
    assert "error[unreadable-policy] a deny policy here can't be read" in done.stderr


def test_a_folder_of_policies_of_an_odd_form_is_asked_with_a_warning(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    odd = policy({"rules": [rule(verbs=["get", "get"])], "impersonationRules": None}, metadata={"name": "No_Secrets"})
    (tmp_path / "odd.yaml").write_text(json.dumps(odd), encoding="utf-8")
    words = ["policy", "check", "--policies", "odd.yaml", "--format", "json"]
    done = CliRunner().invoke(main, words, input=json.dumps(READS))
    assert json.loads(done.stdout)["policy"] == "No_Secrets"
    assert done.stderr.count("warning[schema]") == 3
    other = review(verb="list", resource="secrets", namespace="web")
    done = CliRunner().invoke(main, words, input=json.dumps(other))
    assert json.loads(done.stdout)["decision"] == "no-match"


def test_a_pod_may_carry_a_field_that_no_pod_has_but_not_a_risk_that_nobody_would_score(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policy.yaml").write_text(json.dumps(policy(pods())), encoding="utf-8")
    words = ["policy", "check", "--policies", "policy.yaml", "--pod", "pod.json", "--format", "json"]
    (tmp_path / "pod.json").write_text(json.dumps({**PRIVILEGED, "note": "x"}), encoding="utf-8")
    done = CliRunner().invoke(main, words, input=json.dumps(ENTERS))
    assert json.loads(done.stdout)["score"] == 50
    assert "warning[unreadable-pod] `the pod` has no field `note`" in done.stderr
    (tmp_path / "pod.json").write_text(json.dumps({**PRIVILEGED, "hostPID": True}), encoding="utf-8")
    done = CliRunner().invoke(main, words, input=json.dumps(ENTERS))
    assert (done.exit_code, done.stdout) == (2, "")
    assert "`the pod` has no field `hostPID`" in done.stderr


def test_risks_are_compared_in_whatever_order_they_are_told_and_as_often(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pod = {"spec": {**PRIVILEGED["spec"], "hostPID": True}}
    case = decided(pods(), "deny", ENTERS, pod=pod)
    fits = case | {"expect": {"factors": ["privilegedContainer:app", "hostPID"]}}
    differs = case | {"expect": {"factors": ["hostPID", "hostPID", "privilegedContainer:app"]}}
    code, out, _ = outcome([fits, differs])
    assert (code, out.splitlines()[-1]) == (3, "1 passed, 1 failed")
    assert '+ factors: ["hostPID", "privilegedContainer:app"]' in out


def test_what_does_not_say_that_it_is_a_review_is_none_outside_of_a_case(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policy.yaml").write_text(json.dumps(policy(pods())), encoding="utf-8")
    for asked in ({"spec": READS["spec"]}, {**READS, "kind": ""}):
        done = CliRunner().invoke(main, ["policy", "check", "--policies", "policy.yaml"], input=json.dumps(asked))
        assert (done.exit_code, done.stdout) == (2, "")
        assert "this is no access review" in done.stderr


@pytest.mark.parametrize("kind", ["List", "DenyPolicyList"])
def test_what_kubectl_writes_of_policies_is_a_list_whose_items_count_with_their_places(kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    one = policy({"rules": [rule()]})
    inner = {"apiVersion": "v1", "kind": "List", "items": [one]}
    text = json.dumps({"apiVersion": "v1", "kind": kind, "metadata": {}, "items": [inner]}, indent=1)
    (tmp_path / "dump.yaml").write_text(text, encoding="utf-8")
    done = CliRunner().invoke(main, ["policy", "check", "--policies", "dump.yaml"], input=json.dumps(READS))
    line = text[: text.index('"verbs"')].count("\n")
    assert (done.stdout.splitlines()[0].partition(":")[0], done.stderr) == ("deny by x (dump.yaml", "")
    assert f"(dump.yaml:{line}:" in done.stdout


def test_a_list_of_policies_that_is_none_denies_everything(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dump.yaml").write_text(json.dumps({"kind": "DenyPolicyList", "items": [1]}), encoding="utf-8")
    done = CliRunner().invoke(main, ["policy", "check", "--policies", "dump.yaml"], input=json.dumps(READS))
    assert done.stdout.startswith("deny by (unreadable)")
