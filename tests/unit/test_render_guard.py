"""What a grant's denies become on its cluster."""

from datetime import UTC, datetime, timedelta

import pytest

from gitops_breakglass.core.names import grant_name
from gitops_breakglass.core.render.guard import render_guard
from gitops_breakglass.model.deny import LabelExpression, NamespaceFilter, Operator, SelectorTerm
from gitops_breakglass.model.enforcement import GuardRule
from gitops_breakglass.model.grant import Statement
from gitops_breakglass.model.request import RequestId, Subject
from gitops_breakglass.model.window import Window

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
WINDOW = Window(NOW, NOW + timedelta(hours=1))
ALICE = Subject("User", "alice@example.com")
RULE = GuardRule(
    "protect-critical",
    ("delete", "patch"),
    ("",),
    ("secrets",),
    ("",),
    places=("shop",),
    names=("db-*", "tls"),
    namespaces=NamespaceFilter(
        ("sh?p",), (SelectorTerm((("tier", "gold"),), (LabelExpression("a", Operator.NOT_IN, ("b",)),)),)
    ),
    except_names=("shop/db-copy",),
    reason="ask the\nowners",
)


def a_statement(subject=ALICE):
    return Statement(
        repository="acme/access",
        cluster="prod",
        cluster_uid="u",
        request=RequestId("prod", "inc-1"),
        kind="BreakglassSession",
        uid="1" * 32,
        path="requests/prod/inc-1.yaml",
        blob="b",
        landing="c",
        decided_at=NOW,
        outcome="granted",
        subject=subject,
        windows=(WINDOW,),
    )


def test_denies_are_written_with_the_marks_of_their_grant():
    assert render_guard(a_statement(), WINDOW, [RULE], "d" * 64) == {
        "apiVersion": "access.gitops-breakglass.dev/v1alpha1",
        "kind": "GuardParameters",
        "metadata": {
            "name": grant_name(RequestId("prod", "inc-1"), "1" * 32, "", NOW),
            "namespace": "gitops-breakglass",
            "labels": {"app.kubernetes.io/managed-by": "gitops-breakglass", "gitops-breakglass.dev/request": "1" * 32},
            "annotations": {
                "gitops-breakglass.dev/expires-at": "2026-11-22T10:00:00Z",
                "gitops-breakglass.dev/decision": "d" * 64,
                "gitops-breakglass.dev/path": "requests/prod/inc-1.yaml",
            },
        },
        "spec": {
            "subject": {"kind": "User", "name": "alice@example.com"},
            "rules": [
                {
                    "policy": "protect-critical",
                    "reason": "ask the owners",
                    "verbs": ["delete", "patch"],
                    "apiGroups": [""],
                    "resources": ["secrets"],
                    "subresources": [""],
                    "places": ["shop"],
                    "names": ["db-*", "tls"],
                    "namePattern": "^db-[^/]*$|^tls$",
                    "namespaces": {
                        "patterns": ["sh?p"],
                        "pattern": "^sh[^/]p$",
                        "terms": [
                            {
                                "labels": {"tier": "gold"},
                                "expressions": [{"key": "a", "operator": "NotIn", "values": ["b"]}],
                            }
                        ],
                    },
                    "exceptNames": ["shop/db-copy"],
                }
            ],
        },
    }


@pytest.mark.parametrize(
    "subject, name",
    [
        (Subject("Group", "sre"), {"kind": "Group", "name": "sre"}),
        (Subject("ServiceAccount", "bot", "ci"), {"kind": "User", "name": "system:serviceaccount:ci:bot"}),
    ],
)
def test_a_subject_is_written_as_its_calls_have_it(subject, name):
    assert render_guard(a_statement(subject), WINDOW, [RULE], "d")["spec"]["subject"] == name


def test_where_nothing_is_denied_nothing_is_written():
    assert render_guard(a_statement(), WINDOW, [], "d") is None
    assert render_guard(a_statement(subject=None), WINDOW, [RULE], "d") is None
