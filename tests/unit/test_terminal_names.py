"""Names of objects, which an API server takes with any character in them, are text to a terminal and nothing else."""

from datetime import UTC, datetime

import pytest

from gitops_breakglass.model.kube import RBAC, LiveObject, ObjectKey
from gitops_breakglass.model.outcome import Applied, ClusterReport, Failed, RunReport, Skipped, Verb
from gitops_breakglass.model.plan import ClusterPlan, Conflict, Create, Delete, Shrink
from gitops_breakglass.model.status import ClusterStatus, RequestStatus
from gitops_breakglass.report.run_text import plan_as_text, run_as_text
from gitops_breakglass.report.status import status_as_text

NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)
WILD = "bg-\x9b2J\u202egpj"
TAME = r"bg-\x9b2J\u202egpj"
KEY = ObjectKey(RBAC, "ClusterRole", "", WILD)
LIVE = LiveObject(KEY, "uid", {"metadata": {"name": WILD}})
PLAN = ClusterPlan(
    "prod",
    NOW,
    ends=(Delete(LIVE, "r", "over"),),
    shrinks=(Shrink(LIVE, {}, "r", "less"),),
    creations=(Create(KEY, {}, "r", "open"),),
    conflicts=(Conflict(KEY, "r", "not ours"),),
)


def test_a_plan():
    told = plan_as_text(RunReport((ClusterReport("prod", at=NOW, plan=PLAN),)))
    assert told == (
        "prod at 2026-03-10 03:00:00 UTC\n"
        f"  - end     ClusterRole {TAME}: over\n"
        f"  ~ shrink  ClusterRole {TAME}: less\n"
        f"  + create  ClusterRole {TAME}\n"
        f"  ! conflict ClusterRole {TAME}: not ours\n"
        "  plan: 0 grants, 1 to create, 1 to shrink, 1 to end, 0 as they should be\n"
    )


@pytest.mark.parametrize(
    ("outcome", "line"),
    [
        (Applied(KEY, Verb.DELETED, "r"), f"deleted   ClusterRole {TAME}"),
        (Failed(KEY, "r", "refused"), f"failed    ClusterRole {TAME}: refused"),
        (Skipped(KEY, "r", "held"), f"skipped   ClusterRole {TAME}: held"),
    ],
)
def test_a_run(outcome, line):
    told = run_as_text(RunReport((ClusterReport("prod", at=NOW, outcomes=(outcome,)),)))
    assert told.splitlines()[1] == f"  {line}"


def test_a_status():
    request = RequestStatus("prod", "inc-1", "Approved", source=WILD, approvers=("ben",), live=(str(KEY),))
    told = status_as_text([ClusterStatus("prod", requests=(request,))], [], only=None)
    assert told == (
        f"prod\n  inc-1  Approved\n      {TAME}, approved by ben\n      on the cluster: ClusterRole {TAME}\n"
    )
