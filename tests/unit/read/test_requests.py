from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.core.read.breakglass import read_breakglass
from gitops_breakglass.core.read.request_path import agrees, read_path
from gitops_breakglass.core.read.session import read_session
from gitops_breakglass.model.finding import Severity
from gitops_breakglass.model.request import (
    BreakglassRequest,
    NamespaceRules,
    RequestId,
    Schedule,
    SessionRequest,
    Subject,
)
from gitops_breakglass.model.rules import PolicyRule
from tests.unit.read.documents import document, rules_of

ID = RequestId("prod", "inc-1")


def session(spec):
    return document(f"{{kind: BreakglassSession, metadata: {{name: inc-1}}, spec: {spec}}}", ID.path)


def breakglass(spec):
    return document(f"{{kind: Breakglass, metadata: {{name: inc-1}}, spec: {spec}}}", ID.path)


def test_the_short_form_of_a_session():
    asked = session("{escalation: shell, maxValidFor: 1h, requestReason: why}")
    assert read_session(asked, ID).value == SessionRequest(
        id=ID, document=asked, escalation="shell", duration=timedelta(hours=1), reason="why"
    )


def test_upstreams_form_of_a_session():
    asked = session(
        "{cluster: prod, user: alice@example.com, grantedGroup: g, scheduledStartTime: '2026-12-01T09:00:00+01:00'}"
    )
    assert read_session(asked, ID).value == SessionRequest(
        id=ID,
        document=asked,
        granted_group="g",
        user="alice@example.com",
        scheduled_start=datetime(2026, 12, 1, 8, tzinfo=UTC),
    )


def test_a_session_may_say_where_its_requester_signs_in_and_how_long_its_resource_stays():
    value = read_session(
        session("{escalation: shell, identityProviderName: a, identityProviderIssuer: 'https://b', retainFor: 1d}"), ID
    ).value
    assert (value.identity_provider, value.issuer, value.retain_for) == ("a", "https://b", timedelta(days=1))


def test_a_session_may_name_deny_policies_that_hold_for_it():
    read = read_session(session("{escalation: shell, denyPolicyRefs: [x, y]}"), ID)
    assert (read.value.deny_refs, read.findings) == (("x", "y"), ())
    assert read_session(session("{escalation: shell, denyPolicyRefs: []}"), ID).value.deny_refs == ()


def test_copies_of_the_escalation_in_a_session_are_told_and_pass():
    read = read_session(session("{escalation: shell, idleTimeout: 5m, approvalReasonConfig: {mandatory: true}}"), ID)
    assert read.value is not None
    assert {finding.severity for finding in read.findings} == {Severity.WARNING}


def test_a_breakglass_in_full():
    asked = breakglass(
        "{justification: why, ticketID: T-1, clusterRoles: [view, admin, view],"
        " approval: {required: false, approvers: [a@example.com]},"
        " subjects: [{kind: User, name: alice, apiGroup: rbac.authorization.k8s.io}],"
        " policy: [{namespace: shop, rules: [{apiGroups: [apps], resources: [b, a, a], verbs: [list, get]}]}],"
        " schedule: {duration: 8h, cron: '0 9 * * 1-5', location: Europe/Berlin, maxActivations: 10,"
        " start: '2026-01-01T00:00:00Z', end: '2026-12-31T23:59:59Z'}}"
    )
    assert read_breakglass(asked, ID).value == BreakglassRequest(
        id=ID,
        document=asked,
        schedule=Schedule(
            duration=timedelta(hours=8),
            start=datetime(2026, 1, 1, tzinfo=UTC),
            end=datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC),
            cron="0 9 * * 1-5",
            location="Europe/Berlin",
            max_activations=10,
        ),
        cluster_roles=("view", "admin"),
        policy=(NamespaceRules("shop", (PolicyRule(("get", "list"), ("apps",), ("a", "b")),)),),
        subjects=(Subject("User", "alice"),),
        approval_required=False,
        approvers=("a@example.com",),
        justification="why",
        ticket="T-1",
    )


@pytest.mark.parametrize(
    "approval", ["", "approval: {},", "approval: {required: true},", "approval: {required: null},"]
)
def test_approval_is_needed_unless_it_plainly_says_no(approval):
    asked = breakglass(f"{{{approval} clusterRoles: [view], schedule: {{duration: 1h}}}}")
    assert read_breakglass(asked, ID).value.approval_required is True


def test_a_breakglass_without_a_duration_has_none():
    assert read_breakglass(breakglass("{clusterRoles: [view], schedule: {}}"), ID).value.schedule.duration is None


@pytest.mark.parametrize(
    "path",
    [
        "requests/prod/inc-1.yml",
        "requests/prod/inc-1.yaml\n",
        "requests/prod/../x.yaml",
        "requests//inc-1.yaml",
        "requests/prod/.yaml",
        "requests/prod/-a.yaml",
        "requests/prod/a-.yaml",
        "requests/prod/a.b.yaml",
        "requests/pröd/a.yaml",
        "requests/prod/\u0430.yaml",
        "requests/prod/a::error::.yaml",
        f"requests/prod/{'a' * 53}.yaml",
        f"requests/{'a' * 64}/a.yaml",
        "requests/policy/a.yaml",
        "Requests/prod/a.yaml",
        "x/requests/prod/a.yaml",
    ],
)
def test_a_path_that_no_request_can_have(path):
    read = read_path(path)
    assert (read.value, rules_of(read.findings)) == (None, ["request-path"])


@given(st.text(max_size=80))
def test_a_path_that_is_read_is_the_path_of_its_request(text):
    for path in (text, f"requests/prod/{text}", f"requests/{text}/a.yaml"):
        read = read_path(path)
        assert read.value is None or (read.value.path == path and path.isascii())


def test_a_file_and_its_request_have_one_name_and_one_cluster():
    assert agrees(session("{cluster: prod}"), ID) == ()
    told = agrees(document("{metadata: {name: inc-2}, spec: {cluster: staging}}", ID.path), ID)
    assert [finding.message for finding in told] == [
        "the file is called inc-1, the request inc-2",
        "the file is for cluster prod, the request for staging",
    ]


@pytest.mark.parametrize("field", ["cluster", "clusterConfigRef"])
def test_a_session_calls_its_cluster_as_its_folder_does(field):
    assert agrees(session(f"{{escalation: shell, {field}: prod}}"), ID) == ()
    assert rules_of(agrees(session(f"{{escalation: shell, {field}: edge}}"), ID)) == ["request-path"]
