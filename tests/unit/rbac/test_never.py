"""What is never granted, entry by entry and in the stock roles."""

import re
from pathlib import Path

import pytest

from gitops_breakglass.core.rbac.algebra import Attributes, allows, canonical, rule
from gitops_breakglass.core.rbac.never import NEVER, UNLISTED, Removed, never_granted, subtract_never
from gitops_breakglass.model.enforcement import MARKER_GROUP
from gitops_breakglass.model.rules import Discovery
from tests.unit.rbac.stock import DISCOVERY, ROLES

RBAC = "rbac.authorization.k8s.io"
ADMISSION = "admissionregistration.k8s.io"
CERTIFICATES = "certificates.k8s.io"
CSR = "certificatesigningrequests"
OURS = "access.gitops-breakglass.dev"
TELEKOM = "breakglass.t-caas.telekom.com"
CLOUDNIMBUS = "access.cloudnimbus.io"
CRDS = "apiextensions.k8s.io"
CHANGES = ["create", "update", "patch", "delete", "deletecollection"]

TAKEN = [
    ("escalate", "escalate", RBAC, "clusterroles"),
    ("escalate", "escalate", "example.com", "widgets"),
    ("bind", "bind", RBAC, "roles"),
    ("impersonate", "impersonate", "", "serviceaccounts"),
    ("impersonate", "impersonate:user-info", "authentication.k8s.io", "users"),
    ("impersonate", "impersonate-on:user-info:list", "", "pods"),
    ("service-account-token", "create", "", "serviceaccounts/token"),
    ("service-account-token", "get", "", "serviceaccounts/token"),
    ("service-account-token", "create", "authentication.k8s.io", "tokenrequests"),
    ("certificate-approval", "update", CERTIFICATES, f"{CSR}/approval"),
    ("certificate-approval", "patch", CERTIFICATES, f"{CSR}/status"),
    ("certificate-approval", "patch", CERTIFICATES, "podcertificaterequests/status"),
    ("certificate-approval", "create", CERTIFICATES, f"{CSR}/nodeclient"),
    ("certificate-approval", "create", CERTIFICATES, f"{CSR}/selfnodeclient"),
    ("certificate-approval", "create", CERTIFICATES, f"{CSR}/selfnodeserver"),
    *(("certificate-signing", verb, CERTIFICATES, "signers") for verb in ("approve", "sign", "attest")),
    *(("rbac", verb, RBAC, kind) for verb in CHANGES for kind in ("roles", "clusterrolebindings")),
    *(("admission", verb, ADMISSION, "validatingadmissionpolicybindings") for verb in CHANGES),
    ("admission", "update", ADMISSION, "validatingadmissionpolicies/status"),
    *(("records", verb, OURS, "grants") for verb in ("get", "list", "watch", *CHANGES)),
    *(("requests", verb, TELEKOM, "breakglasssessions") for verb in CHANGES),
    *(("requests", verb, CLOUDNIMBUS, "breakglasses/status") for verb in CHANGES),
    *(("custom-resource-definitions", verb, CRDS, "customresourcedefinitions") for verb in CHANGES),
    ("custom-resource-definitions", "update", CRDS, "customresourcedefinitions/status"),
    *(("api-services", verb, "apiregistration.k8s.io", "apiservices") for verb in CHANGES),
    ("api-services", "patch", "apiregistration.k8s.io", "apiservices/status"),
    ("pod-rule-markers", "hold", MARKER_GROUP, "podrules"),
    ("pod-rule-markers", "get", MARKER_GROUP, "anything"),
]
GRANTED = [
    ("get", "", "secrets"),
    ("create", "", "pods/exec"),
    ("create", "", "serviceaccounts"),
    ("create", "authentication.k8s.io", "tokenreviews"),
    ("get", RBAC, "clusterroles"),
    ("list", ADMISSION, "validatingadmissionpolicies"),
    ("create", CERTIFICATES, CSR),
    ("get", CERTIFICATES, f"{CSR}/approval"),
    ("update", "example.com", f"{CSR}/approval"),
    ("get", TELEKOM, "breakglasssessions"),
    ("watch", CLOUDNIMBUS, "breakglasses"),
    ("get", CRDS, "customresourcedefinitions"),
    ("delete", CRDS, "customresourcedefinitionsx"),
    ("list", "apiregistration.k8s.io", "apiservices"),
    ("bindings", "", "pods"),
]


@pytest.mark.parametrize("entry, verb, group, resource", TAKEN)
def test_a_right_that_outlives_or_undoes_a_grant_is_never_granted(entry, verb, group, resource):
    never = never_granted(verb, group=group, resource=resource)
    assert never is not None
    assert never.id == entry
    spelled = (rule([verb], [resource], groups=[group], names=["some"]), rule(["get"], ["pods"]))
    left = subtract_never(spelled, Discovery())
    assert left.rules == (rule(["get"], ["pods"]),)
    assert [each.id for each in left.removed] == [entry]


@pytest.mark.parametrize("verb, group, resource", GRANTED)
def test_any_other_right_is_left(verb, group, resource):
    asked = (rule([verb], [resource], groups=[group]),)
    left = subtract_never(asked, Discovery())
    assert (left.rules, left.removed) == (asked, ())


def test_every_entry_has_a_case():
    assert {each.id for each in NEVER} == {entry for entry, *_ in TAKEN}


def test_what_a_wildcard_takes_in_unlisted_is_all_never_granted():
    assert all(never_granted(verb, group=each.group, resource=each.name) for each in UNLISTED for verb in each.verbs)


@pytest.mark.parametrize("role", ["view", "edit", "admin", "cluster-admin"])
def test_of_a_stock_role_everything_served_stays_but_what_is_never_granted(role):
    left = subtract_never(ROLES[role], DISCOVERY).rules
    for each in DISCOVERY.resources:
        for verb in each.verbs:
            asked = Attributes(verb, each.group, each.name, "some")
            forbidden = never_granted(verb, group=each.group, resource=each.name)
            assert allows(left, asked) is (allows(ROLES[role], asked) and not forbidden), asked


def test_view_is_granted_whole():
    left = subtract_never(ROLES["view"], DISCOVERY)
    assert (left.rules, left.removed) == (canonical(ROLES["view"]), ())


def test_of_admin_the_ways_to_stay_are_taken_out():
    assert subtract_never(ROLES["admin"], DISCOVERY).removed == (
        Removed(
            "impersonate",
            "impersonate serviceaccounts",
            "its holder acts with the rights of others, and in their name",
        ),
        Removed(
            "service-account-token",
            "create serviceaccounts/token",
            "a token goes on working after the grant has ended",
        ),
        Removed(
            "rbac",
            f"change rolebindings, roles ({RBAC})",
            "a binding of its holder's own making stays when the grant ends",
        ),
    )


def test_of_cluster_admin_the_remainder_is_small_and_says_what_it_lacks():
    left = subtract_never(ROLES["cluster-admin"], DISCOVERY)
    assert len(left.rules) < 50
    assert [f"{each.id}: {each.rule_text}" for each in left.removed] == [
        f"escalate: escalate clusterroles, roles ({RBAC})",
        f"bind: bind clusterroles, roles ({RBAC})",
        "impersonate: impersonate groups, serviceaccounts, users",
        "service-account-token: create serviceaccounts/token",
        f"certificate-approval: change {CSR}/approval, {CSR}/status ({CERTIFICATES})",
        f"certificate-signing: approve, attest, sign signers ({CERTIFICATES})",
        f"rbac: change clusterrolebindings, clusterroles, rolebindings, roles ({RBAC})",
        (
            "admission: change mutatingadmissionpolicies, mutatingadmissionpolicybindings, mutatingwebhookconfigurations, "
            "validatingadmissionpolicies, validatingadmissionpolicies/status, validatingadmissionpolicybindings, "
            f"validatingwebhookconfigurations ({ADMISSION})"
        ),
        f"custom-resource-definitions: change customresourcedefinitions, customresourcedefinitions/status ({CRDS})",
        "api-services: change apiservices, apiservices/status (apiregistration.k8s.io)",
    ]


def test_the_docs_name_every_entry():
    page = (Path(__file__).parents[3] / "docs" / "never-granted.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE) == [each.id for each in NEVER]
