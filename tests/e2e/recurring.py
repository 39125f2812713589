"""A stage with an offer of recurring access, requests on a schedule, and what their records list."""

from datetime import UTC, datetime

from gitops_breakglass.core.plan.ownership import is_grant_object
from gitops_breakglass.core.record import read_unproved
from tests.e2e.attacks import record_of
from tests.e2e.ledgers import entries
from tests.e2e.stage import Stage

OFFER = """\
offers:
  - name: daily
    clusters: [prod]
    allowed: {groups: [developers]}
    approvers: {groups: [team-leads]}
    clusterRoles: [pod-exec-access]
    maxDuration: 8h
    recurring: true
"""
WHAT = "prod/daily"
GIVEN = ["ClusterRole", "ClusterRoleBinding"]


def schedule(*, cron="0 9 * * *", duration="1h", more=""):
    """A request's file: each day at nine for an hour, in UTC, unless said otherwise."""
    return f"""\
apiVersion: access.cloudnimbus.io/v1alpha1
kind: Breakglass
metadata: {{name: daily}}
spec:
  schedule: {{cron: "{cron}", duration: {duration}{more}}}
  clusterRoles: [pod-exec-access]
"""


def daily(folder, *, cron="0 9 * * *", duration="1h", more="", policies=None):
    """A stage on which it was granted on 2026-03-10 at 03:00, six hours before its first window."""
    stage = Stage(folder, more=OFFER, **({"policies": policies} if policies else {}))
    stage.granted(WHAT, content=schedule(cron=cron, duration=duration, more=more))
    return stage


def at(day, hour, minute=0, second=0):
    """A time in March 2026."""
    return datetime(2026, 3, day, hour, minute, second, tzinfo=UTC)


def run_at(stage, moment, run="reconcile"):
    """Run when the cluster's clock says so; the report."""
    stage.clock.sleep((moment - stage.clock.now()).total_seconds())
    return getattr(stage, run)()


def ends(stage):
    """The expires-at of what gives access now, each once."""
    objects = [each for each in stage.cluster.read().objects if is_grant_object(each)]
    return sorted({each.annotations["gitops-breakglass.dev/expires-at"] for each in objects})


def record(stage):
    """The record as a sweeper reads it."""
    return read_unproved(record_of(stage, "daily"))


def listed(stage):
    """The occurrences that the record lists: day and hour of the start, and since when nothing is left."""
    return [
        (f"{each.start:%d %H:%M}", f"{each.ended_at:%d %H:%M:%S}" if each.ended_at else None)
        for each in record(stage).occurrences
    ]


def state(stage):
    """Where the record stands."""
    return record_of(stage, "daily").manifest["status"]["state"]


def told(stage):
    """What the ledger tells: kind, and of an end the window's start, why, and how late."""
    return [
        each.kind
        if each.kind != "ended"
        else ("ended", each.facts.get("window", {}).get("start"), each.facts["why"], each.facts["lagSeconds"])
        for each in entries(stage)
    ]
