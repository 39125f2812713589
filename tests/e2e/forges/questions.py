"""What is asked of GitHub about one request, and what a run comes to that gets no good answer."""

from tests.e2e.forges.attacks import code, names

PULL, ISSUE = "/repos/acme/access/pulls/1", "/repos/acme/access/issues/1"
ASKED = {
    "candidates": "GET /repos/acme/access/commits/*/pulls*",
    "pull": f"GET {PULL}",
    "events": f"GET {ISSUE}/events*",
    "reviews": f"GET {PULL}/reviews*",
    "commits": f"GET {PULL}/commits*",
    "edits": "POST /graphql",
    "pushes": "GET /repos/acme/access/activity*",
    "comments": f"GET {ISSUE}/comments*",
}
"""What is asked of one pull request; each is needed."""


def knows_nothing(stage, *, exit_code=7):
    """One run that grants nothing, and a second one without the fault that does."""
    report = stage.reconcile()
    assert (code(report), stage.live()) == (exit_code, []), report
    stage.world.faults.planned.clear()
    stage.reconcile()
    assert names(stage) == {"inc-1"}
    return report
