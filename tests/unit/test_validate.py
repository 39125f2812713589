"""Files of a repository become a policy side, requests and findings, whatever state they are in."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.adapters import yamlfile
from gitops_breakglass.adapters.bundled import schema_catalog
from gitops_breakglass.adapters.folder import read_folder
from gitops_breakglass.core.validate import ParsedFile, judge, judge_policy, validate_request, verdict_on
from gitops_breakglass.flows.check import Asked, check
from gitops_breakglass.flows.load import load_policy, load_request
from gitops_breakglass.model.request import DebugRequest, RequestId

EXAMPLE = read_folder(Path(__file__).parents[2] / "examples" / "access-repo").files
# Without the policies that narrow a request, of which a note is made.
FILES = {path: content for path, content in EXAMPLE.items() if not path.startswith("policies/deny/")}
POLICY = {path: content for path, content in FILES.items() if not path.startswith("requests/")}
SESSION = "requests/prod-eu-1/inc-4711-checkout.yaml"
WITH = {"loader": yamlfile.load, "catalog": schema_catalog()}


def policy(**changes):
    return load_policy({**POLICY, **changes}, commit="c0", **WITH)


def request(content, path=SESSION):
    return load_request(path, content, blob="b" * 40, **WITH)


def rules_of(findings):
    return [finding.rule for finding in findings]


def test_the_policy_side_of_a_commit_is_read_from_its_files():
    side, findings = policy()
    assert findings == side.findings == ()
    assert side.commit == "c0"
    assert sorted(side.clusters) == ["prod-eu-1", "staging-eu-1"]
    assert sorted(each.name for each in side.escalations) == [
        "ingress-restart",
        "nightly-report",
        "pod-shell",
        "restart",
        "restart-staging",
    ]
    assert [person.name for person in side.identities.people][:2] == ["alice", "ben"]


def test_requests_and_other_files_are_no_part_of_the_policy_side():
    deny = b"apiVersion: breakglass.t-caas.telekom.com/v1alpha1\nkind: DenyPolicy\n"
    side, findings = policy(
        **{
            "requests/a/b.yaml": deny,
            "docs/x.yaml": deny,
            "policies/README.md": b"# kind: DenyPolicy",
        }
    )
    assert ([each for each in side.deny if not each.ships], findings) == ([], ())


@pytest.mark.parametrize("path", ["breakglass.yaml", "identities.yaml"])
@pytest.mark.parametrize("content", [b"", b"kind: [", b"\xff", b"apiVersion: x\nkind: Configuration\n"])
def test_without_a_readable_configuration_and_identities_there_is_no_policy_side(path, content):
    side, findings = policy(**{path: content})
    assert side is None
    assert "policy-incomplete" in rules_of(findings)


def test_a_policy_that_can_not_be_read_is_told_with_what_could():
    side, findings = policy(**{"policies/escalations/restart.yaml": b"kind: ["})
    assert {each.name for each in side.escalations} == {"ingress-restart", "nightly-report", "pod-shell"}
    assert rules_of(findings) == ["yaml-syntax"]


def test_a_request_is_read_with_its_place_and_its_blob():
    asked, findings = request(FILES[SESSION])
    assert findings == ()
    assert asked.id == RequestId("prod-eu-1", "inc-4711-checkout")
    assert asked.document.blob == "b" * 40
    assert judge(asked, policy()[0]) == ()


@pytest.mark.parametrize(
    "path, content, rule",
    [
        ("requests/prod-eu-1/other.yaml", FILES[SESSION], "request-path"),
        ("requests/prod-eu-1/inc-4711-checkout.yml", FILES[SESSION], "request-path"),
        (SESSION, FILES[SESSION] + b"---\n" + FILES[SESSION], "yaml-several-documents"),
        (SESSION, FILES[SESSION] + b"  maxvalidfor: 1h\n", "schema"),
        (SESSION, b"", "yaml-syntax"),
        (SESSION, FILES["policies/escalations/pod-shell.yaml"], "misplaced-document"),
        (SESSION, FILES[SESSION].replace(b"BreakglassSession", b"DebugSession"), "schema"),
        (SESSION, FILES[SESSION].replace(b"BreakglassSession", b"DebugPodTemplate"), "misplaced-document"),
        (SESSION, FILES[SESSION].replace(b"1h", b"0h"), "InvalidDuration"),
    ],
)
def test_a_request_that_is_not_right_is_none(path, content, rule):
    asked, findings = request(content, path)
    assert asked is None
    assert rule in rules_of(findings)
    assert all(finding.location.path == path for finding in findings)


KIND = b"apiVersion: breakglass.t-caas.telekom.com/v1alpha1\nkind: %s\nmetadata:\n  name: x\nspec: %s\n"


def test_a_debug_session_that_fits_its_template_passes_the_check_without_a_word():
    template = KIND % (
        b"DebugSessionTemplate",
        b"{podTemplateString: '{}', allowed: {clusters: [prod-eu-1], groups: [operations]}, approvers: {groups: [security]}}",
    )
    session = KIND % (b"DebugSession", b"{templateRef: x}")
    asked = check({**FILES, "policies/x.yaml": template, "requests/prod-eu-1/x.yaml": session}, **WITH)
    assert (asked.findings, asked.is_clean) == ((), True)


def test_a_debug_session_is_read_on_its_own_and_held_to_its_template_by_check():
    asked, findings = request(
        KIND % (b"DebugSession", b"{templateRef: tools, reason: look}"), "requests/prod-eu-1/x.yaml"
    )
    assert isinstance(asked, DebugRequest)
    assert (asked.id, asked.template, asked.user, asked.reason) == (RequestId("prod-eu-1", "x"), "tools", None, "look")
    assert findings == ()
    assert [finding.rule for finding in judge(asked, policy()[0])] == ["unknown-debug-template"]


def test_bindings_of_debug_sessions_are_told_apart_by_their_namespaces():
    named = KIND % (b"DebugSessionClusterBinding", b"{}")
    other = named.replace(b"name: x", b"name: x\n  namespace: other")
    assert "duplicate-name" not in rules_of(
        check({**FILES, "policies/x.yaml": named, "policies/y.yaml": other}, **WITH).findings
    )
    assert "duplicate-name" in rules_of(
        check({**FILES, "policies/x.yaml": named, "policies/y.yaml": named}, **WITH).findings
    )


def test_everything_is_told_and_not_only_the_first():
    broken = {**FILES, "requests/prod-eu-1/b.yaml": b"a: [", "policies/b.yaml": b"a: [", SESSION: b"kind: X\n"}
    told = check(broken, **WITH).findings
    assert {finding.location.path for finding in told} == {"requests/prod-eu-1/b.yaml", "policies/b.yaml", SESSION}


def test_findings_can_be_narrowed_to_files_and_folders_without_reading_less():
    slip = {**FILES, SESSION: FILES[SESSION].replace(b"pod-shell", b"pod-shel"), "policies/b.yaml": b"a: ["}
    assert rules_of(check(slip, asked=Asked(("requests",)), **WITH).findings) == ["unknown-escalation"]
    assert rules_of(check(slip, asked=Asked(("request",)), **WITH).findings) == []
    assert rules_of(check(slip, asked=Asked(("policies/b.yaml",)), **WITH).findings) == ["yaml-syntax"]


@given(st.permutations(sorted(FILES)))
def test_the_order_of_files_makes_no_difference(order):
    slip = {**FILES, SESSION: FILES[SESSION].replace(b"pod-shell", b"pod-shel")}
    assert check({path: slip[path] for path in order}, **WITH) == check(slip, **WITH)


@given(st.binary(max_size=200), st.sampled_from(sorted(FILES)))
def test_no_content_stops_a_check(content, path):
    needed = path in {"breakglass.yaml", "identities.yaml"} or path.startswith("requests/")
    assert not needed or not check({**FILES, path: content}, **WITH).is_clean


def test_a_file_of_two_requests_is_none_whatever_the_loader_lets_through():
    document = yamlfile.load(FILES[SESSION], SESSION).documents[0]
    read = validate_request(ParsedFile(SESSION, b"", (document, document)), schemas=WITH["catalog"])
    assert (read.value, rules_of(read.findings)) == (None, ["request-path"])


def test_a_verdict_on_a_zone_is_none_for_another_day():
    files = [ParsedFile(path, content, yamlfile.load(content, path).documents) for path, content in POLICY.items()]
    facts, _ = judge_policy(files, commit="c0", schemas=schema_catalog())
    path = "requests/prod-eu-1/inc-4720-rollback.yaml"
    text = FILES[path]
    zoned = text + b"    location: Europe/Berlin\n"
    verdicts = [
        verdict_on(ParsedFile(path, each, yamlfile.load(each, path).documents), facts, schemas=schema_catalog())
        for each in (text, zoned, b"kind: Breakglass\n")
    ]
    assert [each.lasting for each in verdicts] == [True, False, True]
