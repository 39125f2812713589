"""One corpus, two judges: the definitions of custom resources on a real API server, and `check`.

Documents are drawn from the definitions and then damaged. Both judges have to say the same of each, but for what only one
of them can know; that is listed here, and nothing else is let through.
"""

import functools
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gitops_breakglass.adapters import yamlfile
from gitops_breakglass.adapters.bundled import schema_catalog
from gitops_breakglass.adapters.folder import read_folder
from gitops_breakglass.flows.check import check
from tests.cluster.definitions import path_of
from tests.cluster.drawn_documents import slips, values
from tests.cluster.harness.becoming import eventually

BASE = Path(__file__).parents[2] / "examples" / "access-repo"
KINDS = (
    "AuditConfig",
    "Breakglass",
    "BreakglassEscalation",
    "BreakglassSession",
    "ClusterConfig",
    "DebugPodTemplate",
    "DebugSession",
    "DebugSessionClusterBinding",
    "DebugSessionTemplate",
    "DenyPolicy",
    "IdentityProvider",
    "MailProvider",
)
REQUESTS = {"Breakglass", "BreakglassSession", "DebugSession"}
CLUSTER, NAME = "prod-eu-1", "drawn"
EXAMPLES = int(os.environ.get("TWO_JUDGES_EXAMPLES", "60"))

# What the definition of one custom resource can't know, or upstream's definition does not say.
ONLY_CHECK = {
    # where the file lies, and what other documents of the repository say
    "approvers-unknown",
    "unknown-deny-policy",
    # what follows from a policy whose form check refuses and a definition does not
    "deny-policy-refuses",
    "unreadable-policy",
    "no-occurrence",
    "no-offer-fits",
    "request-path",
    "system-subject",
    "unknown-cluster",
    "unknown-debug-template",
    "unknown-escalation",
    # what people and templates of the repository let a debug session be
    "debug-binding",
    "debug-choice",
    "debug-namespace",
    "debug-not-offered",
    "debug-participant",
    "debug-value",
    "operation-mode",
    # what a template comes to once it is filled in
    "auxiliary-kind",
    "auxiliary-name",
    "auxiliary-object",
    "auxiliary-selector",
    "container-resources",
    "debug-pod-image",
    "debug-template-text",
    "network-policy",
    "pod-overrides",
    "quota-is-shared",
    "scheduling-constraint",
    "session-labels",
    # what needs a calendar, a parser or arithmetic that CEL has not
    "InvalidCronExpression",
    "InvalidDuration",
    "InvalidTimezone",
    "debug-duration",
    "invalid-quantity",
    "malformed-glob",
    "sampling-rate",
    "standing-access",
    "windows-at-once",
    # what upstream refuses in its admission webhooks, or never notices
    "approval-timeout-too-long",
    "audit-sink",
    "auxiliary-resource",
    "cluster-credentials",
    "debug-binding-incomplete",
    "debug-pod",
    "debug-reason",
    "debug-template-incomplete",
    "debug-variable",
    "default-namespace",
    "deny-rule-incomplete",
    "disruption-budget",
    "empty-namespace-filter",
    "group-sync",
    "idle-timeout-out-of-range",
    "impersonation-contradicts",
    "impersonation-rule-never-matches",
    "mail-credentials",
    "negative-score",
    "nobody-may-request",
    "notification-recipient",
    "reserved-group",
    "scheduling-option",
    "tls-not-verified",
}
ONLY_IN_SCHEMAS = (
    ", not empty",  # a field that is null is dropped by the API server, and a slip in a file
    "names the same thing twice",  # definitions may not compare the texts of a list; upstream's webhooks do
    "needs exactly one of",  # upstream's webhooks
    "` must be text, not a list",  # the API server takes an empty list where a time belongs
    "the key `a.b/c` in `spec.extraDeployValues`",  # a variable has no such name
)
"""Words of findings about the form of a document."""

BOTH_WAYS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@functools.cache
def base():
    return read_folder(BASE).files


@functools.cache
def found_in_base():
    return frozenset(checked({}))


def checked(more):
    return check({**base(), **more}, loader=yamlfile.load, catalog=schema_catalog()).findings


def document_of(definition, spec):
    group, version = definition["spec"]["group"], definition["spec"]["versions"][0]["name"]
    kind = definition["spec"]["names"]["kind"]
    return {"apiVersion": f"{group}/{version}", "kind": kind, "metadata": {"name": NAME}, "spec": spec}


def errors_of(document):
    kind = document["kind"]
    path = f"requests/{CLUSTER}/{NAME}.yaml" if kind in REQUESTS else f"policies/{NAME}.yaml"
    text = yamlfile.dump(document).encode()
    return [each for each in checked({path: text}) if each.is_error and each not in found_in_base()]


def spec_of(definition):
    return definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]


@pytest.mark.parametrize("kind", KINDS)
def test_both_judges_say_the_same(kind, defined, definitions):
    definition = definitions[kind]
    path = path_of(definition)
    eventually(lambda: defined.status("GET", path) == 200)
    seen = Counter()

    @BOTH_WAYS
    @given(st.data())
    def judge(data):
        document = document_of(definition, data.draw(values(spec_of(definition))))
        if "cluster" in document["spec"]:
            document["spec"]["cluster"] = CLUSTER
        if data.draw(st.integers(0, 2)):
            document = data.draw(slips(document))
        answer = defined.request("POST", f"{path}&dryRun=All", document)
        refused = [each for each in errors_of(document) if not only_check_knows(each)]
        assert answer.status in {201, 400, 422}, answer.message
        if answer.status == 201:
            assert refused == [], document
        else:
            assert errors_of(document), (answer.message, document)
        seen[answer.status == 201] += 1

    judge()
    # A corpus of which one side is missing would prove nothing.
    assert min(seen[True], seen[False]) >= EXAMPLES // 10, seen


def only_check_knows(finding):
    if finding.rule == "schema":
        return any(words in finding.message for words in ONLY_IN_SCHEMAS)
    return finding.rule in ONLY_CHECK
