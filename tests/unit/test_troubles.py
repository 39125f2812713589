"""What kind of trouble an API server's answer is, as an outcome has it."""

import pytest

from gitops_breakglass.adapters.cluster.errors import problem_of
from gitops_breakglass.model.kube import ObjectKey
from gitops_breakglass.model.outcome import Failed, Trouble

KEY = ObjectKey("rbac.authorization.k8s.io/v1", "ClusterRole", "", "bg-inc-1")
WEBHOOK = {"message": 'failed calling webhook "no.example.com": no endpoints'}


@pytest.mark.parametrize(
    ("status", "body", "trouble"),
    [
        (401, {}, Trouble.FORBIDDEN),
        (403, {}, Trouble.FORBIDDEN),
        (429, {}, Trouble.TIMED_OUT),
        (500, {}, Trouble.TIMED_OUT),
        (503, {}, Trouble.TIMED_OUT),
        (504, {}, Trouble.TIMED_OUT),
        (500, WEBHOOK, Trouble.OTHER),
        (404, {}, Trouble.OTHER),
        (409, {}, Trouble.OTHER),
        (422, {}, Trouble.OTHER),
    ],
)
def test_what_an_answer_kept_from_being_done_is_told_by_kind(status, body, trouble):
    failed = Failed.of(problem_of(status, body, "prod: create it"), KEY, "1" * 32, ending=True)
    assert (failed.trouble, failed.ending, failed.still_grants) == (trouble, True, False)
