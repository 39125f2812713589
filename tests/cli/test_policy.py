"""`policy check` and `policy test`: what they print for whom, and what they make of hostile input."""

import json
import os
import re
import shutil
from pathlib import Path

import jsonschema_rs
import pytest
from click.testing import CliRunner

from gitops_breakglass.adapters.bundled import case_fits
from gitops_breakglass.cli.main import main
from gitops_breakglass.model.document import Document
from tests.cluster.seeds import SEEDS, blocks

ROOT = Path(__file__).parents[2]

POLICY = """\
apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: DenyPolicy
metadata:
  name: privileged-exec
spec:
  appliesTo:
    clusters: [prod]
  podSecurityRules:
    riskFactors:
      privilegedContainer: 100
    thresholds:
      - maxScore: 49
        action: allow
      - maxScore: 100
        action: deny
        reason: "{{.Pod}} scores {{.Score}}"
---
apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: DenyPolicy
metadata:
  name: no-secrets
spec:
  appliesTo:
    tenants: [bank]
  rules:
    - verbs: [get]
      apiGroups: [""]
      resources: [secrets]
      namespaces:
        selectorTerms:
          - matchLabels: {tier: gold}
"""
BREAKABLE = """\
apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: BreakglassEscalation
metadata:
  name: sre
spec:
  escalatedGroup: sre
  allowed:
    clusters: [prod]
    groups: [sre]
  approvers:
    groups: [leads]
  podSecurityOverrides:
    enabled: true
    maxAllowedScore: 200
---
apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: ClusterConfig
metadata:
  name: bank-1
spec:
  tenant: bank
"""
POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: db-0
spec:
  containers:
    - name: app
      securityContext: {privileged: true}
"""


def review(**attributes):
    call = {"namespace": "web", "verb": "create", "resource": "pods", "subresource": "exec", "name": "db-0"}
    spec = {"user": "alice", "resourceAttributes": call | attributes}
    return {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}


def reads(**attributes):
    return review(verb="get", resource="secrets", subresource="", name="tls", **attributes)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in {"policies/deny.yaml": POLICY, "policies/other.yml": BREAKABLE, "pod.yaml": POD}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def run(*words, stdin=None):
    """Exit code, standard output and standard error of a command."""
    given = json.dumps(stdin) if isinstance(stdin, dict) else stdin
    done = CliRunner().invoke(main, ["policy", *words], input=given)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def answered(asked, *words):
    code, out, err = run("check", "--policies", "policies", "--format", "json", *words, stdin=asked)
    assert (code, err) == (0, "")
    said = json.loads(out)
    schema = json.loads((ROOT / "schemas" / "output" / "policy-check.schema.json").read_text(encoding="utf-8"))
    assert jsonschema_rs.validator_for(schema).is_valid(said)
    return said


def test_a_call_is_answered_by_the_policy_its_reason_and_the_pod_s_score(here):
    assert answered(review(), "--cluster", "prod", "--pod", "pod.yaml") == {
        "decision": "deny",
        "policy": "privileged-exec",
        "reason": "db-0 scores 100",
        "score": 100,
        "factors": ["privilegedContainer:app"],
    }


def test_people_are_told_the_same_with_the_place_of_the_rule(here):
    words = ["check", "--policies", "policies", "--cluster", "prod", "--pod", "pod.yaml"]
    assert run(*words, stdin=review()) == (
        0,
        "deny by privileged-exec (policies/deny.yaml:8:3)\n  db-0 scores 100\n  score 100: privilegedContainer:app\n",
        "",
    )


def test_a_call_that_no_policy_is_about_is_no_match(here):
    none = {"decision": "no-match", "policy": None, "reason": None, "score": None, "factors": []}
    assert answered(review(), "--cluster", "staging", "--pod", "pod.yaml") == none
    url = {"nonResourceAttributes": {"path": "/metrics", "verb": "get"}}
    assert answered({**review(), "spec": url}, "--cluster", "prod") == none
    acting = review(verb="impersonate", resource="users", subresource="", name="root")
    assert answered(acting, "--cluster", "prod") == none


def test_a_pod_that_is_not_given_could_not_be_read_and_is_denied(here):
    assert answered(review(), "--cluster", "prod")["decision"] == "deny"


def test_the_override_of_the_escalation_holds_where_it_is_found_and_of_an_unknown_one_nothing(here):
    words = ["--cluster", "prod", "--pod", "pod.yaml", "--escalation"]
    assert answered(review(), *words, "sre")["decision"] == "allow"
    assert answered(review(), *words, "nobody")["decision"] == "deny"


def test_of_two_escalations_with_one_name_none_loosens_anything(here):
    (here / "policies" / "twice.yaml").write_text(BREAKABLE.partition("---")[0], encoding="utf-8")
    words = ["--cluster", "prod", "--pod", "pod.yaml", "--escalation", "sre"]
    assert answered(review(), *words)["decision"] == "deny"


def test_policies_that_the_escalation_names_hold_outside_of_their_scope(here):
    named = BREAKABLE.replace("  podSecurity", "  denyPolicyRefs: [privileged-exec]\n  podSecurity").replace(
        "200", "20"
    )
    (here / "policies" / "other.yml").write_text(named, encoding="utf-8")
    words = ["--cluster", "staging", "--pod", "pod.yaml"]
    assert answered(review(), *words, "--escalation", "sre")["decision"] == "deny"
    assert answered(review(), *words)["decision"] == "no-match"


def test_the_tenant_is_the_one_that_is_given_else_the_cluster_s_own(here):
    gold = ["--namespace-labels", "tier=gold,team=web"]
    assert answered(reads(), "--cluster", "bank-1", *gold)["policy"] == "no-secrets"
    assert answered(reads(), "--cluster", "elsewhere", "--tenant", "bank", *gold)["policy"] == "no-secrets"
    assert answered(reads(), "--cluster", "bank-1", "--tenant", "shop", *gold)["decision"] == "no-match"


def test_labels_that_are_not_given_are_unknown_and_an_empty_list_is_none(here):
    assert answered(reads(), "--cluster", "bank-1")["decision"] == "deny"
    assert answered(reads(), "--cluster", "bank-1", "--namespace-labels", "")["decision"] == "no-match"


def test_several_reviews_are_answered_a_line_each_whatever_form_they_have(here):
    words = ["check", "--policies", "policies", "--cluster", "prod", "--format", "json"]
    lines = "\n".join(map(json.dumps, [review(), reads()]))
    code, out, _ = run(*words, stdin=lines)
    assert (code, [json.loads(line)["decision"] for line in out.splitlines()]) == (0, ["deny", "no-match"])
    stream = "---\n".join(json.dumps(each, indent=2) + "\n" for each in (review(), reads()))
    assert run(*words, stdin=f"# two\n---\n{stream}")[1] == out


def test_what_a_review_leaves_out_is_empty_as_it_is_for_an_api_server(here):
    asked = {**review(), "spec": {"resourceAttributes": {"subresource": "exec"}}}
    assert answered(asked, "--cluster", "prod")["policy"] == "privileged-exec"
    assert answered(review(resource="pods/exec", subresource=""), "--cluster", "prod")["decision"] == "deny"


def test_a_policy_that_can_t_be_read_denies_everything_and_is_told(here):
    (here / "policies" / "broken.yaml").write_text("kind: DenyPolicy\nspec: {rules: [\n", encoding="utf-8")
    code, out, err = run("check", "--policies", "policies", "--format", "json", stdin=reads())
    assert (code, json.loads(out)["decision"], json.loads(out)["policy"]) == (0, "deny", "(unreadable)")
    assert "policies/broken.yaml:1:1: error[unreadable-policy] a deny policy here can't be read" in err


def test_a_policy_that_its_schema_refuses_denies_everything_and_is_told(here):
    (here / "policies" / "deny.yaml").write_text(POLICY.replace("rules:", "rulez:"), encoding="utf-8")
    code, out, err = run("check", "--policies", "policies", "--format", "json", stdin=reads())
    assert (code, json.loads(out)["decision"], json.loads(out)["policy"]) == (0, "deny", "no-secrets")
    assert "`spec` has no field `rulez`" in err


def test_nothing_is_read_through_a_link_which_may_have_led_to_a_policy(here):
    (here / "policies" / "linked.yaml").symlink_to(here / "pod.yaml")
    code, out, err = run("check", "--policies", "policies", "--format", "json", stdin=reads())
    assert (code, json.loads(out)["decision"]) == (0, "deny")
    assert "policies/linked.yaml: error[not-a-file] this is no plain file" in err


def test_without_policies_and_without_a_repository_nothing_is_answered(here):
    code, out, err = run("check", stdin=review())
    assert (code, out) == (2, "")
    assert err == (
        "error: there are no deny policies to ask: this is no access repository\n"
        "  hint: `--policies DIR` names a folder with deny policies; or run it in an access repository\n"
    )


NO_REVIEWS = {
    "nothing": ("", "there is no access review in it"),
    "no mapping": ("- 1\n", "a document has to be a mapping of fields"),
    "a pod": (POD, "this is no access review but Pod (v1)"),
    "no attributes": ({**review(), "spec": {}}, "the review has no attributes"),
    "no spec": ({"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview"}, "the review has no `spec`"),
    "both attributes": (
        {**review(), "spec": {"resourceAttributes": {"verb": "get"}, "nonResourceAttributes": {"path": "/"}}},
        "the review has both of",
    ),
    "a verb that is a list": (review(verb=["get"]), "`spec.resourceAttributes.verb` has to be text"),
    "a slip of the pen": (review(resourse="pods"), "`spec.resourceAttributes` has no field `resourse`"),
    "two subresources": (review(resource="pods/exec"), "has a subresource of its own"),
    "an alias": ("a: &x [1]\nb: *x\n", "the anchor `&x` is not read"),
    "many brackets": ("[" * 100_000, "more than 32 levels"),
    "braces within each other": ('{"a":' * 50_000, "more than 32 levels"),
    "keys given twice": ('{"kind": "a", "kind": "b"}', "`kind` is given twice"),
    "bytes": (b"\xff\xfe\x00", "is no UTF-8"),
    "ten megabytes": (b"#" * 10_000_000, "has more than 1048576 bytes"),
}


@pytest.mark.parametrize("name", NO_REVIEWS)
def test_what_is_no_review_is_an_error_with_its_place(here, name):
    stdin, message = NO_REVIEWS[name]
    code, out, err = run("check", "--policies", "policies", stdin=stdin)
    assert (code, out) == (2, "")
    assert err.startswith("error: (standard input)")
    assert message in err
    assert len(err) < 1000


@pytest.mark.parametrize(
    ("labels", "message"),
    [("team", "'team' is no `key=value`"), ("a=1,a=2", "a is given twice"), ("=x", "'=x' is no `key=value`")],
)
def test_labels_that_are_no_labels_are_an_error(here, labels, message):
    code, out, err = run("check", "--policies", "policies", "--namespace-labels", labels, stdin=review())
    assert (code, out) == (2, "")
    assert message in err


@pytest.mark.parametrize(
    "text", ["kind: Secret\n", "", "kind: Pod\nhostNetwork: true\n", f"{POD}---\n{POD}", "a: [", "- 1\n"]
)
def test_what_is_no_pod_is_an_error_and_not_a_pod_without_risks(here, text):
    (here / "pod.yaml").write_text(text, encoding="utf-8")
    code, out, _ = run("check", "--policies", "policies", "--pod", "pod.yaml", stdin=review())
    assert (code, out) == (2, "")


def case(name, expect, **more):
    return {"name": name, "review": review(), "cluster": "prod", "expect": expect, **more}


PRIVILEGED = {"spec": {"containers": [{"name": "app", "securityContext": {"privileged": True}}]}}
HARMLESS = {"spec": {"containers": [{"name": "app"}]}}
OWN = {
    "apiVersion": "breakglass.t-caas.telekom.com/v1alpha1",
    "kind": "DenyPolicy",
    "metadata": {"name": "own"},
    "spec": {"rules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]},
}
PASS = [
    case("privileged", {"decision": "deny", "score": 100, "factors": ["privilegedContainer:app"]}, pod=PRIVILEGED),
    case("harmless", {"decision": "allow", "policy": "privileged-exec", "score": 0, "factors": []}, pod=HARMLESS),
    case("pod of the review", {"reason": "db-0 scores 100"}, pod=PRIVILEGED),
    case("no pod", {"decision": "deny"}),
    case("pod could not be read", {"decision": "deny"}, pod=None),
    case("elsewhere", {"decision": "no-match", "policy": None, "reason": None, "score": None}, cluster="staging"),
    case("override", {"decision": "allow"}, pod=PRIVILEGED, override={"enabled": True, "maxAllowedScore": 100}),
    case("override that is off", {"decision": "deny"}, pod=PRIVILEGED, override={"maxAllowedScore": 100}),
    case(
        "override without a bound",
        {"decision": "deny"},
        pod=PRIVILEGED,
        override={"enabled": True, "maxAllowedScore": None},
    ),
    case("escalation", {"decision": "allow"}, pod=PRIVILEGED, escalation="sre"),
    case("escalation without its override", {"decision": "deny"}, pod=PRIVILEGED, escalation="sre", override=None),
    case("own policies", {"decision": "deny", "policy": "own"}, policies=[OWN]),
    case("no policies", {"decision": "no-match"}, policies=[]),
    case("labels", {"decision": "no-match"}, review=reads(), tenant="bank", namespaceLabels={"tier": "tin"}),
    case("no labels", {"decision": "deny"}, review=reads(), tenant="bank", namespaceLabels=None),
    case("tenant of the cluster", {"policy": "no-secrets"}, review=reads(), cluster="bank-1"),
]


def test_a_policy_may_name_the_resource_itself_among_subresources_as_upstream_s_may(here):
    spec = {
        "rules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "subresources": [""]}],
        "podSecurityRules": {"riskFactors": {}, "thresholds": [], "appliesTo": {"subresources": [""]}},
    }
    own = {"policies": [{**OWN, "spec": spec}]}
    cases = [case("below", {"decision": "no-match"}, **own), case("itself", {"policy": "own"}, **own, review=reads())]
    assert outcome(cases=cases)[:2] == (0, "2 passed, 0 failed\n")


def outcome(*words, cases, form="text"):
    lines = "".join(json.dumps(each) + "\n" for each in cases)
    return run("test", "-", "--policies", "policies", "--format", form, *words, stdin=lines)


def test_cases_whose_answers_are_the_expected_ones_pass(here):
    assert outcome(cases=PASS) == (0, f"{len(PASS)} passed, 0 failed\n", "")


def test_a_stream_of_yaml_and_a_folder_of_files_are_cases_too(here):
    (here / "cases").mkdir()
    stream = "".join(f"---\n{json.dumps(each, indent=1)}\n" for each in PASS)
    (here / "cases" / "a.yaml").write_text(f"# cases\n{stream}", encoding="utf-8")
    (here / "cases" / "b.jsonl").write_text(json.dumps(PASS[0]), encoding="utf-8")
    (here / "cases" / "notes.md").write_text("no case", encoding="utf-8")
    assert run("test", "cases", "--policies", "policies") == (0, f"{len(PASS) + 1} passed, 0 failed\n", "")


def test_what_differs_is_told_with_the_place_of_the_case_and_of_the_rule(here):
    cases = [
        PASS[0],
        case("it is let in", {"decision": "allow", "score": 0, "factors": []}, pod=PRIVILEGED),
        case("no place", {"policy": "x"}, cluster="staging"),
    ]
    assert outcome(cases=cases) == (
        3,
        (
            "(standard input):2:1: failed it is let in\n"
            '  - decision: "allow"\n'
            '  + decision: "deny"\n'
            "  - score: 0\n"
            "  + score: 100\n"
            "  - factors: []\n"
            '  + factors: ["privilegedContainer:app"]\n'
            "  decided by privileged-exec at policies/deny.yaml:8:3\n"
            "(standard input):3:1: failed no place\n"
            '  - policy: "x"\n'
            "  + policy: null\n"
            "1 passed, 2 failed\n"
        ),
        "",
    )


def test_programs_are_told_the_same(here):
    code, out, _ = outcome(cases=[PASS[0], case("wrong", {"decision": "warn"}), {"name": "none"}], form="json")
    said = json.loads(out)
    schema = json.loads((ROOT / "schemas" / "output" / "policy-test.schema.json").read_text(encoding="utf-8"))
    assert [error.message for error in jsonschema_rs.validator_for(schema).iter_errors(said)] == []
    assert (code, said["passed"], said["failed"]) == (3, 1, 2)
    assert [each["passed"] for each in said["cases"]] == [True, False, False]
    assert said["cases"][1]["differences"] == [{"field": "decision", "expected": "warn", "found": "deny"}]
    assert said["cases"][2]["answer"] is None
    assert [each["message"] for each in said["cases"][2]["findings"]] == [
        "the document needs the field `expect`",
        "the document needs the field `review`",
    ]


UNREADABLE = {
    "no JSON": ("{", "this is no YAML"),
    "no mapping": ("[1]", "a document has to be a mapping of fields"),
    "nothing expected": (json.dumps(case("x", {})), "`expect` needs at least 1 field"),
    "an unknown field": (json.dumps(case("x", {"decision": "deny"}, podd={})), "has no field `podd`"),
    "a pod that is text": (json.dumps(case("x", {"decision": "deny"}, pod="x")), "`pod` must be"),
    "a pod whose spec is not below spec": (
        json.dumps(case("x", {"decision": "deny"}, pod={"hostPID": True})),
        "`pod` has no field `hostPID`",
    ),
    "an unknown decision": (json.dumps(case("x", {"decision": "denied"})), "did you mean `deny`?"),
    "a policy that is none": (
        json.dumps(case("x", {"decision": "deny"}, policies=[{**OWN, "spec": {"rule": []}}])),
        "`spec` has no field `rule`",
    ),
    "a policy of another kind": (
        json.dumps(case("x", {"decision": "deny"}, policies=[{**OWN, "kind": "Role"}])),
        "this is a Role",
    ),
    "a review that is none": (
        json.dumps(case("x", {"decision": "deny"}, review={**review(), "kind": "Pod"})),
        "no access review",
    ),
    "an alias": ("name: &x a\nreview: *x\n", "the anchor `&x` is not read"),
    "depth": ('{"name": ' + "[" * 100_000, "more than 32 levels"),
    "a number that is none": ('{"name": "a"}\n{"name": NaN}', "NaN is no number"),
    "a key given twice": ('{"name": "a"}\n{"name": "a", "name": "b"}', "'name' is given twice"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_case_that_can_t_be_read_has_failed_and_says_why(here, name):
    text, message = UNREADABLE[name]
    code, out, _ = run("test", "-", "--policies", "policies", stdin=text)
    assert code == 3
    assert message in out
    assert re.fullmatch(r"0 passed, [12] failed", out.splitlines()[-1])


def test_one_broken_case_takes_no_other_with_it(here):
    lines = [json.dumps(PASS[0]), '{"name": ', json.dumps(PASS[1])]
    code, out, _ = run("test", "-", "--policies", "policies", stdin="\n".join(lines))
    assert (code, out.splitlines()[-1]) == (3, "2 passed, 1 failed")
    stream = f"{json.dumps(PASS[0])}\n---\nname: [\n---\n{json.dumps(PASS[1])}\n"
    code, out, _ = run("test", "-", "--policies", "policies", stdin=f"---\n{stream}")
    assert (code, out.splitlines()[-1]) == (3, "2 passed, 1 failed")


def test_places_in_a_stream_are_those_of_the_file(here):
    text = f"---\n{json.dumps(PASS[0])}\n---\n\nname: x\nreview: {json.dumps(review())}\nexpect:\n  decision: no\n"
    _, out, _ = run("test", "-", "--policies", "policies", stdin=text)
    assert "(standard input):8:" in out


def test_a_file_without_cases_has_failed(here):
    (here / "empty.yaml").write_text("# nothing\n", encoding="utf-8")
    code, out, _ = run("test", "empty.yaml", "--policies", "policies")
    assert (code, out.splitlines()[-1]) == (3, "0 passed, 1 failed")
    assert "empty.yaml: error[unreadable-case] there is no case in it" in out


def test_more_than_a_file_of_the_repository_may_hold_is_read_and_ten_megabytes_are_not(here):
    many = [case(f"case {number}", {"decision": "deny"}) for number in range(2000)]
    assert outcome(cases=many)[:2] == (0, "2000 passed, 0 failed\n")
    stream = "".join(f"---\n{json.dumps(each)}\n" for each in many[:700])
    assert run("test", "-", "--policies", "policies", stdin=stream)[:2] == (0, "700 passed, 0 failed\n")
    code, out, err = run("test", "-", "--policies", "policies", stdin=b"x" * 10_000_000)
    assert (code, out) == (2, "")
    assert "has more than 8388608 bytes" in err


def test_nothing_that_a_case_says_is_a_command_for_a_terminal_or_a_runner(here):
    named = [case("\x1b[2J##vso[x]y\n::error::", {"decision": "allow"}), case("::set-env::", {"reason": "\x1b]0;x"})]
    for form in ("text", "json"):
        _, out, _ = outcome(cases=named, form=form)
        assert "\x1b" not in out
        assert not re.search(r"##\w*\[|^\s*::", out, re.MULTILINE)


def test_cases_with_policies_of_their_own_need_no_repository(here, monkeypatch, tmp_path_factory):
    monkeypatch.chdir(tmp_path_factory.mktemp("empty"))
    lines = json.dumps(PASS[11]) + "\n" + json.dumps(PASS[12])
    assert run("test", "-", stdin=lines) == (0, "2 passed, 0 failed\n", "")


def test_the_schema_of_cases_takes_every_case_that_is_read_and_leads_editors_to_policies():
    schema = json.loads((ROOT / "schemas" / "input" / "policy-case.schema.json").read_text(encoding="utf-8"))
    assert schema["$id"].endswith("/schemas/input/policy-case.schema.json")
    beside = (ROOT / "schemas" / "input" / schema["properties"]["policies"]["items"]["$ref"]).resolve()
    assert beside == ROOT / "schemas" / "deny-policy.schema.json"
    assert [finding for each in PASS for finding in case_fits()(Document("x", each))] == []


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the two pages are not part of a checkout")
def test_the_policies_of_the_use_cases_answer_as_their_text_says(here):
    (here / "seeds").mkdir()
    (here / "seeds" / "all.yaml").write_text("---\n".join(blocks()), encoding="utf-8")

    def enters(decision, pod=HARMLESS, labels=None, namespace="web", **more):
        described = {**pod, "metadata": {"labels": labels or {}}}
        asked = {"namespace": namespace, "verb": "create", "resource": "pods", "subresource": "exec", "name": "x"}
        return case(f"enters {len(more)}", {"decision": decision}, pod=described, review=review(**asked), **more)

    def deletes(resource, name, decision):
        asked = review(verb="delete", resource=resource, subresource="", name=name)
        return case(f"deletes {name}", {"decision": decision}, review=asked)

    tool = {"app.kubernetes.io/component": "debug-tool"}
    cases = [
        enters("deny"),
        enters("deny", labels={"automation-enabled": "true"}),
        enters("allow", labels=tool),
        enters("deny", labels=tool, pod=PRIVILEGED),
        enters("allow", labels=tool, pod=PRIVILEGED, escalation="sre-privileged-debug", namespace="debug-tools"),
        enters("deny", labels=tool, pod=PRIVILEGED, escalation="sre-privileged-debug"),
        enters("deny", labels=tool, escalation="automation-access"),
        enters("allow", labels=tool | {"automation-enabled": "true"}, escalation="automation-access"),
        *(deletes("namespaces", name, "deny") for name in ("kube-system", "kube-node-lease", "default")),
        *(deletes("secrets", name, "deny") for name in ("database-credentials", "tls-certs")),
        deletes("namespaces", "orphaned", "no-match"),
        deletes("secrets", "mine", "no-match"),
    ]
    lines = "".join(json.dumps(each) + "\n" for each in cases)
    code, out, _ = run("test", "-", "--policies", "seeds", stdin=lines)
    assert (code, out) == (0, f"{len(cases)} passed, 0 failed\n")


def test_the_repository_s_own_policies_are_asked_where_none_are_named(tmp_path, monkeypatch):
    clone = tmp_path / "clone"
    shutil.copytree(ROOT / "examples" / "access-repo", clone)
    (clone / "policies" / "deny.yaml").write_text(POLICY, encoding="utf-8")
    monkeypatch.chdir(clone / "policies")
    pod = clone / "pod.yaml"
    pod.write_text(POD, encoding="utf-8")
    words = ["--cluster", "prod", "--pod", str(pod), "--format", "json"]
    code, out, err = run("check", *words, stdin=review())
    assert (code, json.loads(out)["policy"], err) == (0, "privileged-exec", "")
    broken = clone / "policies" / "broken.yaml"
    broken.symlink_to(pod)
    code, out, err = run("check", *words, stdin=reads())
    assert (code, json.loads(out)["decision"]) == (0, "deny")
    assert "policies/broken.yaml:1:1: error[unreadable-policy]" in err
    (clone / "breakglass.yaml").write_text("kind: [", encoding="utf-8")
    code, out, err = run("check", *words, stdin=review())
    assert (code, out) == (2, "")
    assert err.startswith("error: the policy side can't be read: breakglass.yaml")


def test_the_options_can_be_given_by_the_environment(here, monkeypatch):
    monkeypatch.setitem(os.environ, "GITOPS_BREAKGLASS_POLICY_CHECK_POLICIES", "policies")
    monkeypatch.setitem(os.environ, "GITOPS_BREAKGLASS_POLICY_CHECK_CLUSTER", "prod")
    assert run("check", stdin=review())[1].startswith("deny by privileged-exec")
