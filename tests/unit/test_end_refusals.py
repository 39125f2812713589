"""What is said of an end that nothing refuses and a finalizer holds, and of what an API server's refusals say."""

import pytest

from gitops_breakglass.adapters.cluster.errors import problem_of
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.flows.ends.end import end
from gitops_breakglass.model.errors import RefusedBy, Refuser
from gitops_breakglass.model.kube import MANAGED_BY, MANAGER, RBAC, REQUEST, LiveObject, key_of
from gitops_breakglass.model.outcome import ClusterReport, Failed
from gitops_breakglass.model.plan import Delete
from gitops_breakglass.ports import ClusterState
from gitops_breakglass.report.sweeper_events import as_json_line, as_text_line, events_of
from tests.unit.lookout_stage import START

BINDING = {
    "apiVersion": RBAC,
    "kind": "ClusterRoleBinding",
    "metadata": {
        "name": "bg-held",
        "labels": {MANAGED_BY: MANAGER, REQUEST: "1" * 32},
        "finalizers": ["example.com/audit"],
    },
    "roleRef": {"kind": "ClusterRole", "name": "view"},
}
LIVE = LiveObject(key_of(BINDING), "u", BINDING)


class Held:
    """A cluster on which somebody puts the finalizer back as soon as it was taken away."""

    name = "prod"

    def read(self):
        return ClusterState(START, "uid", (LIVE,))

    def get(self, key):
        return LIVE

    def delete(self, live):
        pass

    def strip_finalizers(self, live):
        pass


def test_what_a_finalizer_keeps_is_told_with_the_finalizer():
    (failed,) = end(Held(), ThreadPool(2), [Delete(LIVE, "1" * 32, "its window ended")])
    assert isinstance(failed, Failed)
    assert (failed.by, failed.still_grants) == (RefusedBy(Refuser.FINALIZER, "example.com/audit"), True)
    (event,) = events_of(ClusterReport("prod", at=START, outcomes=(failed,)))
    assert as_text_line(event) == (
        "2026-11-22T05:00:00Z failed ClusterRoleBinding bg-held: ACCESS MAY STILL HOLD: the finalizer example.com/audit"
        " keeps it: it is still there after it was deleted (something holds it: look at its finalizers; the next run tries"
        " again)"
    )
    assert '"refuser": "finalizer", "refuserName": "example.com/audit"' in as_json_line(event)


@pytest.mark.parametrize(
    "status, message, by",
    [
        (403, 'admission webhook "a.example.com" denied the request: no', RefusedBy(Refuser.WEBHOOK, "a.example.com")),
        (
            500,
            'Internal error occurred: failed calling webhook "b.example.com": failed to call webhook: Post "https://x": EOF',
            RefusedBy(Refuser.WEBHOOK, "b.example.com"),
        ),
        (
            422,
            "roles \"x\" is forbidden: ValidatingAdmissionPolicy 'c' with binding 'd' denied request: no",
            RefusedBy(Refuser.POLICY, "c"),
        ),
        (
            403,
            'roles "x" is forbidden: unable to create new content in namespace shop because it is being terminated',
            RefusedBy(Refuser.NAMESPACE, "shop"),
        ),
        (403, 'roles "x" is forbidden: User "s" cannot delete resource "roles"', RefusedBy(Refuser.PERMISSION)),
        (401, "Unauthorized", RefusedBy(Refuser.CREDENTIALS)),
        (422, 'Role "x" is invalid: rules: Required value', None),
    ],
)
def test_who_refused_is_read_from_the_answer(status, message, by):
    assert problem_of(status, {"message": message}, "prod: delete Role x").by == by


def test_words_of_others_stay_in_their_line():
    failed = Failed(LIVE.key, "1" * 32, "prod: \x1b[31m::error::\n gone", still_grants=True)
    (event,) = events_of(ClusterReport("prod", outcomes=(failed,)))
    assert "\n" not in as_text_line(event) + as_json_line(event)
    assert "\x1b" not in as_text_line(event) + as_json_line(event)
