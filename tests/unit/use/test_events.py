"""What an event of the API server's audit log is taken to say."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.core.use.events import parse_event, parse_line, parse_reason, unquote
from gitops_breakglass.model.kube import RBAC, ObjectKey
from gitops_breakglass.model.request import Subject
from gitops_breakglass.model.use import Allowance, Call, Stage, Target, Unreadable

RECEIVED = datetime(2026, 11, 23, 2, 18, 17, 510453, tzinfo=UTC)
BOUND = 'RBAC: allowed by RoleBinding "bg-a-1/shop" of Role "bg-a-1" to User "alice@example.com"'

EXEC: dict[str, Any] = {
    "kind": "Event",
    "apiVersion": "audit.k8s.io/v1",
    "level": "Metadata",
    "auditID": "09d3e261-d265-44e8-aa59-bdf02dd9bb71",
    "stage": "ResponseStarted",
    "requestURI": "/api/v1/namespaces/shop/pods/web-0/exec?container=main&command=id",
    "verb": "get",
    "user": {"username": "alice@example.com", "groups": ["system:authenticated"]},
    "sourceIPs": ["127.0.0.1"],
    "objectRef": {
        "resource": "pods",
        "namespace": "shop",
        "name": "web-0",
        "apiVersion": "v1",
        "subresource": "exec",
    },
    "responseStatus": {"metadata": {}, "code": 101},
    "requestReceivedTimestamp": "2026-11-23T02:18:17.510453Z",
    "stageTimestamp": "2026-11-23T02:18:17.520680Z",
    "annotations": {"authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": BOUND},
}
"""As kube-apiserver 1.36 writes one."""


def test_an_event_becomes_a_call() -> None:
    assert parse_line(json.dumps(EXEC)) == Call(
        audit_id="09d3e261-d265-44e8-aa59-bdf02dd9bb71",
        stage=Stage.STARTED,
        user="alice@example.com",
        by="",
        target=Target("get", "", "pods", "exec", "shop", "web-0"),
        received=RECEIVED,
        at=datetime(2026, 11, 23, 2, 18, 17, 520680, tzinfo=UTC),
        allowed=True,
        code=101,
        via=Allowance(
            ObjectKey(RBAC, "RoleBinding", "shop", "bg-a-1"), "Role", "bg-a-1", Subject("User", "alice@example.com")
        ),
    )


def test_what_is_no_resource_is_its_path_without_the_question() -> None:
    event = {key: value for key, value in EXEC.items() if key != "objectRef"} | {"requestURI": "/metrics?a=b"}
    call = parse_event(event)
    assert isinstance(call, Call)
    assert call.target == Target("get", url="/metrics")
    assert str(call.target) == "get /metrics"


def test_who_is_impersonated_made_the_call_and_who_sent_it_is_kept() -> None:
    call = parse_event(EXEC | {"impersonatedUser": {"username": "carl"}})
    assert isinstance(call, Call)
    assert (call.user, call.by) == ("carl", "alice@example.com")


@pytest.mark.parametrize(
    ("code", "message", "refused"),
    [
        (200, "", False),
        (404, 'pods "a" not found', False),
        (422, 'Pod "denied-request" is invalid', False),
        (403, "exceeded quota", True),
        (422, "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no", True),
        (400, 'admission webhook "w" denied the request: no', True),
    ],
)
def test_a_call_that_admission_refused_is_told_from_one_that_failed(code: int, message: str, *, refused: bool) -> None:
    call = parse_event(EXEC | {"stage": "ResponseComplete", "responseStatus": {"code": code, "message": message}})
    assert isinstance(call, Call)
    assert (call.allowed, call.refused) == (True, refused)


def test_a_call_that_the_authorizer_refused_was_allowed_by_nothing() -> None:
    # A reason is believed of a call that was allowed only.
    annotations = {"authorization.k8s.io/decision": "forbid", "authorization.k8s.io/reason": BOUND}
    call = parse_event(EXEC | {"annotations": annotations, "responseStatus": {"code": 403}})
    assert isinstance(call, Call)
    assert (call.allowed, call.refused, call.via) == (False, False, None)


def test_the_stage_before_any_decision_says_nothing() -> None:
    assert parse_event(EXEC | {"stage": "RequestReceived"}) is None


@pytest.mark.parametrize("code", [400, 401])
def test_whoever_was_turned_away_before_they_signed_in_used_nothing(code: int) -> None:
    event = {**EXEC, "user": {}, "annotations": {}, "responseStatus": {"code": code}}
    assert parse_event(event) is None
    # What was let pass was somebody's.
    assert isinstance(parse_event(EXEC | {"user": {}}), Unreadable)


def test_an_object_whose_name_the_server_made_up_is_known_by_the_answer() -> None:
    made = {"metadata": {"name": "made-x1", "uid": "u-1"}}
    reference = {"resource": "configmaps", "namespace": "shop", "apiVersion": "v1"}
    call = parse_event(
        EXEC | {"verb": "create", "objectRef": reference, "responseStatus": {"code": 201}, "responseObject": made}
    )
    assert isinstance(call, Call)
    assert (call.target.name, call.made) == ("made-x1", "u-1")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "it is no JSON"),
        ("[" * 100_000, "it is no JSON"),
        ("[]", "it is no audit event"),
        ('{"kind": "EventList"}', "it is no audit event"),
        (json.dumps(EXEC | {"apiVersion": "audit.k8s.io/v1beta1"}), "its apiVersion is not audit.k8s.io/v1"),
        (json.dumps(EXEC | {"stage": "Later"}), "its stage or one of its times can't be read"),
        (json.dumps(EXEC | {"stage": ["Panic"]}), "its stage or one of its times can't be read"),
        (json.dumps(EXEC | {"stageTimestamp": "soon"}), "its stage or one of its times can't be read"),
        (json.dumps(EXEC | {"user": "alice"}), "it doesn't say who called, what for, or under which id"),
    ],
)
def test_what_is_no_event_is_told(line: str, why: str) -> None:
    assert parse_line(line) == Unreadable(why)


def test_both_kinds_of_bindings_are_read() -> None:
    reason = 'RBAC: allowed by ClusterRoleBinding "bg-b" of ClusterRole "bg:r" to ServiceAccount "robot/ci"'
    assert parse_reason(reason) == Allowance(
        ObjectKey(RBAC, "ClusterRoleBinding", "", "bg-b"),
        "ClusterRole",
        "bg:r",
        Subject("ServiceAccount", "robot", "ci"),
    )
    mixed = 'RBAC: allowed by RoleBinding "bg-b/shop" of ClusterRole "view" to Group "team \\"a\\"\\n"'
    assert parse_reason(mixed) == Allowance(
        ObjectKey(RBAC, "RoleBinding", "shop", "bg-b"), "ClusterRole", "view", Subject("Group", 'team "a"\n')
    )


@pytest.mark.parametrize(
    "reason",
    [
        "",
        "allowed by webhook",
        f"{BOUND}\n",
        f"webhook: {BOUND}",
        f"{BOUND} and more",
        'RBAC: allowed by RoleBinding "bg-a-1" of Role "bg-a-1" to User "alice"',
        'RBAC: allowed by RoleBinding "/shop" of Role "bg-a-1" to User "alice"',
        'RBAC: allowed by ClusterRoleBinding "bg-a-1" of Role "bg-a-1" to User "alice"',
        'RBAC: allowed by ClusterRoleBinding "bg-a-1" of ClusterRole "r" to Nobody "alice"',
        'RBAC: allowed by ClusterRoleBinding "bg-\\q" of ClusterRole "r" to User "alice"',
        'RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "r" to User "\\xff"',
        'RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "r" to User "\\ud800"',
    ],
)
def test_what_is_not_as_a_whole_the_sentence_of_rbac_names_no_binding(reason: str) -> None:
    assert parse_reason(reason) is None


def go_quoted(text: str) -> str:
    """Quote as Go's %q does, in the parts that matter: quotes, backslashes, and what can't be printed."""
    short = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}
    short |= {"\\": "\\\\", '"': '\\"'}

    def one(char: str) -> str:
        if char in short:
            return short[char]
        if char.isprintable():
            return char
        number = ord(char)
        if number < 0x80:
            return f"\\x{number:02x}"
        return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"

    return f'"{"".join(one(char) for char in text)}"'


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1) | st.just(f'x" to User "y"\n{BOUND}')


@given(user=NAMES, binding=NAMES.filter(lambda name: "/" not in name), role=NAMES)
def test_no_name_passes_itself_off_as_another(user: str, binding: str, role: str) -> None:
    words = [go_quoted(f"{binding}/shop"), go_quoted(role), go_quoted(user)]
    assert parse_reason("RBAC: allowed by RoleBinding {} of Role {} to User {}".format(*words)) == Allowance(
        ObjectKey(RBAC, "RoleBinding", "shop", binding), "Role", role, Subject("User", user)
    )


@given(st.text())
def test_any_text_is_unquoted_or_refused(text: str) -> None:
    assert unquote(text) is None or isinstance(unquote(text), str)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(EXEC)), JSON))
def test_an_event_may_hold_anything(changed: dict[str, Any]) -> None:
    assert isinstance(parse_event(EXEC | changed), Call | Unreadable | None)
