"""A rule of the scope Cluster is about what is asked of all namespaces at once, or of none."""

import pytest

from tests.unit.deny.asked import policy, said

RULE = "{verbs: [get, list], apiGroups: [''], resources: [secrets, nodes], scope: SCOPE}"
EVERYWHERE = policy(f"{{rules: [{RULE.replace('SCOPE', 'Cluster')}]}}")
ANYWHERE = policy(f"{{rules: [{RULE.replace('SCOPE', repr('*'))}]}}")


@pytest.mark.parametrize(
    "words, expected",
    [
        ("list secrets", "deny"),
        ("get nodes/node-1", "deny"),
        ("list secrets in shop", "no-match"),
        ("get secrets/db in shop", "no-match"),
        ("watch secrets", "no-match"),
    ],
)
def test_only_a_request_without_a_namespace_is_denied(words, expected):
    assert said(EVERYWHERE, words).answer == expected


@pytest.mark.parametrize("words", ["list secrets", "list secrets in shop"])
def test_without_a_scope_a_rule_is_about_every_namespace(words):
    assert said(ANYWHERE, words).answer == "deny"
