"""Breakglass documents in both dialects, sound and with one fault each, and who can know: both judges, or `check` alone."""

import copy
from dataclasses import dataclass
from pathlib import Path

import yaml

from gitops_breakglass.adapters import yamlfile
from gitops_breakglass.adapters.bundled import schema_catalog
from gitops_breakglass.adapters.folder import read_folder
from gitops_breakglass.flows.check import check

EXAMPLE = Path(__file__).parents[2] / "examples" / "access-repo"
GONE = object()
REFERENCE = {
    "approval": {"required": True, "approvers": ["dana@example.com", "chloe@example.com"]},
    "clusterRoles": ["admin", "view"],
    "policy": [
        {
            "namespace": "production",
            "rules": [
                {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list", "update", "patch"]},
                {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]},
            ],
        }
    ],
    "schedule": {
        "cron": "0 9 * * 1-5",
        "duration": "8h",
        "start": "2024-01-01T00:00:00Z",
        "end": "2024-12-31T23:59:59Z",
        "location": "America/New_York",
        "maxActivations": 10,
    },
}
OPERATORS = {
    "approval": {"required": True},
    "clusterRoles": ["view"],
    "justification": "INC-1: the shop is down",
    "schedule": {"start": "2026-12-01T09:00:00Z", "duration": "30m"},
    "subjects": [{"kind": "User", "name": "alice@example.com", "apiGroup": "rbac.authorization.k8s.io"}],
    "ticketID": "INC-1",
}
BASES = {
    "reference": REFERENCE,
    "minimal": {"schedule": {"duration": "1h"}, "clusterRoles": ["admin"]},
    "operator": OPERATORS,
    "operator-recurring": {**OPERATORS, "schedule": {"cron": "*/30 8-17 * * MON-FRI", "duration": "10m"}},
}


@dataclass(frozen=True)
class Case:
    """One document. `only_check` is the rule by which `check` alone refuses it; with `sound` nobody does."""

    name: str
    spec: object
    sound: bool = True
    only_check: str | None = None
    metadata: object = None

    @property
    def document(self):
        metadata = {"name": "drawn"} if self.metadata is None else self.metadata
        document = {"apiVersion": "access.cloudnimbus.io/v1alpha1", "kind": "Breakglass", "metadata": metadata}
        return document if self.spec is GONE else {**document, "spec": self.spec}


SOUND = {
    "clusterRoles": [["view"], ["system:aggregate-to-edit"], [], GONE],
    "policy": [GONE, []],
    "policy.0.namespace": ["a", "shop-2", "x" * 63],
    "policy.0.rules.0.apiGroups": [[""], ["*"], ["apps", "batch"], ["example.com"]],
    "policy.0.rules.0.resources": [["*"], ["pods/log"], ["deployments", "deployments/scale"]],
    "policy.0.rules.0.resourceNames": [["web-0"], [], GONE, ["a", "b"]],
    "policy.0.rules.0.verbs": [["*"], ["get"], ["deletecollection"]],
    "approval": [GONE],
    "approval.required": [True, False],
    "approval.approvers": [GONE, [], ["dana@example.com"]],
    "schedule.duration": ["1s", "90s", "1m30s", "1.5h", "0.5h", "2h0m0s", "90000ms", "0d8h"],
    "schedule.start": [GONE, "2024-01-01T00:00:00.5Z", "2024-01-01T00:00:00+01:00", "2024-02-29T00:00:00Z"],
    "schedule.end": [GONE, "2026-01-01T00:00:00-05:00"],
    "schedule.location": [GONE, "UTC", "Europe/London", "America/Argentina/Buenos_Aires", "Etc/GMT+3", "EST5EDT"],
    "schedule.maxActivations": [GONE, 1, 1000000, 2147483647, 10.0],
    "schedule.cron": [
        "* * * * *",
        "0 9 1,15 * *",
        "*/15 * * * *",
        "5-59/15 0-6,22-23 * * *",
        "0 0 * * 7",
        "0 0 * * 5-7",
        "0 0 * * SUN-TUE",
        "0 0 * * sun,Wed",
        "0 0 1 jan-MAR,dec *",
        "0 0 29 2 *",
        "0 0 31 2 1",
        "00 09 01 01 07",
        "0  9 * *  1-5",
        "1,2,3,4,5,6 0 * * *",
        "0 0 1-1 * *",
        "0 0 1-3/5 * *",
    ],
}
"""Values that both take, in the reference's document; `duration` also in one with neither approvers nor end."""

REFUSED = {
    "clusterRoles": [
        "view",
        [""],
        ["a b"],
        [1],
        {},
        ["view", "view"],
        ["v" * 254],
        ["ä"],
        [f"r{n}" for n in range(51)],
    ],
    "policy": ["production", [{}], [None], {}, [[]]],
    "policy.0.namespace": [GONE, "", "Production", "a.b", "-a", "x" * 64, 1, None, "*"],
    "policy.0.rules": [GONE, [], None, {}, [{}], "get pods"],
    "policy.0.rules.0.apiGroups": [GONE, [], "apps", [1], ["a b"], ["apps", "apps"]],
    "policy.0.rules.0.resources": [GONE, [], [""], "pods", ["a b"], ["pods", "pods"]],
    "policy.0.rules.0.resourceNames": ["web-0", [""], [1], ["a", "a"]],
    "policy.0.rules.0.verbs": [GONE, [], [""], "get", ["get", "get"], ["get pods"]],
    "policy.0.rules.0.nonResourceURLs": [["/metrics"]],
    "policy.0.rules.0.actions": [["get"]],
    "policy.0.cluster": ["prod"],
    "approval": [{}, {"approvers": ["dana@example.com"]}, [], True],
    "approval.required": [GONE, "true", "yes", 1, None],
    "approval.approvers": [
        "dana@example.com",
        ["dana"],
        ["dana@"],
        ["@example.com"],
        ["dana@example com"],
        ["dana@@example.com"],
        ["dana@example..com"],
        ["Dana <dana@example.com>"],
        [""],
        [1],
        ["dana@example.com", "dana@example.com"],
    ],
    "approval.count": [2],
    "schedule": [GONE, {}, None, "1h", []],
    "schedule.duration": [
        GONE,
        "",
        "0s",
        "0d",
        "0h0m",
        "-1h",
        "+1h",
        "1",
        "1 h",
        "2 hours",
        "1w",
        "1h1d",
        "d",
        "h",
        "1.h",
        ".5h",
        "1,5h",
        "1H",
        "366d",
        "365d1s",
        "8761h",
        "99999999999999999999h",
        "99999999999999999999d",
        3600,
        None,
    ],
    "schedule.start": [
        "",
        "2024-01-01",
        "2024-01-01T00:00:00",
        "2024-13-01T00:00:00Z",
        "2024-02-30T00:00:00Z",
        "2024-01-01 00:00:00Z",
        "2025-01-01T00:00:00Z",
        "2024-12-31T23:59:59Z",
        "9995-01-01T00:00:00Z",
        1704067200,
        "now",
    ],
    "schedule.end": [
        "2023-12-31T00:00:00Z",
        "2024-01-01T00:00:00Z",
        "2024-01-01T01:00:00+01:00",
        "2024-12-31",
        "never",
        1,
    ],
    "schedule.location": [
        "",
        "/etc/localtime",
        "../../etc/passwd",
        "Europe/",
        "New York",
        "a/b/c/d",
        "+01:00",
        1,
        "x" * 65,
    ],
    "schedule.maxActivations": [0, -1, "10", 1.5, 2147483648, True, [1]],
    "schedule.timezone": ["UTC"],
    "schedule.cron": [
        "",
        "@daily",
        "@every 1h",
        "0 9 * *",
        "0 0 9 * * 1-5",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * 32 * *",
        "* * * 0 *",
        "* * * 13 *",
        "* * * * 8",
        "* * * * MONDAY",
        "* * MON * *",
        "* * * * JAN",
        "* * JAN * *",
        "5/15 * * * *",
        "*/0 * * * *",
        "*/100 * * * *",
        "1/ * * * *",
        "/5 * * * *",
        "*-5 * * * *",
        "1- * * * *",
        "-1 * * * *",
        "1,,2 * * * *",
        ",1 * * * *",
        "1, * * * *",
        "1-2-3 * * * *",
        "1-9/2/2 * * * *",
        "** * * * *",
        "001 * * * *",
        "0 0 L * *",
        "0 0 LW * *",
        "0 0 15W * *",
        "0 0 * * 5L",
        "0 0 * * MON#2",
        "0 0 ? * *",
        "0 0 * * ?",
        "30-10 * * * *",
        "0 22-6 * * *",
        "0 0 31-1 * *",
        "0 0 1 DEC-JAN *",
        "0 0 1 3-FEB *",
        "0 0 * * FRI-SUN",
        "0 0 * * 6-2",
        "0 0 * * 1-5,7-6",
        "0 0 * * 6-1/2",
        "0\t9\t*\t*\t1-5",
        "0 9 * * 1\N{EN DASH}5",
        "0 9 * * \N{LATIN SMALL LETTER LONG S}un",
        "every day at nine o-clock",
        "H 9 * * *",
        "~ * * * *",
        "* " * 4 + "*" * 300,
        5,
        None,
        ["0 9 * * 1-5"],
    ],
    "subjects": [
        [],
        [{"kind": "User"}],
        [{"name": "alice@example.com"}],
        [{"kind": "user", "name": "alice@example.com"}],
        [{"kind": "Group", "name": "operations"}],
        [{"kind": "ServiceAccount", "name": "robot"}],
        [{"kind": "ServiceAccount", "name": "robot", "namespace": "ci"}],
        [{"kind": "User", "name": ""}],
        [{"kind": "User", "name": "a b"}],
        [{"kind": "User", "name": "system:admin"}],
        [{"kind": "User", "name": "kubeadm:cluster-admins"}],
        [{"kind": "User", "name": "alice@example.com", "apiGroup": "rbac"}],
        [{"kind": "User", "name": "alice@example.com", "uid": "1"}],
        {"kind": "User", "name": "alice@example.com"},
        "alice@example.com",
    ],
    "justification": ["", 1, ["down"], "x" * 1025],
    "ticketID": [1, ["INC-1"], "x" * 254],
    "suprise": [1],
}
"""Values of the reference's document that neither takes."""

ONLY_CHECK = [
    ("clusterRoles", None, "schema"),
    ("approval", None, "schema"),
    ("schedule.location", "Europe/Bonn", "InvalidTimezone"),
    ("schedule.location", "Local", "InvalidTimezone"),
    ("schedule.location", "Europe", "InvalidTimezone"),
    ("schedule.location", "right/Europe/Berlin", "InvalidTimezone"),
    ("schedule.location", "localtime", "InvalidTimezone"),
    ("schedule.location", "europe/berlin", "InvalidTimezone"),
    ("schedule.cron", "0 0 31 2 *", "InvalidCronExpression"),
    ("schedule.cron", "0 0 30 FEB *", "InvalidCronExpression"),
    ("schedule.cron", "0 0 31 4,6,9,11 *", "InvalidCronExpression"),
    ("schedule.cron", "0 0 31 2 */2", "InvalidCronExpression"),
    ("approval.approvers", ["nobody@example.com"], "approvers-unknown"),
    ("clusterRoles", ["cluster-admin"], "no-offer-fits"),
    ("policy.0.namespace", "kube-system", "no-offer-fits"),
    ("schedule.duration", "500ms", "InvalidDuration"),
    ("schedule.duration", "1ns", "InvalidDuration"),
]
"""What a definition can't know, in the reference's document, and the rule by which `check` does."""


def corpus():
    """Every case, by a name of its own."""
    yield from (Case(name, copy.deepcopy(spec)) for name, spec in BASES.items())
    yield from _variants(SOUND, "reference", sound=True)
    yield from _variants(REFUSED, "reference", sound=False)
    for path, value, rule in ONLY_CHECK:
        yield Case(f"reference: {path}={value!r:.60}", changed(REFERENCE, path, value), sound=False, only_check=rule)
    yield from _one_time()
    yield from _together()
    for metadata, sound, rule in METADATA:
        yield Case(f"metadata={metadata!r:.60}", BASES["minimal"], sound, rule, metadata)
    yield Case("no spec", GONE, sound=False)
    yield Case("an empty spec", {}, sound=False)


METADATA = [
    ({"name": "inc-1", "namespace": "default", "labels": {"team": "shop"}}, True, None),
    ({"name": "inc-1", "annotations": {"why": "the shop is down"}}, True, None),
    ({"name": "Inc-1"}, False, None),
    ({"name": "inc-1", "labels": {"team": "a b"}}, False, None),
    ({"name": "inc.1"}, False, "schema"),
    ({"name": "a" * 53}, False, "request-path"),
]


def _variants(changes, base, *, sound):
    for path, values in changes.items():
        for value in values:
            shown = "(gone)" if value is GONE else f"{value!r:.60}" + "…" * (len(repr(value)) > 60)
            if shown.endswith("…"):
                shown += f" ({len(value)})"
            yield Case(f"{base}: {path}={shown}", changed(BASES[base], path, value), sound)


def _one_time():
    """One-time access in the operator's dialect: what recurring access may have, and it may not."""
    for duration in ("24h", "1d", "1439m", "86400s", "0d24h", "1d0h"):
        yield Case(f"operator: {duration}", changed(OPERATORS, "schedule.duration", duration))
    for duration in ("24h1s", "24h1us", "1d1s", "25h", "2d", "1441m", "86400.5s"):
        yield Case(f"operator: {duration}", changed(OPERATORS, "schedule.duration", duration), sound=False)
    end = {"start": "2026-12-01T09:00:00Z", "end": "2026-12-01T10:00:00Z", "duration": "30m"}
    yield Case("operator: an end", changed(OPERATORS, "schedule", end), sound=False)
    for field, value in (("location", "Europe/Berlin"), ("maxActivations", 3)):
        yield Case(f"operator: {field} without cron", changed(OPERATORS, f"schedule.{field}", value))
    for field in ("justification", "ticketID", "subjects", "approval"):
        yield Case(f"operator: no {field}", changed(OPERATORS, field, GONE))
    for apigroup in ("", GONE):
        yield Case(f"operator: apiGroup {apigroup!r:.12}", changed(OPERATORS, "subjects.0.apiGroup", apigroup))
    yield Case("operator: ticket of nothing", changed(OPERATORS, "ticketID", ""))
    yield Case("operator: clusterRoles gone", changed(OPERATORS, "clusterRoles", GONE), sound=False)
    yield Case("operator: clusterRoles empty", changed(OPERATORS, "clusterRoles", []), sound=False)
    yield Case("operator: no start", changed(OPERATORS, "schedule.start", GONE))
    yield Case("operator: long ago", changed(OPERATORS, "schedule.start", "2001-01-01T00:00:00Z"))


def _together():
    """Faults of two fields together."""
    nothing = changed(REFERENCE, "clusterRoles", [])
    yield Case("reference: nothing asked for", changed(nothing, "policy", []), sound=False)
    yield Case(
        "reference: nothing there", changed(changed(REFERENCE, "clusterRoles", GONE), "policy", GONE), sound=False
    )
    yield Case("reference: roles alone", changed(changed(REFERENCE, "clusterRoles", ["view"]), "policy", GONE))
    yearly = changed(REFERENCE, "schedule.cron", "0 9 1 1 *")
    for duration in ("24h", "1d", "36h", "1d12h", "14d", "100d", "2400h"):
        yield Case(f"reference, once a year: {duration}", changed(yearly, "schedule.duration", duration))
    for duration in ("101d", "365d", "364d24h", "8760h"):
        long = changed(yearly, "schedule.duration", duration)
        yield Case(f"reference, once a year: {duration}", long, sound=False, only_check="no-offer-fits")
    once = changed(changed(yearly, "schedule.duration", "14d"), "schedule.maxActivations", 1)
    yield Case("reference: once, for two weeks", once)
    late = changed(REFERENCE, "schedule.start", "2024-12-31T20:00:00Z")
    yield Case("reference: over before it comes", late, sound=False, only_check="no-occurrence")
    standing = changed(REFERENCE, "schedule", {"cron": "0 * * * *", "duration": "2h"})
    yield Case("reference: day and night", standing, sound=False, only_check="standing-access")
    often = changed(REFERENCE, "schedule", {"cron": "* * * * *", "duration": "30s"})
    yield Case("reference: half of every minute", often)
    most = changed(often, "schedule.duration", "50s")
    yield Case("reference: most of every minute", most, sound=False, only_check="standing-access")
    crowded = changed(often, "schedule", {"cron": "* * * * *", "duration": "12h", "maxActivations": 700})
    yield Case("reference: hundreds at once", crowded, sound=False, only_check="windows-at-once")


def changed(spec, path, value):
    """The spec with one value in another place than it was."""
    result = copy.deepcopy(spec)
    around, steps = result, [int(step) if step.isdecimal() else step for step in path.split(".")]
    for step in steps[:-1]:
        around = around[step]
    if value is GONE:
        around.pop(steps[-1], None)
    else:
        around[steps[-1]] = value
    return result


OFFERS = [
    {
        "name": "wide",
        "clusters": ["*"],
        "allowed": {"groups": ["operations"]},
        "approvers": {"groups": ["operations-leads"]},
        "clusterRoles": ["admin", "view", "system:aggregate-to-edit"],
        "namespaces": ["production", "a", "shop-*", "xxx*"],
        "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}],
        "maxDuration": "100d",
        "recurring": True,
        "approvalOptional": True,
    }
]
"""Of a repository in which nearly everything may be asked for."""
CLUSTER = "prod-eu-1"


def errors(cases):
    """What `check` refuses of each case, by its name: all of them as request files of one repository."""
    files = dict(read_folder(EXAMPLE).files)
    configuration = yaml.safe_load(files["breakglass.yaml"])
    configuration["offers"] = OFFERS
    configuration["defaults"] = {"maxDuration": "365d", "minDuration": "1s"}
    files["breakglass.yaml"] = yamlfile.dump(configuration).encode()
    files = {path: content for path, content in files.items() if not path.startswith("requests/")}
    by_path = {}
    for number, case in enumerate(cases):
        document = copy.deepcopy(case.document)
        name = f"case-{number}" if case.metadata is None else document["metadata"]["name"]
        document["metadata"]["name"] = name
        # Two cases may have one name, as they have in no repository.
        path = f"requests/{CLUSTER}/{name}.yaml"
        while path in by_path:
            name = f"{name}x"
            document["metadata"]["name"], path = name, f"requests/{CLUSTER}/{name}.yaml"
        by_path[path] = case.name
        files[path] = yamlfile.dump(document).encode()
    found = {case.name: [] for case in cases}
    for each in check(files, loader=yamlfile.load, catalog=schema_catalog()).findings:
        if each.is_error:
            found[by_path[each.location.path]].append(each)
    return found
