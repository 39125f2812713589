"""What an approver was shown, as a digest, and the comment that it is found in again."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gitops_breakglass.core.authorize.shown import digests_of, show
from gitops_breakglass.core.comment import MARKER, digests_in, head_of, is_gate_comment
from gitops_breakglass.core.digest import request_digest
from gitops_breakglass.core.rbac.algebra import rule
from gitops_breakglass.model.deny import DenyPolicy, DenyRule, PodOverride
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.policy import ClusterRole, Rbac
from gitops_breakglass.model.request import RequestId, Subject
from tests.unit.authorize.world import BLOB, NOW, breakglass, change, escalation, offer, policy, session

ALICE = Subject("User", "alice@example.com")
PODS = ScopedRules("shop", (rule(["get", "list"], ["pods"]),), "ClusterRole viewer")
USUAL = {
    "repository": "1",
    "request": RequestId("prod", "inc-1"),
    "blob": BLOB,
    "subject": ALICE,
    "source": "escalation/shell",
    "duration": timedelta(hours=1),
    "start": None,
    "scopes": (PODS,),
}


def test_the_digest_is_over_text_that_anybody_can_write_down():
    text = (
        f'{{"blob":"{BLOB}","duration":"1h","path":"requests/prod/inc-1.yaml","repository":"1",'
        '"scopes":[{"namespace":"shop","rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["get","list"]}]}],'
        '"source":"escalation/shell","start":null,'
        '"subject":{"kind":"User","name":"alice@example.com","namespace":""},"version":1}'
    )
    assert request_digest(**USUAL) == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    "other",
    [
        {"repository": "2"},
        {"request": RequestId("prod", "inc-2")},
        {"request": RequestId("edge", "inc-1")},
        {"blob": "c" * 40},
        {"subject": Subject("User", "ben@example.com")},
        {"source": "escalation/admin"},
        {"duration": timedelta(hours=2)},
        {"start": datetime(2026, 3, 10, tzinfo=UTC)},
        {"scopes": ()},
        {"scopes": (replace(PODS, namespace=""),)},
        {"scopes": (replace(PODS, rules=(rule(["get", "list", "watch"], ["pods"]),)),)},
        {"scopes": (PODS, replace(PODS, namespace="bank"))},
    ],
    ids=lambda other: next(iter(other)),
)
def test_whatever_an_approver_decides_on_is_part_of_it(other):
    assert request_digest(**{**USUAL, **other}) != request_digest(**USUAL)


def test_how_the_rules_are_written_down_and_where_from_is_not():
    split = (rule(["get"], ["pods"]), rule(["list"], ["pods"]))
    again = (replace(PODS, rules=split, source="ClusterRole viewer, ClusterRole lister"),)
    assert request_digest(**{**USUAL, "scopes": again}) == request_digest(**USUAL)


def test_another_commit_of_the_policy_side_that_gives_the_same_shows_the_same():
    here, later = (
        replace(policy(commit=each * 40), rbac=Rbac((ClusterRole("pod-exec", PODS.rules),))) for each in "pq"
    )
    wider = replace(later, rbac=Rbac((ClusterRole("pod-exec", (rule(["*"], ["*"], groups=["*"]),)),)))
    longer = replace(here, escalations=(escalation(max_valid_for=timedelta(hours=4)),))
    asked = session()
    assert len(digests_of((here, later), asked, "alice", ALICE, BLOB, NOW)) == 1
    assert len(digests_of((here, wider), asked, "alice", ALICE, BLOB, NOW)) == 2
    assert len(digests_of((here, longer), asked, "alice", ALICE, BLOB, NOW)) == 1
    assert len(digests_of((here, longer), session(duration=None), "alice", ALICE, BLOB, NOW)) == 2


def test_what_is_shown_of_a_proposed_change_is_what_the_decision_finds_again():
    side = policy(offers=(offer(),))
    for request in (session(), breakglass()):
        shown = show(change(), request, side, NOW)
        assert (shown.author, shown.subject, shown.duration, shown.start) == ("alice", ALICE, timedelta(hours=1), None)
        assert digests_of((side,), request, "alice", ALICE, BLOB, NOW) == (shown.digest,)


@pytest.mark.parametrize(
    ("proposed", "request_"),
    [
        (change(author=None), session()),
        (change(blob_head=None), session()),
        (change(), session(escalation="gone")),
        (change(), session(user="ben@example.com")),
    ],
)
def test_what_can_come_to_nothing_is_not_shown(proposed, request_):
    assert show(proposed, request_, policy(), NOW) is None


def test_a_comment_is_known_again_with_the_digest_that_it_shows():
    digest = "0123456789abcdef" * 4
    text = f"{head_of(digest)}\n### Verdict\n"
    assert is_gate_comment(text)
    assert digests_in(text) == (digest,)
    assert digests_in(text.replace("\n", "\r\n")) == (digest,)
    assert digests_in(head_of(None)) == ()


FORGED = "<!-- gitops-breakglass:digest sha256:" + "f" * 64 + " -->"


@pytest.mark.parametrize(
    "text",
    [
        "",
        FORGED,
        f"hello\n{MARKER}\n{FORGED}",
        f"> {MARKER}\n{FORGED}",
        f"{MARKER}\n\n{FORGED}",
        f"{MARKER}\n```\n{FORGED}\n```",
        f"{MARKER}\n{FORGED.replace('f' * 64, 'f' * 63)}",
        f"{MARKER}\n{FORGED.replace('f' * 64, 'F' * 64)}",
        f"{MARKER}\n{FORGED} {FORGED}",
    ],
)
def test_a_digest_that_stands_elsewhere_is_not_one_that_was_shown(text):
    assert digests_in(text) == ()


def test_what_deny_policies_take_out_is_shown_wherever_they_stand():
    rule = DenyRule(("get",), ("",), ("secrets",), Location("policies/a.yaml", 7))
    policy = DenyPolicy("no-secrets", Location("policies/a.yaml", 3), rules=(rule,))
    moved = replace(policy, location=Location("b.yaml"), rules=(replace(rule, location=Location("b.yaml", 1)),))
    narrower = replace(policy, rules=(replace(rule, resource_names=("db-*",)),))
    plain, held = request_digest(**USUAL), request_digest(**USUAL, denies=[policy])
    assert request_digest(**USUAL, denies=[moved]) == held
    relaxed = request_digest(**USUAL, denies=[policy], override=PodOverride(max_allowed_score=9))
    assert len({plain, held, relaxed, request_digest(**USUAL, denies=[narrower])}) == 4
