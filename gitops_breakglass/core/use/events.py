"""Reads events of `audit.k8s.io/v1`: what a call asked for, and by which binding RBAC says that it let it pass."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from gitops_breakglass.core.record_parts import mapping_of, text_of
from gitops_breakglass.model.kube import RBAC, ObjectKey
from gitops_breakglass.model.request import Subject
from gitops_breakglass.model.use import Allowance, Call, Stage, Target, Unreadable
from gitops_breakglass.model.window import parse_time

API = "audit.k8s.io/v1"
DECISION = "authorization.k8s.io/decision"
REASON = "authorization.k8s.io/reason"

_QUOTED = r'"((?:[^"\\\n]|\\[^\n])*)"'
# Kubernetes writes names with Go's %q, so no name can pretend to be the words between them.
_ALLOWED = re.compile(
    rf"RBAC: allowed by (ClusterRoleBinding|RoleBinding) {_QUOTED} of (ClusterRole|Role) {_QUOTED} "
    rf"to (User|Group|ServiceAccount) {_QUOTED}"
)
_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))")
_SINGLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"'}
_DENIED = re.compile(r"\bdenied (?:the )?request\b")
_FORBIDDEN = 403
_ERROR = 400


def parse_line(line: bytes | str) -> Call | Unreadable | None:
    """Read one line of a log; None where it tells nothing of use."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return Unreadable("it is no JSON")
    return parse_event(data)


def parse_event(data: object) -> Call | Unreadable | None:
    """Read one event. None where nothing was decided: by its stage, or since nobody had signed in; what is no event is Unreadable."""
    if not isinstance(data, Mapping) or data.get("kind") != "Event":
        return Unreadable("it is no audit event")
    if data.get("apiVersion") != API:
        return Unreadable(f"its apiVersion is not {API}")
    if data.get("stage") == "RequestReceived":
        return None
    try:
        stage = Stage(data.get("stage", ""))
        received = parse_time(text_of(data.get("requestReceivedTimestamp")))
        at = parse_time(text_of(data.get("stageTimestamp")))
    except ValueError:
        return Unreadable("its stage or one of its times can't be read")
    sender = text_of(mapping_of(data.get("user")).get("username"))
    impersonated = text_of(mapping_of(data.get("impersonatedUser")).get("username"))
    audit_id, verb = text_of(data.get("auditID")), text_of(data.get("verb"))
    annotations, answer = mapping_of(data.get("annotations")), mapping_of(data.get("responseStatus"))
    allowed = annotations.get(DECISION) == "allow"
    if not (sender or allowed) and isinstance(data.get("user"), Mapping):
        # Turned away before the API server knew who called, for a bad token, say.
        return None
    if not (audit_id and verb and sender):
        return Unreadable("it doesn't say who called, what for, or under which id")
    code = answer.get("code")
    code = code if type(code) is int else 0
    return Call(
        audit_id=audit_id,
        stage=stage,
        user=impersonated or sender,
        by=sender if impersonated else "",
        target=_target(data, verb),
        received=received,
        at=at,
        allowed=allowed,
        code=code,
        refused=allowed and _is_refusal(code, text_of(answer.get("message"))),
        via=parse_reason(text_of(annotations.get(REASON))) if allowed else None,
        made=text_of(_answered(data).get("uid")) if verb == "create" and code < _ERROR else "",
        is_dry="dryRun" in parse_qs(text_of(data.get("requestURI")).partition("?")[2], keep_blank_values=True),
    )


def parse_reason(reason: str) -> Allowance | None:
    """Return the binding that an authorizer's reason names, or None where it is not, as a whole, RBAC's sentence."""
    match = _ALLOWED.fullmatch(reason)
    if match is None:
        return None
    kind, binding, role_kind, role, who, subject = match.groups()
    namespace = ""
    named = [unquote(each) for each in (binding, role, subject)]
    if any(each is None for each in named):
        return None
    binding, role, subject = (each or "" for each in named)
    if kind == "RoleBinding":
        # `NAME/NAMESPACE`; neither may contain a slash.
        binding, slash, namespace = binding.rpartition("/")
        if not (slash and binding and namespace):
            return None
    elif role_kind == "Role":
        return None
    place = ""
    if who == "ServiceAccount":
        # Here it is `NAME/NAMESPACE` again.
        subject, _, place = subject.rpartition("/")
    return Allowance(ObjectKey(RBAC, kind, namespace, binding), role_kind, role, Subject(who, subject, namespace=place))


def unquote(text: str) -> str | None:
    r"""Undo Go's `%q` of what stands between the quotes: `\"`, `\n`, `\u00e9`, `\x00`; None where it is not of that form."""
    wrong = False

    def plain(match: re.Match[str]) -> str:
        nonlocal wrong
        byte, short, long, single = match.groups()
        if single is None:
            number = int(byte or short or long, 16)
            # A lone byte is no text: no name that RBAC knows has one.
            wrong = wrong or number > 0x10FFFF or 0xD800 <= number <= 0xDFFF or (byte is not None and number > 0x7F)
            return "" if wrong else chr(number)
        wrong = wrong or single not in _SINGLE
        return _SINGLE.get(single, "")

    done = _ESCAPE.sub(plain, text)
    return None if wrong else done


def _target(data: Mapping[str, Any], verb: str) -> Target:
    found = mapping_of(data.get("objectRef"))
    if not text_of(found.get("resource")):
        return Target(verb, url=text_of(data.get("requestURI")).partition("?")[0])
    group, resource, subresource, namespace, name = (
        text_of(found.get(each)) for each in ("apiGroup", "resource", "subresource", "namespace", "name")
    )
    if not name and verb == "create":
        # Of an object whose name the server made up only the answer has it, where the policy keeps answers.
        name = text_of(_answered(data).get("name"))
    return Target(verb, group, resource, subresource, namespace, name)


def _answered(data: Mapping[str, Any]) -> Mapping[str, Any]:
    return mapping_of(mapping_of(data.get("responseObject")).get("metadata"))


def _is_refusal(code: int, message: str) -> bool:
    """Whether what came after the authorizer refused: policies of admission may answer with other codes than 403."""
    return code == _FORBIDDEN or (code >= _ERROR and _DENIED.search(message) is not None)
