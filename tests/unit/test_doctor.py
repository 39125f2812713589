"""`doctor`: what each fact about repository, forge and cluster is taken for."""

import re
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.core.deny.ruleset import RuleSet
from gitops_breakglass.core.doctor import actors, cluster, debug, owners, repository, settings
from gitops_breakglass.core.doctor.check import Check
from gitops_breakglass.core.doctor.cluster import ClusterLook, judge_cluster
from gitops_breakglass.core.doctor.installed import compare, has
from gitops_breakglass.core.doctor.owners import judge_owners
from gitops_breakglass.core.doctor.repository import judge_identities, judge_teams
from gitops_breakglass.core.doctor.settings import judge_settings
from gitops_breakglass.core.install.bundle import bundle
from gitops_breakglass.core.install.ceiling_role import CEILING
from gitops_breakglass.core.rbac.algebra import rule
from gitops_breakglass.model.deny import PodRules
from gitops_breakglass.model.doctor import Diagnosis, Verdict
from gitops_breakglass.model.exits import ExitCode
from gitops_breakglass.model.finding import Finding, Location, Severity
from gitops_breakglass.model.forge import Settings
from gitops_breakglass.model.grant import Checkpoint
from gitops_breakglass.model.identity import Provider
from gitops_breakglass.model.kube import LiveObject, key_of
from gitops_breakglass.model.policy import Audience, Configuration, ReconcilerKey
from gitops_breakglass.model.unread import Unread
from gitops_breakglass.report.doctor import doctor_as_text, exit_of_doctor
from tests.unit.installation import NOW, READS, TRUST
from tests.unit.installation import given as installation

ROOT = Path(__file__).parents[2]
HIDDEN = Unread("HTTP 403", "give the token Administration: read")
GOOD = Settings(
    name="acme/access",
    default_branch="main",
    protected=True,
    reviews_required=True,
    stale_approvals_dismissed=True,
    last_push_needs_approval=True,
    owners_required=True,
    bots_may_approve=False,
    merge_methods=("merge",),
    skew=timedelta(seconds=3),
    last_success=NOW - timedelta(minutes=4),
    environment_restricted=True,
    pipeline_variables_restricted=True,
)
WEAK = {
    "protected": "branch-protected",
    "reviews_required": "reviews-required",
    "stale_approvals_dismissed": "stale-approvals",
    "last_push_needs_approval": "last-push",
    "owners_required": "code-owners",
    "environment_restricted": "environment",
    "pipeline_variables_restricted": "pipeline-variables",
}
UNSEEN = {**WEAK, "bots_may_approve": "bots-approve", "merge_methods": "merge-methods", "skew": "forge-clock"} | {
    "last_success": "last-run"
}


def said(changes):
    """The verdict of each check on settings."""
    return {each.check: each for each in judge_settings(replace(GOOD, **changes), branch="main", now=NOW)}


def other_than_ok(diagnoses):
    return {each.check: each.verdict for each in diagnoses if each.verdict is not Verdict.OK}


def test_good_settings_are_told_one_by_one():
    told = said({})
    assert other_than_ok(told.values()) == {}
    assert told["last-run"].message == "the last run that ended well was at 2026-11-22 08:56 UTC, 4 minutes ago"
    assert set(told) == {*UNSEEN.values(), "default-branch"}


@pytest.mark.parametrize(("field", "check"), WEAK.items())
def test_a_weak_setting_is_a_warning(field, check):
    assert other_than_ok(said({field: False}).values()) == {check: Verdict.WARNING}


@pytest.mark.parametrize(("field", "check"), UNSEEN.items())
def test_what_the_token_may_not_see_is_not_known_and_the_hint_is_kept(field, check):
    told = said({field: HIDDEN})
    assert other_than_ok(told.values()) == {check: Verdict.UNKNOWN}
    assert (told[check].message, told[check].hint) == (HIDDEN.message, HIDDEN.hint)


def test_a_forge_without_environments_or_variables_of_runs_is_not_asked_for_any():
    assert "environment" not in said({"environment_restricted": None})
    assert "pipeline-variables" not in said({"pipeline_variables_restricted": None})


def test_every_setting_is_judged():
    assert {each.name for each in fields(Settings)} == {"name", "default_branch", *UNSEEN}


@pytest.mark.parametrize(
    ("changes", "check", "verdict", "words"),
    [
        (
            {"default_branch": "trunk"},
            "default-branch",
            Verdict.ERROR,
            "the default branch of acme/access is trunk, and main",
        ),
        ({"bots_may_approve": True}, "bots-approve", Verdict.ERROR, "jobs of CI may approve changes"),
        ({"merge_methods": ()}, "merge-methods", Verdict.ERROR, "there is no way to merge"),
        ({"skew": timedelta(seconds=-61)}, "forge-clock", Verdict.WARNING, "the forge's clock is 61 s behind"),
        ({"skew": timedelta(seconds=60)}, "forge-clock", Verdict.OK, "differ by 60 s"),
        ({"last_success": None}, "last-run", Verdict.WARNING, "no run of the job"),
        ({"last_success": NOW - timedelta(hours=1)}, "last-run", Verdict.OK, "60 minutes ago"),
        ({"last_success": NOW - timedelta(hours=3)}, "last-run", Verdict.WARNING, "3 hours ago"),
        ({"last_success": NOW - timedelta(days=9)}, "last-run", Verdict.WARNING, "9 days ago"),
    ],
)
def test_what_a_setting_is_taken_for(changes, check, verdict, words):
    told = said(changes)[check]
    assert (told.verdict, words in told.message) == (verdict, True), told.message


@pytest.mark.parametrize(
    ("text", "unowned"),
    [
        ("* @acme/security", ""),
        (
            "*\n",
            "breakglass.yaml, identities.yaml, clusters/, policies/, .github/workflows/reconcile.yml, .github/CODEOWNERS",
        ),
        ("* @a/b\n/policies/", "policies/"),
        ("* @a/b\n/clusters/*", "clusters/"),
        ("* @a/b\npolicies/*\n", "policies/"),
        ("* @a/b\n/policies/**\n/policies @a/c", ""),
        ("* @a/b\n*.yaml", "breakglass.yaml, identities.yaml, clusters/, policies/"),
        ("* @a/b\n**/workflows/", ".github/workflows/reconcile.yml"),
        (
            "# * @a/b\n/policies @a/b",
            "breakglass.yaml, identities.yaml, clusters/, .github/workflows/reconcile.yml, .github/CODEOWNERS",
        ),
        ("/*.yaml @a/b\n/clusters @a/b\n/policies @a/b\n.github/ dev@example.com", ""),
    ],
)
def test_what_matters_has_an_owner_by_the_last_line_that_fits(text, unowned):
    (told,) = judge_owners({".github/CODEOWNERS": text}, Provider.GITHUB)
    wanted = f".github/CODEOWNERS names no owner of {unowned}"
    assert (told.verdict is Verdict.OK, told.message) == (True, told.message) if not unowned else told.message == wanted


def test_a_section_of_gitlab_may_own_the_lines_below_it():
    files = {"CODEOWNERS": "[Policy] @acme/security\n*\n"}
    assert [each.verdict for each in judge_owners(files, Provider.GITLAB)] == [Verdict.OK]
    assert [each.verdict for each in judge_owners({}, Provider.GITLAB)] == [Verdict.WARNING]
    assert list(judge_owners({}, Provider.LOCAL)) == []


FINDING = Finding("renamed-account", "ben is called benjamin", Location("identities.yaml"), Severity.WARNING)


@pytest.mark.parametrize(
    ("findings", "verdict"),
    [
        ((), Verdict.OK),
        ((replace(FINDING, severity=Severity.NOTE),), Verdict.OK),
        ((FINDING,), Verdict.WARNING),
        ((FINDING, replace(FINDING, severity=Severity.ERROR)), Verdict.ERROR),
        ((replace(FINDING, rule="team-unread"),), Verdict.OK),
        ((replace(FINDING, rule="account-unread"),), Verdict.UNKNOWN),
        ((replace(FINDING, rule="account-unread"), FINDING), Verdict.WARNING),
    ],
)
def test_identities_are_as_bad_as_their_worst_finding(findings, verdict):
    assert judge_identities(findings).verdict is verdict


def test_a_team_that_the_token_may_not_see_is_an_error_with_what_stops_working():
    hidden = Finding(
        "team-unread", "who is in group leads can't be said: HTTP 403", Location("identities.yaml"), hint="do"
    )
    assert judge_teams((FINDING,)).verdict is Verdict.OK
    told = judge_teams((FINDING, hidden, hidden))
    assert (told.verdict, told.hint) == (Verdict.ERROR, "do")
    assert told.message == (
        "who is in group leads can't be said: HTTP 403, and 1 more; with this token, requests that depend on it are not decided"
    )


CONFIGURATION = Configuration(Provider.LOCAL, "acme/access", Audience(), (ReconcilerKey("ci", "ssh-ed25519 AAAA"),))
BUNDLE = bundle(installation())
FIXED = tuple(each for each in BUNDLE.manifests if each["kind"] != "TrustRoot" and each["metadata"]["name"] != CEILING)
LIVE = {key_of(each): LiveObject(key_of(each), "u", dict(each)) for each in BUNDLE.manifests}
LOOK = ClusterLook(
    name="prod",
    skew=timedelta(seconds=1),
    uid=TRUST.cluster_uid,
    trust=replace(TRUST, cluster="prod"),
    checkpoint=Checkpoint("acme/access", TRUST.cluster_uid, "c" * 40, "c" * 40),
    expected=FIXED,
    live=LIVE,
    needed=READS,
    coming=READS,
    signs=True,
)


def on(**changes):
    return {each.check: each for each in judge_cluster(replace(LOOK, **changes), CONFIGURATION)}


def test_a_cluster_as_it_should_be():
    told = on()
    assert other_than_ok(told.values()) == {}
    assert {each.about for each in told.values()} == {"prod"}


MORE = (*READS, rule(["delete"], ["pods"]))


@pytest.mark.parametrize(
    ("changes", "check", "verdict", "words"),
    [
        ({"trust": None}, "trust-root", Verdict.ERROR, "nothing is installed"),
        ({"uid": "other"}, "trust-root", Verdict.ERROR, "its cluster is uid-of-the-cluster, not other"),
        ({"name": "edge"}, "trust-root", Verdict.ERROR, "its cluster's name is prod, not edge"),
        (
            {"trust": replace(LOOK.trust, repository="7")},
            "trust-root",
            Verdict.ERROR,
            "its repository is 7, not acme/access",
        ),
        (
            {"trust": replace(LOOK.trust, keys=("a", "b"))},
            "trust-root",
            Verdict.WARNING,
            "1 are not pinned, and 2 are pinned",
        ),
        (
            {"trust": replace(LOOK.trust, keys=(*LOOK.trust.keys, "old"))},
            "trust-root",
            Verdict.WARNING,
            "0 are not pinned, and 1 are pinned",
        ),
        ({"skew": timedelta(minutes=2)}, "cluster-clock", Verdict.WARNING, "120 s ahead of"),
        ({"signs": False}, "reconciler-key", Verdict.ERROR, "not one that the trust root pins"),
        ({"signs": HIDDEN}, "reconciler-key", Verdict.UNKNOWN, "HTTP 403"),
        ({"needed": MORE}, "ceiling", Verdict.ERROR, "grown beyond it, so this can't be granted: delete pods (core)"),
        ({"coming": MORE}, "ceiling", Verdict.WARNING, "can't be granted once it is in force: delete pods (core)"),
        ({"needed": HIDDEN}, "ceiling", Verdict.UNKNOWN, "HTTP 403"),
        ({"checkpoint": None}, "reconciled", Verdict.WARNING, "no run has come here yet"),
        ({"checkpoint_problem": "forged"}, "reconciled", Verdict.ERROR, "not believed: forged"),
        ({"behind": 1}, "reconciled", Verdict.WARNING, "one commit of the default branch has come"),
        ({"behind": 3}, "reconciled", Verdict.WARNING, "3 commits of the default branch have come"),
        ({"behind": HIDDEN}, "reconciled", Verdict.UNKNOWN, "HTTP 403"),
        ({"expected": HIDDEN}, "bounds", Verdict.UNKNOWN, "HTTP 403"),
    ],
)
def test_what_a_cluster_lacks_is_told(changes, check, verdict, words):
    told = on(**changes)
    assert (told[check].verdict, words in told[check].message) == (verdict, True), told[check].message
    assert set(other_than_ok(told.values())) == {check}


def test_a_folder_has_neither_a_clock_of_its_own_nor_anything_to_bound():
    assert set(on(skew=None, expected=(), live={}, needed=None, coming=None, signs=None)) == {
        "cluster-reachable",
        "trust-root",
        "reconciled",
    }


@pytest.mark.parametrize("manifest", FIXED, ids=lambda each: str(key_of(each)).replace(" ", "-"))
def test_each_object_is_missed_and_each_change_of_it_is_seen(manifest):
    key = key_of(manifest)
    check = "rights" if "Role" in key.kind or key.kind in {"ServiceAccount", "Lease"} else "bounds"
    assert other_than_ok(on(live={**LIVE, key: None}).values()) == {check: Verdict.ERROR}
    assert other_than_ok(on(live={**LIVE, key: HIDDEN}).values()) == {check: Verdict.UNKNOWN}
    for changed in one_leaf_changed(manifest):
        live = {**LIVE, key: LiveObject(key, "u", changed)}
        assert other_than_ok(on(live=live).values()) == {check: Verdict.ERROR}


ADMISSION = [each for each in FIXED if "Admission" in each["kind"]]


@pytest.mark.parametrize("manifest", ADMISSION, ids=lambda each: str(key_of(each)).replace(" ", "-"))
def test_whatever_is_added_to_fence_and_guard_is_seen(manifest):
    key = key_of(manifest)
    for added in one_field_added(manifest["spec"]):
        live = {**LIVE, key: LiveObject(key, "u", {**manifest, "spec": added})}
        assert other_than_ok(on(live=live).values()) == {"bounds": Verdict.ERROR}


def test_what_was_narrowed_is_told_by_object_and_field_with_what_to_do():
    fence = next(each for each in ADMISSION if each["kind"].endswith("Binding"))
    policy = next(each for each in ADMISSION if not each["kind"].endswith("Binding"))
    nowhere = {"namespaceSelector": {"matchLabels": {"a": "b"}}}
    spec = policy["spec"]
    narrowed = (
        {**fence, "spec": {**fence["spec"], "matchResources": nowhere}},
        {**policy, "spec": {**spec, "matchConstraints": {**spec["matchConstraints"], **nowhere}}},
    )
    told = on(live={**LIVE, **{key_of(each): LiveObject(key_of(each), "u", each) for each in narrowed}})["bounds"]
    assert told.message == (
        "custom resources, fence and guard: not as this version has it:"
        f" {key_of(policy)} (spec.matchConstraints), {key_of(fence)} (spec.matchResources)"
    )
    assert told.hint == "run `gitops-breakglass install` again, as the cluster's administrator"


def test_a_rule_of_a_role_that_holds_for_some_names_only_is_seen():
    role = next(each for each in FIXED if each["kind"] == "ClusterRole")
    first, *others = role["rules"]
    changed = {**role, "rules": [{**first, "resourceNames": ["one"]}, *others]}
    told = on(live={**LIVE, key_of(role): LiveObject(key_of(role), "u", changed)})["rights"]
    assert told.message == f"the rights of reconciler and sweeper: not as this version has it: {key_of(role)} (rules)"


def test_what_an_api_server_fills_in_is_no_difference():
    rules = RuleSet("closed", PodRules(Location("policies/closed.yaml")))
    installed = [
        each
        for each in bundle(installation(pod_rules=(rules,), uncovered=("large",))).bounds
        if "Admission" in each["kind"]
    ]
    assert [
        each["spec"]["matchResources"]["matchPolicy"] for each in installed if "matchResources" in each["spec"]
    ] == ["Equivalent"]
    live = {key_of(each): LiveObject(key_of(each), "u", as_served(each)) for each in installed}
    assert compare(installed, live) == ([], [], [])


def as_served(manifest):
    """The object as an API server has it: with the defaults of `admissionregistration.k8s.io/v1`, and what it notes itself."""
    spec = {**manifest["spec"]}
    for name in {"matchConstraints", "matchResources"} & set(spec):
        spec[name] = {"namespaceSelector": {}, "objectSelector": {}, **spec[name]}
    metadata = {**manifest["metadata"], "uid": "u", "generation": 1, "creationTimestamp": "2026-11-22T09:00:00Z"}
    return {**manifest, "metadata": metadata, "spec": spec, "status": {"observedGeneration": 1}}


def one_field_added(node):
    """The value with one more field, in each of its mappings in turn."""
    if isinstance(node, dict):
        yield {**node, "added": "x"}
        for name, each in node.items():
            yield from ({**node, name: added} for added in one_field_added(each))
    elif isinstance(node, list | tuple):
        for index, each in enumerate(node):
            yield from ([*node[:index], added, *node[index + 1 :]] for added in one_field_added(each))


def one_leaf_changed(node):
    """The value with one of its texts or numbers changed: each that is ours to say, but for what names the object."""
    if isinstance(node, dict):
        for name, each in node.items():
            if name not in {"apiVersion", "kind", "name", "namespace", "status"}:
                yield from ({**node, name: changed} for changed in one_leaf_changed(each))
    elif isinstance(node, list | tuple):
        for index, each in enumerate(node):
            yield from ([*node[:index], changed, *node[index + 1 :]] for changed in one_leaf_changed(each))
    elif isinstance(node, str) and node:
        yield f"{node}x"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=8,
)


@given(values, st.dictionaries(st.text(max_size=2), values, max_size=3))
def test_what_is_there_has_itself_and_may_have_more(value, more):
    assert has(value, value)
    if isinstance(value, dict):
        assert has({**more, **value}, value)
    if isinstance(value, list):
        assert not has([*value, 1], value)


def test_what_could_not_be_seen_is_neither_there_nor_gone():
    assert compare(FIXED[:1], {key_of(FIXED[0]): HIDDEN}) == ([], [], [key_of(FIXED[0])])


def test_every_check_has_its_section_with_what_to_do_and_no_other():
    checks = {
        each.id
        for module in (actors, cluster, debug, owners, repository, settings)
        for each in vars(module).values()
        if isinstance(each, Check)
    }
    text = (ROOT / "docs" / "doctor.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^### `([^`]+)`\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL))
    assert set(sections) == checks
    assert [name for name, body in sections.items() if "**What to do:**" not in body] == []


FINE = Diagnosis("clone", "", Verdict.OK, "whole", "Why.")
ODD = Diagnosis("ceiling", "prod\n", Verdict.WARNING, "small", "Why.", "install\x1b again")


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ((), ExitCode.CLEAN),
        ((Verdict.OK,), ExitCode.CLEAN),
        ((Verdict.OK, Verdict.UNKNOWN), ExitCode.UNREACHABLE),
        ((Verdict.UNKNOWN, Verdict.WARNING), ExitCode.FINDINGS),
        ((Verdict.ERROR, Verdict.UNKNOWN), ExitCode.FINDINGS),
    ],
)
def test_the_exit_code_says_the_worst(verdicts, code):
    assert exit_of_doctor([replace(FINE, verdict=each) for each in verdicts]) is code


def test_the_text_says_why_only_where_something_is_to_be_done_and_commands_no_terminal():
    assert doctor_as_text([FINE, ODD]) == (
        "repository\n"
        "  ok         clone: whole\n"
        "cluster prod\\n\n"
        "  warning    ceiling: small\n"
        "               why: Why.\n"
        "               hint: install\\x1b again\n"
    )
