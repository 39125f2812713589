"""Every document of the two pages that the product implements, as files of one access repository, in both dialects."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from gitops_breakglass.adapters import yamlfile
from gitops_breakglass.adapters.bundled import schema_catalog
from gitops_breakglass.core.read.breakglass import read_breakglass
from gitops_breakglass.core.schedule import recurrence_of, window_of
from gitops_breakglass.core.schedule.recurring import windows
from gitops_breakglass.flows.check import check
from gitops_breakglass.model.finding import Severity
from gitops_breakglass.model.request import RequestId
from gitops_breakglass.model.window import Window
from tests.cluster.seeds import SEEDS, blocks

CLUSTERS = ["prod-cluster-1", "prod-cluster-2", "staging-cluster", "dev-cluster"]
CONFIGURATION = {
    "apiVersion": "config.gitops-breakglass.dev/v1alpha1",
    "kind": "Configuration",
    "forge": {"provider": "local", "repository": "acme/access"},
    "policyApprovers": {"groups": ["security-team"]},
    "clusters": {name: {"kubernetes": {"context": name}} for name in CLUSTERS},
    "offers": [
        {
            "name": "reference",
            "clusters": ["prod-*"],
            "allowed": {"groups": ["operations"]},
            "approvers": {"users": ["admin@company.com", "security@company.com"]},
            "clusterRoles": ["admin", "view"],
            "namespaces": ["production"],
            "rules": [
                {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list", "update", "patch"]},
                {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]},
            ],
            "maxDuration": "8h",
            "recurring": True,
        }
    ],
}
REQUESTS = "requests/prod-cluster-1"
AUTOMATION = "automation-bot@example.com"
"""Upstream has no users who may ask: their only way is a group."""


def documents():
    return [each for text in blocks() if "kind" in (each := yaml.safe_load(text)) and "metadata" in each]


def repository(documents):
    """Lay documents out as an access repository, with the people, groups and clusters that they name."""
    people, groups = set(), set()
    for each in documents:
        for audience in (each["spec"].get(field) or {} for field in ("allowed", "approvers") if "spec" in each):
            people |= set(audience.get("users", []))
            groups |= set(audience.get("groups", []))
    for offer in CONFIGURATION["offers"]:
        people |= set(offer["approvers"]["users"])
        groups |= set(offer["allowed"]["groups"])
    groups |= {"security-team", "automation"}
    people |= {email for name in groups for email in members(name)}
    files = {"breakglass.yaml": CONFIGURATION, "identities.yaml": identities(sorted(people), sorted(groups))}
    files |= {f"clusters/{name}.yaml": cluster(name) for name in CLUSTERS}
    for each in documents:
        folder = REQUESTS if each["kind"] == "Breakglass" else f"policies/{each['kind'].lower()}"
        files[f"{folder}/{each['metadata']['name']}.yaml"] = each
    return {path: yaml.safe_dump(content, sort_keys=False).encode() for path, content in files.items()}


def identities(people, groups):
    return {
        "apiVersion": "config.gitops-breakglass.dev/v1alpha1",
        "kind": "Identities",
        "people": [
            {"name": f"p{number}", "emails": [email], "sshKeys": [key(number)]} for number, email in enumerate(people)
        ],
        "groups": [
            {"name": name, "members": [f"p{people.index(email)}" for email in members(name)]} for name in groups
        ],
    }


def members(group):
    return [AUTOMATION] if group == "automation" else [f"{group}-{number}@example.com" for number in (1, 2)]


def key(number):
    parts = (b"ssh-ed25519", number.to_bytes(32, "big"))
    raw = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return f"ssh-ed25519 {base64.b64encode(raw).decode()}"


def cluster(name):
    return {
        "apiVersion": "breakglass.t-caas.telekom.com/v1alpha1",
        "kind": "ClusterConfig",
        "metadata": {"name": name},
        "spec": {"environment": name.partition("-")[0]},
    }


def strict(document):
    """Write a document as the definitions and webhooks of upstream take it."""
    spec = document.get("spec", {})
    match document["kind"]:
        case "BreakglassEscalation":
            if text := spec.pop("description", None):
                document["metadata"]["annotations"] = {"description": text}
            if spec["allowed"].pop("users", None):
                spec["allowed"]["groups"].append("automation")
            if overrides := spec.get("podSecurityOverrides"):
                overrides["namespaceScope"] = {"patterns": overrides["namespaceScope"]}
                overrides["exemptFactors"] = [factor.replace("ies", "y") for factor in overrides["exemptFactors"]]
        case "DenyPolicy":
            spec.get("appliesTo", {}).pop("escalationRefs", None)
            if rules := spec.get("podSecurityRules"):
                rules.setdefault("riskFactors", {})
                exemptions = rules.get("exemptions", {})
                if labels := exemptions.pop("labels", None):
                    exemptions["podLabels"] = labels
        case "DebugPodTemplate":
            spec["template"] = {"spec": spec.pop("podSpec")}
        case "DebugSessionTemplate":
            if "podTemplateRef" in spec:
                spec["podTemplateRef"] = {"name": spec["podTemplateRef"]}
            ephemeral = spec.get("kubectlDebug", {}).get("ephemeralContainers", {})
            for field in ("allowedNamespaces", "deniedNamespaces"):
                if field in ephemeral:
                    ephemeral[field] = {"patterns": ephemeral[field]}
        case "Breakglass":
            spec |= {"subjects": [{"kind": "User", "name": "operations-1@example.com"}], "justification": "INC-1: down"}
            spec["schedule"].pop("end", None)
            spec["schedule"].setdefault("start", "2026-12-01T09:00:00Z")
            spec.get("approval", {}).pop("approvers", None)
    return document


def told(documents):
    found = check(repository(documents), loader=yamlfile.load, catalog=schema_catalog()).findings
    return [(str(each.location), each.rule, each.message) for each in found if each.severity is Severity.ERROR], found


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the two pages are not part of a checkout")
def test_the_pages_have_thirty_documents():
    assert len(documents()) == 30


def test_every_document_passes_as_it_stands():
    errors, _ = told(documents())
    assert errors == []


def test_every_document_passes_as_upstream_spells_it():
    errors, found = told([strict(each) for each in documents()])
    assert errors == []
    assert [each for each in found if each.rule == "dialect"] == []


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the two pages are not part of a checkout")
@pytest.mark.parametrize("spelling", [lambda document: document, strict], ids=["as-it-stands", "as-upstream"])
def test_what_the_use_cases_recommend_is_told_about_few_of_their_own_examples(spelling):
    _, found = told([spelling(each) for each in documents()])
    recommended = {(each.rule, each.location.path.rpartition("/")[2]) for each in found if "recommend-" in each.rule}
    assert recommended == {
        ("recommend-least-privilege", "sre-privileged-debug.yaml"),
        ("recommend-reasons", "sre-privileged-debug.yaml"),
        # The same page says to block self-approval once that phase is over.
        ("recommend-separate-approvers", "bis-debug-access.yaml"),
    }


def breakglass(name):
    """The request that a Breakglass of the reference means, as its own text stands there."""
    text = next(block for block in blocks() if yaml.safe_load(block).get("metadata", {}).get("name") == name)
    [document] = yamlfile.load(text.encode(), f"{REQUESTS}/{name}.yaml").documents
    read = read_breakglass(document, RequestId("prod-cluster-1", name))
    assert read.findings == ()
    return read.value


def test_the_minimal_example_of_the_reference_is_an_hour_of_a_role_from_the_merge_on_and_has_to_be_approved():
    request, merged = breakglass("simple-access"), datetime(2024, 5, 1, 12, tzinfo=UTC)
    assert (request.cluster_roles, request.policy, request.subjects, request.approvers) == (("admin",), (), (), ())
    assert request.approval_required
    assert not request.schedule.is_recurring
    window = window_of(request, request.schedule.duration, merged)
    assert window == Window(merged, merged + timedelta(hours=1))


def test_the_complete_example_of_the_reference_is_ten_working_days_of_new_york_from_nine_to_five():
    request, merged = breakglass("complete-example"), datetime(2023, 12, 20, tzinfo=UTC)
    assert request.cluster_roles == ("admin", "view")
    assert [entry.namespace for entry in request.policy] == ["production"]
    assert [rule.verbs for rule in request.policy[0].rules] == [
        ("get", "list", "patch", "update"),
        ("get", "list", "watch"),
    ]
    assert (request.approval_required, request.approvers) == (True, ("admin@company.com", "security@company.com"))
    found = list(windows(recurrence_of(request.schedule, request.schedule.duration, merged)))
    days = [1, 2, 3, 4, 5, 8, 9, 10, 11, 12]
    nine = [datetime(2024, 1, day, 14, tzinfo=UTC) for day in days]
    assert found == [Window(start, start + timedelta(hours=8)) for start in nine]
