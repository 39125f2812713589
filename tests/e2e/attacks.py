"""What every attack is judged by: its rules, that it gives nothing, and that an honest request beside it still gets its due."""

import copy

from gitops_breakglass.core.plan.ownership import is_grant_object, is_record
from gitops_breakglass.model.decision import Denied, Granted

GRANTED = ["ClusterRole", "ClusterRoleBinding"]
WHAT = "prod/inc-1"
HONEST = "prod/honest"


def asks_and_gets(stage, what=WHAT, **words):
    """Ask, approve and merge, without a run after it."""
    stage.alice.requests(what, **words)
    stage.ben.approves(what)
    return stage.world.merge(what)


def refused(stage, what=WHAT):
    """Run with an honest request beside the attack; the rules by which the attack was denied for good."""
    decision = judged_beside_an_honest_one(stage, what)
    assert isinstance(decision, Denied), decision
    return list(dict.fromkeys(stage.rules(decision)))


def judged_beside_an_honest_one(stage, what=WHAT):
    """The decision on an attack, in a run in which only an honest request gets anything."""
    stage.erin.requests(HONEST, reason="INC-9: honest")
    stage.ben.approves(HONEST)
    stage.world.merge(HONEST)
    report = stage.reconcile()
    assert isinstance(stage.decision(report, HONEST), Granted)
    assert stage.live() == GRANTED
    assert names(stage) == {"honest"}
    assert subjects(stage) == {"erin@example.com"}
    return next((judged.decision for judged in report.plan.judged if str(judged.request) == what), None)


def objects(stage, kind=None):
    """The objects of grants on the cluster, of one kind or of all."""
    return [each for each in stage.cluster.read().objects if is_grant_object(each) and kind in (None, each.key.kind)]


def names(stage):
    """Which requests have access now."""
    return {each.key.name.removeprefix("bg-").rpartition("-")[0] for each in objects(stage)}


def subjects(stage):
    """Who has access now."""
    bindings = objects(stage, "ClusterRoleBinding")
    return {subject["name"] for each in bindings for subject in each.manifest["subjects"]}


def record_of(stage, name="inc-1"):
    """The record of a request."""
    records = [each for each in stage.cluster.read().objects if is_record(each)]
    return next(each for each in records if each.manifest["spec"]["request"]["name"] == name)


def in_force(stage, files, *, branch="policy/change", author=None, approver=None):
    """Bring a change of the policy side into force as it should be: proposed, approved by dana, merged."""
    (author or stage.erin).commits(files, on=branch)
    (approver or stage.dana).approves_policy(branch)
    return stage.world.merge(None, branch=branch)


def ends_on_time(stage):
    """Whatever happened: an hour later a run, which may know nothing else, leaves nothing."""
    stage.passes(hours=1)
    stage.reconcile()
    assert stage.live() == []


def one(stage, kind):
    """The first object of a kind."""
    return next(each for each in stage.cluster.read().objects if each.key.kind == kind)


def is_made_anew(stage, live):
    """Whether another object, as it was signed, is in the place of the one that somebody edited."""
    there = stage.cluster.get(live.key)
    parts = ("rules", "roleRef", "subjects", "aggregationRule")
    marks = [(each.labels, each.annotations) for each in (there, live)]
    return (
        there.uid != live.uid
        and marks[0] == marks[1]
        and [there.manifest.get(part) for part in parts] == [live.manifest.get(part) for part in parts]
    )


def rewritten(manifest, change):
    """A copy of a manifest as `change` leaves it."""
    written = copy.deepcopy(dict(manifest))
    change(written)
    return written


def writes(stage, live, change):
    """Somebody with rights on the cluster rewrites an object, status and all; every test begins with this."""
    stage.cluster.replace(live, written := rewritten(live.manifest, change))
    if written.get("status") != live.manifest.get("status"):
        stage.cluster.replace_status(live.key, {"metadata": {}, "status": written.get("status")})


def forged(stage, change, **metadata):
    """Make a record that looks like the one that is there, but for a change."""
    manifest = rewritten(record_of(stage).manifest, change)
    for name in ("uid", "resourceVersion"):
        manifest["metadata"].pop(name)
    manifest["metadata"] |= metadata
    status = manifest.pop("status", None)
    live = stage.cluster.create(manifest)
    stage.cluster.replace_status(live.key, {"metadata": {}, "status": status})


def findings(report):
    """The rules of what a run found."""
    return [each.rule for each in report.plan.findings]


def labels(manifest):
    """Its labels, to be changed."""
    return manifest["metadata"]["labels"]


def annotations(manifest):
    """Its annotations, to be changed."""
    return manifest["metadata"]["annotations"]
