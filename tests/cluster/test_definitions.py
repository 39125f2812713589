"""The definitions of all custom resources on a real API server: it takes them, what they allow, and not what they refuse."""

import copy
from pathlib import Path

import pytest
import yaml

from tests.cluster.contract_place import CRDS
from tests.cluster.definitions import path_of
from tests.cluster.harness.becoming import eventually

DATA = Path(__file__).parents[1] / "data/schema"
OURS = {"Grant", "GuardParameters", "Checkpoint", "LedgerPage", "TrustRoot"}
GONE = object()
REFUSED = [
    ("BreakglassEscalation", ["allowed"], GONE, "spec.allowed: Required value"),
    ("BreakglassEscalation", ["maxValidFor"], "2 hours", "spec.maxValidFor"),
    ("BreakglassEscalation", ["podSecurityOverrides", "namespaceScope"], ["a"], "must be of type object"),
    ("BreakglassEscalation", ["podSecurityOverrides", "maxAllowedScore"], 1001, "less than or equal to 1000"),
    ("BreakglassEscalation", ["approvers"], {"groups": [], "users": []}, "spec.approvers"),
    ("BreakglassEscalation", ["approvers"], {"users": ["a"]}, "a group has to be among the approvers"),
    ("BreakglassEscalation", ["approvers", "groups"], ["oidc:ops"], "the escalated group does not approve"),
    ("BreakglassEscalation", ["approvers", "hiddenFromUI"], ["oidc:ops"], "is no hidden approver either"),
    ("BreakglassEscalation", ["allowedIdentityProviders"], ["corp"], "not both ways"),
    ("BreakglassEscalation", ["allowedIdentityProvidersForRequests"], [], "for neither"),
    ("BreakglassEscalation", ["sessionLimitsOverride", "unlimited"], True, "no limits beside it"),
    ("BreakglassSession", ["cluster"], GONE, "spec.cluster: Required value"),
    ("BreakglassSession", ["scheduledStartTime"], "tomorrow", "spec.scheduledStartTime"),
    ("DenyPolicy", [], {"rules": [], "impersonationRules": []}, "spec"),
    ("DenyPolicy", ["podSecurityRules", "riskFactors"], GONE, "riskFactors: Required value"),
    ("DenyPolicy", ["impersonationRules", 0, "actionVerbs"], ["get"], "write a rule for each"),
    ("ClusterConfig", ["authType"], "Password", 'supported values: "Kubeconfig", "OIDC"'),
    ("ClusterConfig", ["oidcAuth", "server"], "http://10.0.0.1", "spec.oidcAuth.server"),
    ("IdentityProvider", ["oidc", "expectedAudience"], GONE, "expectedAudience: Required value"),
    ("IdentityProvider", ["keycloak", "cacheTTL"], "1.5m", "spec.keycloak.cacheTTL"),
    ("MailProvider", ["smtp", "port"], 65536, "less than or equal to 65535"),
    ("MailProvider", ["sender", "address"], "nobody", "spec.sender.address"),
    ("AuditConfig", ["sinks"], [], "at least 1 items"),
    ("AuditConfig", ["sinks", 0, "type"], "syslog", "Unsupported value"),
    ("DebugPodTemplate", ["template", "spec", "containers", 0, "name"], GONE, "name: Required value"),
    ("DebugPodTemplate", ["template", "spec", "containers", 0, "imagePullPolicy"], "always", "Unsupported value"),
    ("DebugPodTemplate", ["template", "spec", "volumes", 0, "emptyDir", "sizeLimit"], "1 GB", "sizeLimit"),
    ("DebugSessionTemplate", ["podTemplateRef"], "strict-pod", "must be of type object"),
    ("DebugSessionTemplate", ["constraints", "maxDuration"], "1.5h", "spec.constraints.maxDuration"),
    ("DebugSessionTemplate", ["impersonation", "uid"], "7", "is taken on by name alone"),
    ("DebugSessionTemplate", ["impersonation", "mode"], "user-info", "not user-info"),
    ("DebugSessionTemplate", ["impersonation", "mode"], "associated-node", "a node is no service account"),
    ("DebugSessionClusterBinding", ["templateRef", "name"], "", "spec.templateRef.name"),
    ("DebugSessionClusterBinding", ["maxActiveSessionsPerUser"], 0, "greater than or equal to 1"),
    ("DebugSession", ["requestedBy"], GONE, "spec.requestedBy: Required value"),
    ("DebugSession", ["bindingRef", "namespace"], GONE, "namespace: Required value"),
    ("Breakglass", ["subjects"], [{"kind": "user", "name": "x"}], "Unsupported value"),
]


@pytest.fixture(scope="module")
def documents():
    """Documents in the strict dialect, at least one of each kind."""
    texts = [(DATA / name).read_text(encoding="utf-8") for name in ("strict.yaml", "providers.yaml", "debug.yaml")]
    return [each for text in texts for each in yaml.safe_load_all(text)]


def create(admin, definition, document):
    return admin.request("POST", path_of(definition), document)


def test_every_definition_is_taken_whole(defined, definitions):
    def conditions(definition):
        live = defined.must("GET", f"{CRDS}/{definition['metadata']['name']}")
        return {each["type"]: each["status"] for each in live.get("status", {}).get("conditions", ())}

    for definition in definitions.values():
        eventually(lambda definition=definition: conditions(definition).get("Established") == "True")
        assert conditions(definition).get("NamesAccepted") == "True"
        assert conditions(definition).get("NonStructuralSchema", "False") == "False"


def test_every_kind_has_documents_that_are_taken_without_a_word(defined, definitions, documents):
    assert {each["kind"] for each in documents} == set(definitions) - OURS
    for document in documents:
        definition = definitions[document["kind"]]
        eventually(lambda definition=definition: defined.status("GET", path_of(definition)) == 200)
        answer = create(defined, definition, document)
        assert answer.status == 201, answer.message


@pytest.mark.parametrize(
    "kind, path, value, message", REFUSED, ids=[f"{each[0]}-{'.'.join(map(str, each[1]))}" for each in REFUSED]
)
def test_what_a_kind_does_not_allow_is_refused(defined, definitions, documents, kind, path, value, message):
    document = copy.deepcopy(next(each for each in documents if each["kind"] == kind))
    document["metadata"]["name"] = "refused"
    around, steps = document, ["spec", *path]
    for step in steps[:-1]:
        around = around[step]
    if value is GONE:
        del around[steps[-1]]
    else:
        around[steps[-1]] = value
    eventually(lambda: defined.status("GET", path_of(definitions[kind])) == 200)
    answer = create(defined, definitions[kind], document)
    assert answer.status == 422, answer.message
    assert message in answer.message
