"""A call with `dryRun` passes like any other, and nothing comes of it."""

import pytest

from gitops_breakglass.core.use.events import parse_event


def event(uri):
    return {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "stage": "ResponseComplete",
        "auditID": "1",
        "verb": "create",
        "user": {"username": "alice@example.com"},
        "requestURI": uri,
        "objectRef": {"resource": "configmaps", "namespace": "shop", "name": "notes", "apiVersion": "v1"},
        "responseStatus": {"code": 201},
        "requestReceivedTimestamp": "2026-03-10T09:00:00.000000Z",
        "stageTimestamp": "2026-03-10T09:00:00.100000Z",
    }


@pytest.mark.parametrize(
    ("query", "dry"),
    [
        ("", False),
        ("?dryRun=All", True),
        ("?fieldManager=kubectl-create&dryRun=All", True),
        ("?fieldManager=dryRun", False),
    ],
)
def test_a_call_that_was_only_tried_is_known_by_its_address(query, dry):
    assert parse_event(event(f"/api/v1/namespaces/shop/configmaps{query}")).is_dry is dry
