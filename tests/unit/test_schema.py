"""What the schemas take, in every dialect, and how they say what they do not take."""

import json
import re
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from gitops_breakglass.adapters.bundled import schema_catalog
from gitops_breakglass.adapters.yamlfile import load
from gitops_breakglass.core.schema import Catalog

EXAMPLES = sorted((Path(__file__).parents[1] / "data/schema").glob("*.yaml"))
NAME_HINT = "add `name:` (`name` of a Container, as Kubernetes defines it)"
SCHEMAS = Path(__file__).parents[2] / "schemas"
SEEDS = sorted((Path(__file__).parents[2].parent / "shared/seeds").glob("*.md"))


def seed_documents():
    for path in SEEDS:
        text = path.read_text(encoding="utf-8")
        for number, block in enumerate(re.findall(r"^```yaml\n(.*?)^```", text, re.DOTALL | re.MULTILINE), 1):
            if "\nmetadata:" in block:
                yield pytest.param(block, id=f"{path.stem}-{number}")


def documents(text):
    loaded = load(text if isinstance(text, bytes) else text.encode(), "f.yaml")
    assert not loaded.findings
    return loaded.documents


def told(text):
    return [
        (str(each.location).removeprefix("f.yaml:"), each.message, each.hint)
        for document in documents(text)
        for each in schema_catalog().validate(document)
    ]


@pytest.mark.parametrize("block", list(seed_documents()))
def test_every_document_of_the_seeds_is_valid_as_it_stands(block):
    for document in documents(block):
        assert schema_catalog().validate(document) == ()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_both_dialects_of_every_kind_are_valid(path):
    assert [found for document in documents(path.read_bytes()) for found in schema_catalog().validate(document)] == []


def test_the_examples_have_every_kind_that_there_is():
    kinds = {(each.api_version, each.kind) for path in EXAMPLES for each in documents(path.read_bytes())}
    assert kinds == set(schema_catalog().kinds)


def test_every_error_is_told_at_its_place_with_what_to_write():
    text = """apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: BreakglassEscalation
metadata: {name: ok, lables: {a: b}}
spec:
  escalatedGroup: 12
  maxValidfor: 2h
  approvalTimeout: 2 hours
  allowed: {clusters: prod, groups: [a, a]}
  approvers: {users: []}
  blockSelfApproval: "true"
  podSecurityOverrides: {maxAllowedScore: 2000, namespaceScope: {pattern: [x]}}
  sessionLimitsOverride: [1]
"""
    assert told(text) == [
        ("3:22", "`metadata` has no field `lables`", "did you mean `labels`?"),
        ("5:3", "`spec.escalatedGroup` must be text, not `12`", 'quote it: "12"'),
        ("6:3", "`spec` has no field `maxValidfor`", "did you mean `maxValidFor`?"),
        (
            "7:3",
            "`spec.approvalTimeout` must be a duration, such as 90s, 30m, 2h, 1h30m or 14d; it is `2 hours`",
            "did you mean `2h`?",
        ),
        ("8:13", "`spec.allowed.clusters` must be a list, not the text `prod`", "write `[prod]`"),
        ("8:29", "`spec.allowed.groups` names the same thing twice", "keep one of them"),
        ("9:3", "`spec.approvers` needs at least one user or group", None),
        ("10:3", "`spec.blockSelfApproval` must be true or false, not the text `true`", "take the quotes off"),
        ("11:26", "`spec.podSecurityOverrides.maxAllowedScore` must be at most 1000", None),
        ("11:66", "`spec.podSecurityOverrides.namespaceScope` has no field `pattern`", "did you mean `patterns`?"),
        ("12:3", "`spec.sessionLimitsOverride` must be a mapping of fields, not a list", None),
    ]


def test_what_is_missing_or_one_of_a_few_is_named():
    text = """apiVersion: access.cloudnimbus.io/v1alpha1
kind: Breakglass
metadata: {name: a}
spec:
  schedule: {cron: "* * * *"}
  policy: []
  approval: {approvers: [bob]}
  subjects: [{kind: user, name: x}]
"""
    cron = "must be five fields of cron: minute, hour, day of month, month, day of week; it is `* * * *`"
    assert told(text) == [
        ("4:1", "`spec` needs at least one entry in `clusterRoles` or `policy`", None),
        ("5:3", "`spec.schedule` needs the field `duration`", "add `duration:` (How long each access lasts)"),
        ("5:14", f"`spec.schedule.cron` {cron}", None),
        ("7:3", "`spec.approval` needs the field `required`", "add `required:` (Whether somebody has to approve)"),
        ("7:26", "`spec.approval.approvers[0]` must be an e-mail address; it is `bob`", None),
        (
            "8:15",
            "`spec.subjects[0].kind` must be one of `User`, `Group`, `ServiceAccount`, not `user`",
            "did you mean `User`?",
        ),
    ]


def test_a_field_with_nothing_after_it_is_told_and_empty_labels_are_none():
    text = """apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: IdentityProvider
metadata:
  name: corp
  labels:
  annotations: [a]
spec:
  displayName:
  issuer: https://login.example.com
  oidc: {authority: "https://login.example.com", clientID: a, expectedAudience: a}
  sessionLimits: {maxActiveSessionsPerUser: 2147483648}
"""
    assert told(text) == [
        ("6:3", "`metadata.annotations` must be a mapping of texts by key", None),
        ("8:3", "`spec.displayName` must be text, not empty", "give it a value, or take the field out"),
        ("11:19", "`spec.sessionLimits.maxActiveSessionsPerUser` must be at most 2147483647", None),
    ]


def test_the_form_that_was_meant_is_the_one_that_is_explained():
    text = """apiVersion: config.gitops-breakglass.dev/v1alpha1
kind: Identities
people:
  - name: a
    sshKeys: [foo, {kye: x}, 3]
"""
    key = "must be a public SSH key on one line, such as `ssh-ed25519 AAAA…`; it is `foo`"
    assert told(text) == [
        ("5:15", f"`people[0].sshKeys[0]` {key}", None),
        ("5:20", "`people[0].sshKeys[1]` needs the field `key`", "add `key:` (The key)"),
        ("5:21", "`people[0].sshKeys[1]` has no field `kye`", "did you mean `key`?"),
        ("5:30", "`people[0].sshKeys[2]` must be a public SSH key, or a mapping with `key`", None),
    ]


CONFIGURATION = """apiVersion: config.gitops-breakglass.dev/v1alpha1
kind: Configuration
forge: {provider: local, repository: acme}
policyApprovers: {users: [a@example.com]}
"""


@pytest.mark.parametrize(
    "line, message",
    [
        ("clusters: {policy: {kubernetes: {}}}", "the key `policy` in `clusters` must be a cluster's name: "),
        ("clusters: {a/b: {kubernetes: {}}}", "the key `a/b` in `clusters` must be a cluster's name: "),
        ("clusters: {a: {}}", "`clusters.a` needs exactly one of `kubernetes` and `manifests`"),
        (
            "clusters: {a: {kubernetes: {}, manifests: {folder: x}}}",
            "`clusters.a` needs exactly one of `kubernetes` and `manifests`",
        ),
        ("clusters: {a: {manifests: {folder: a/../b}}}", "`clusters.a.manifests.folder` must be a path without `..`"),
        ('reconcilers: [{name: a, publicKey: "ssh-rsa AAAA"}]', "`reconcilers[0].publicKey` must be a public Ed25519"),
        ('reconcilers: [{name: "a\\n", publicKey: x}]', "`reconcilers[0].name` must be one word of letters, digits, "),
    ],
)
def test_the_configuration_is_held_to_what_the_reconciler_can_use(line, message):
    assert told(CONFIGURATION) == []
    assert told(CONFIGURATION + line)[0][1].startswith(message)


def test_of_choices_that_exclude_each_other_the_one_not_taken_is_not_asked_for():
    text = "apiVersion: breakglass.t-caas.telekom.com/v1alpha1\nkind: DebugPodTemplate\nmetadata: {name: a}\n"
    both = text + "spec: {templateString: 'containers: []', template: {spec: {containers: [{name: a}]}}}\n"
    assert [message for _, message, _ in told(both)] == [
        "`spec` needs exactly one of `template`, `templateString` and `podSpec`"
    ]


@pytest.mark.parametrize(
    "text, finding",
    [
        (
            "kind: Role\n",
            ("1:1", "`apiVersion` is missing, or no text", "a document begins with `apiVersion:` and `kind:`"),
        ),
        (
            "apiVersion: v1\n",
            ("1:1", "`kind` is missing, or no text", "a document begins with `apiVersion:` and `kind:`"),
        ),
        (
            "apiVersion: v1\nkind: BreakglasSession\n",
            ("2:1", "the kind `BreakglasSession` (v1) is not known", "did you mean `BreakglassSession`?"),
        ),
        (
            "apiVersion: access.cloudnimbus.io/v1\nkind: Breakglass\n",
            (
                "1:1",
                "apiVersion `access.cloudnimbus.io/v1` of Breakglass is not known",
                "write `apiVersion: access.cloudnimbus.io/v1alpha1`",
            ),
        ),
        (
            "apiVersion: access.gitops-breakglass.dev/v1alpha1\nkind: Grant\n",
            (
                "2:1",
                "Grant is written to clusters by the reconciler, and never read from a file",
                "take it out of the repository",
            ),
        ),
    ],
)
def test_a_kind_that_is_not_known_says_which_one_is_near(text, finding):
    assert told(text) == [finding]


@pytest.mark.parametrize(
    "name", ["Upper", "a_b", "-a", "a-", "a.b", "a" * 64, "a\\n", "\u0430dmin", "../x", "::error::"]
)
def test_the_name_of_a_request_is_one_plain_label(name):
    text = "apiVersion: breakglass.t-caas.telekom.com/v1alpha1\nkind: BreakglassSession\n"
    bad = told(f'{text}metadata: {{name: "{name}"}}\nspec: {{escalation: x}}\n')
    assert [place for place, *_ in bad] == ["3:12"]
    assert told(f"{text}metadata: {{name: {'a' * 63}}}\nspec: {{escalation: x}}\n") == []


def test_entries_that_the_api_server_tells_apart_by_name_are_told_apart_here():
    text = """apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: DebugPodTemplate
metadata: {name: tools}
spec:
  template:
    spec:
      containers:
        - {name: a, ports: [{containerPort: 1, protocol: TCP}, {containerPort: 1, protocol: UDP}]}
        - {name: b, ports: [{containerPort: 1, protocol: TCP}, {containerPort: 1, protocol: TCP}]}
        - {name: a}
        - {nme: a}
        - {nme: a}
"""
    assert told(text) == [
        (
            "9:65",
            "`spec.template.spec.containers[1].ports[1]` has the `containerPort` and `protocol` of an entry before it",
            "give each entry a `containerPort` and `protocol` of its own",
        ),
        (
            "10:12",
            "`spec.template.spec.containers[2]` has the `name` of an entry before it",
            "give each entry a `name` of its own",
        ),
        ("11:11", "`spec.template.spec.containers[3]` needs the field `name`", NAME_HINT),
        ("11:12", "`spec.template.spec.containers[3]` has no field `nme`", "did you mean `name`?"),
        ("12:11", "`spec.template.spec.containers[4]` needs the field `name`", NAME_HINT),
        ("12:12", "`spec.template.spec.containers[4]` has no field `nme`", "did you mean `name`?"),
    ]


def test_what_a_schema_refers_to_in_another_file_is_judged_and_explained_as_its_own():
    kind = {
        "$id": "https://gitops-breakglass.dev/schemas/x.schema.json",
        "properties": {
            "apiVersion": {"const": "v1"},
            "kind": {"const": "X"},
            "spec": {"$ref": "kubernetes/pod.schema.json#/$defs/PodSpec"},
        },
    }
    asked = []

    class Parts(dict):
        def __getitem__(self, name):
            asked.append(name)
            return super().__getitem__(name)

    pod = json.loads((SCHEMAS / "kubernetes/pod.schema.json").read_bytes())
    plain = {"properties": {"apiVersion": {"const": "v1"}, "kind": {"const": "Z"}}}
    catalog = Catalog({("v1", "X"): kind, ("v1", "Z"): plain}, Parts({"kubernetes/pod.schema.json": pod}))
    (other,) = documents("apiVersion: v1\nkind: Z\n")
    assert catalog.validate(other) == ()
    assert asked == []
    (document,) = documents("""apiVersion: v1
kind: X
spec:
  containers:
    - image: x
      imagePullPolicy: always
      resources: {limits: {cpu: 0.5}, request: {}}
""")
    assert [(str(each.location), each.message, each.hint) for each in catalog.validate(document)] == [
        (
            "f.yaml:5:7",
            "`spec.containers[0]` needs the field `name`",
            "add `name:` (`name` of a Container, as Kubernetes defines it)",
        ),
        (
            "f.yaml:6:7",
            "`spec.containers[0].imagePullPolicy` must be one of `Always`, `IfNotPresent`, `Never`, not `always`",
            "did you mean `Always`?",
        ),
        (
            "f.yaml:7:28",
            '`spec.containers[0].resources.limits.cpu` must be a quantity, such as 500m, 2, 1Gi or, in quotes, "0.5"',
            None,
        ),
        (
            "f.yaml:7:39",
            "`spec.containers[0].resources` has no field `request`",
            "did you mean `requests`?",
        ),
    ]


def test_a_schema_that_refers_to_another_place_is_never_fetched():
    asked = []

    class Schemas(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *words):
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Schemas) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        elsewhere = {"$ref": f"http://127.0.0.1:{server.server_port}/x.schema.json"}
        schema = {"properties": {"apiVersion": {"const": "v1"}, "kind": {"const": "X"}, "spec": elsewhere}}
        (document,) = documents("apiVersion: v1\nkind: X\nspec: 1\n")
        try:
            with pytest.raises(Exception, match="cannot fetch"):
                Catalog({("v1", "X"): schema}).validate(document)
        finally:
            server.shutdown()
            thread.join()
    assert asked == []
