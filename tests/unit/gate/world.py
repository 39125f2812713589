"""Proposals as values: one in which everything is there, with the words of strangers wherever they can be."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gitops_breakglass.core.authorize.proposal import Proposal
from gitops_breakglass.core.authorize.shown import Shown
from gitops_breakglass.core.authorize.terms import Terms
from gitops_breakglass.core.authorize.unmerged import State, Unmerged
from gitops_breakglass.core.debug.risk import PodRisk, PolicySays
from gitops_breakglass.core.debug.session import Session
from gitops_breakglass.core.deny.preview import Preview
from gitops_breakglass.core.effect import Effect, PlaceEffect
from gitops_breakglass.core.outlook import outlook_at, outlook_of
from gitops_breakglass.core.primitives import primitives_in
from gitops_breakglass.core.rbac.algebra import rule
from gitops_breakglass.core.rbac.never import Removed
from gitops_breakglass.core.schedule import recurrence_of
from gitops_breakglass.core.timing import Timing
from gitops_breakglass.model.debug_grant import DebugGrant, Failure, Injection, Part, PodOperations, SessionObject
from gitops_breakglass.model.decision import Approval, Denied, Evidence, Granted, Pending, Purpose, Reason
from gitops_breakglass.model.deny import Answer
from gitops_breakglass.model.enforcement import Enforcement, Means
from gitops_breakglass.model.finding import Finding, Location, Severity
from gitops_breakglass.model.request import RequestId, Schedule, Subject
from gitops_breakglass.model.window import Window

NOW = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
"""Half an hour before clocks in Europe are set forward."""
HOUR = timedelta(hours=1)
DIGEST = "0123456789abcdef" * 4
WINDOW = Window(NOW, NOW + HOUR)


def terms(source="escalation/shell", **more):
    usual = {
        "source": source,
        "allowed": frozenset({"alice"}),
        "approvers": frozenset({"ben"}),
        "block_self_approval": True,
        "approval_timeout": HOUR,
        "decision_window": 24 * HOUR,
        "max_duration": HOUR,
    }
    return Terms(**{**usual, **more})


def told(word="something", *, state=State.PENDING, ready=False, denied=False, zone=None):
    """A proposal of which every text that somebody else may have written is `word`."""
    reason = Reason("changes-requested", f"{word} asked for changes", word)
    approval = Approval(word, word, word, word, NOW, word)
    pending = Pending((reason,), (approval,), (word,), (Reason("not-an-approver", word, word),), ready=ready)
    rules = (rule(["create", word], ["pods/exec", word], groups=["", word], names=[word]),)
    return Proposal(
        change=word,
        decision=Denied((reason,)) if denied else pending,
        request=RequestId(word, word),
        findings=() if ready else (Finding("schema", word, Location(word, 3, 1), Severity.ERROR, word),),
        state=Unmerged(state, word),
        head=word,
        policy=word,
        shown=Shown(word, Subject("User", word), terms(word), HOUR, None, None, DIGEST),
        merged_at=NOW,
        timing=Timing(word, NOW, HOUR, outlook_at(WINDOW, NOW)),
        zone=zone or word,
        effect=Effect(
            word,
            (PlaceEffect(word, rules, word, primitives_in(rules)),),
            (Removed("rbac", word, "a binding of its holder's own making stays when the grant ends"),),
            (word,),
            (Reason("nothing-to-grant", word, word),),
            held=Preview(
                enforcement=(
                    Enforcement(word, Means.SUBTRACTED, word),
                    Enforcement(word, Means.ENUMERATED, word, exact=False),
                ),
                notes=(Reason("list-shows-denied-names", word, word),),
                places=((word, Location(word, 7, 3)),),
            ),
        ),
        remaining=(word, word),
        title=word,
        url=word,
    )


def half(word="something"):
    """A request that somebody approved, and whose override nobody has approved yet; then what it says with both."""
    first = Approval(word, word, word, word, NOW, word)
    second = Approval(f"{word} too", word, word, word, NOW, word, Purpose.OVERRIDE)
    lacking = Reason("override-approval", f"{word} needs the approval of a second person", word)
    pending = Pending(
        (lacking,), (first,), (word,), lacks=(Purpose.OVERRIDE,), may_approve_override=(word,), unnamed_override=2
    )
    whole = Pending((), (first, second), ready=True)
    return replace(told(word, ready=True), decision=pending), replace(told(word, ready=True), decision=whole)


def recurring(word="something", *, zone="Asia/Kolkata", **changes):
    """A request of which a schedule opens windows again and again, around a change of clocks in Europe."""
    usual = Schedule(4 * HOUR, cron="30 9 * * 1-5", location="Europe/Berlin", end=NOW + timedelta(days=30))
    recurrence = recurrence_of(replace(usual, **changes), 4 * HOUR, NOW)
    offered = terms(f"offer/{word}", approval_optional=True)
    shown = Shown(word, Subject("User", word), offered, 4 * HOUR, None, None, DIGEST)
    nobody = Pending((Reason("not-merged", word, "merge it"),), ready=True)
    return replace(
        told(word, ready=True, zone=zone),
        decision=nobody,
        shown=shown,
        timing=Timing(word, NOW, 4 * HOUR, outlook_of(recurrence, NOW, 5), recurrence),
        effect=None,
    )


def debugging(word="something"):
    """A debug session with one object of each sort, and a container for somebody's pod."""
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": word, "namespace": word, "labels": {word: word}},
        "spec": {"hostNetwork": True, "containers": [{"name": word, "image": word, "command": [word, word]}]},
    }
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": word, "namespace": word},
        "spec": {"replicas": 1, "template": {"metadata": {}, "spec": pod["spec"]}},
    }
    grant = DebugGrant(
        name=word,
        template=word,
        binding=word,
        namespace=word,
        operations=PodOperations(attach=False, logs=True),
        participants=(Subject("User", word),),
        objects=(
            SessionObject(deployment, Part.WORKLOAD, Failure.WARN),
            SessionObject(pod, Part.POD, ttl=HOUR),
        ),
        injections=(Injection(word, word, word, {"name": word, "image": word}),),
    )
    risk = PodRisk(word, 35, (word,), (PolicySays(word, Answer.DENY, word, 50),))
    session = Session(grant, (Reason("restart-corrected", word, word),))
    offered = terms(f"debug-template/{word}")
    shown = Shown(word, Subject("User", word), offered, HOUR, None, None, DIGEST, session, (risk,))
    return replace(told(word, ready=True), shown=shown)


def ending(word="something"):
    """A proposal to end access, with a stranger's words wherever they can be."""
    reason = Reason("not-merged", word, "merge it")
    return Proposal(
        change=word,
        decision=Pending((reason,), ready=True),
        ends=(RequestId(word, word), RequestId(word, "other")),
        state=Unmerged(State.PENDING),
        head=word,
        policy=word,
        remaining=("merge it",),
    )


def granted(word="something", purposes=(Purpose.REQUEST,)):
    approvals = tuple(Approval(word, word, word, word, NOW, word, purpose) for purpose in purposes)
    evidence = Evidence(word, word, word, word, word, NOW, (word,), word, approvals)
    return Granted(Subject("User", word), (WINDOW,), evidence)
