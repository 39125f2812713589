"""What somebody else writes into an upstream resource's status keeps no run from going on."""

import pytest

from tests.e2e.attacks import names, one, writes
from tests.e2e.recurring import OFFER
from tests.e2e.stage import Stage

ONCE = """\
apiVersion: access.cloudnimbus.io/v1alpha1
kind: Breakglass
metadata: {name: once}
spec:
  schedule: {start: "2026-03-10T03:00:00Z", duration: 1h}
  clusterRoles: [pod-exec-access]
"""


@pytest.mark.parametrize("run", ["sweep", "reconcile"])
@pytest.mark.parametrize(
    "conditions",
    [
        ["x", None],
        "x",
        {"type": "Approved"},
        7,
        [{"type": "Approved", "status": "True"}],
        [{"type": "Approved", "status": "True", "lastTransitionTime": 7}],
        [{"type": "Expired", "status": "True", "lastTransitionTime": "1999-01-01T00:00:00Z"}],
    ],
)
def test_conditions_of_any_form_are_written_anew(tmp_path, conditions, run):
    stage = Stage(tmp_path, more=OFFER)
    stage.alice.requests("prod/once", ONCE)
    stage.ben.approves("prod/once")
    stage.world.merge("prod/once")
    stage.reconcile()
    assert names(stage) == {"once"}
    writes(stage, one(stage, "Breakglass"), lambda live: live["status"].update(conditions=conditions))
    stage.passes(hours=1)
    getattr(stage, run)()
    assert names(stage) == set()
    written = one(stage, "Breakglass").manifest["status"]["conditions"]
    assert [(each["type"], each["lastTransitionTime"]) for each in written] == [
        ("Approved", "2026-03-10T03:00:00Z"),
        ("Expired", "2026-03-10T04:00:00Z"),
    ]
