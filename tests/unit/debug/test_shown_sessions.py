"""What approvers are shown of a debug session."""

from dataclasses import replace
from datetime import timedelta

from gitops_breakglass.core.debug.risk import POINTS, risks_of
from gitops_breakglass.model.debug_grant import DebugGrant, Failure, Injection, Part, PodOperations, SessionObject
from gitops_breakglass.model.decision import Reason
from gitops_breakglass.model.deny import Action, Answer, DenyPolicy, PodRules, RiskFactors, Threshold
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.request import Subject
from gitops_breakglass.report.session import object_lines, risk_lines, session_lines

NAME = "bg-inc-1-0123456789"
HERE = Location("policies/deny.yaml", 1, 1)


def container(**security):
    return {"name": "debug", "image": "busybox:1", "securityContext": security}


def deployment(*containers, **pod):
    template = {"metadata": {"labels": {"tool": "debug"}}, "spec": {"containers": list(containers), **pod}}
    manifest = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": f"{NAME}-debug", "namespace": "tools"},
        "spec": {"replicas": 1, "template": template},
    }
    return SessionObject(manifest, Part.WORKLOAD)


def pod(name, *containers, ttl=None, failure=Failure.FAIL, **spec):
    manifest = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"{NAME}-{name}", "namespace": "copies"},
        "spec": {"containers": list(containers), **spec},
    }
    return SessionObject(manifest, Part.POD, failure, ttl)


def injection(*, uid="", restart=False):
    added = {"name": f"{NAME}-0", "image": "busybox:1", "securityContext": {"capabilities": {"add": ["NET_ADMIN"]}}}
    return Injection("web", "web-0", uid, added, restart)


def grant(*objects, injections=(), **more):
    return DebugGrant(NAME, "tools", "", "tools", PodOperations(), objects=objects, injections=injections, **more)


def rules(threshold, **risk):
    pods = PodRules(HERE, RiskFactors(**risk), (Threshold(threshold, Action.ALLOW), Threshold(1000, Action.DENY)))
    return DenyPolicy("no-host", HERE, pods=pods)


def test_a_pod_without_risks_scores_nothing():
    (risk,) = risks_of(grant(deployment(container())), [])
    assert (risk.what, risk.score, risk.factors, risk.policies) == (f"Deployment tools/{NAME}-debug", 0, (), ())


def test_the_pods_of_a_workload_are_scored_by_its_template():
    made = deployment(container(capabilities={"add": ["NET_RAW"]}), hostNetwork=True)
    (risk,) = risks_of(grant(made), [])
    assert risk.factors == ("hostNetwork", "capability:NET_RAW:debug")
    assert risk.score == POINTS.host_network + dict(POINTS.capabilities)["NET_RAW"]


def test_an_added_container_is_scored_alone():
    (risk,) = risks_of(grant(injections=(injection(),)), [])
    assert (risk.what, risk.factors) == (
        f"container {NAME}-0 in Pod web/web-0",
        (f"capability:NET_ADMIN:{NAME}-0",),
    )


def test_what_is_no_pod_is_not_scored():
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": f"{NAME}-rq", "namespace": "tools"}}
    assert risks_of(grant(SessionObject(quota, Part.LIMIT)), []) == ()


def test_each_policy_with_pod_rules_says_what_it_would_answer():
    made = grant(pod("node", container(privileged=True), hostPID=True))
    policies = [rules(10, privileged_container=100), rules(500, host_pid=1), DenyPolicy("names-only", HERE)]
    (risk,) = risks_of(made, policies)
    assert [(each.policy, each.answer, each.score) for each in risk.policies] == [
        ("no-host", Answer.DENY, 100),
        ("no-host", Answer.ALLOW, 1),
    ]


def test_approvers_read_what_is_made_and_what_may_be_done_with_it():
    made = grant(
        deployment(container()),
        pod("copy", container(), ttl=timedelta(minutes=30)),
        pod("maybe", container(), failure=Failure.WARN),
        injections=(injection(uid="123"), injection(restart=True)),
        participants=(Subject("User", "carol@example.com"),),
    )
    note = Reason("restart-corrected", "restartPolicy Never is Always in a Deployment")
    assert session_lines(made, [note]) == [
        f"Deployment tools/{NAME}-debug, made for this session",
        f"Pod copies/{NAME}-copy, made for this session, for 30m at most",
        f"Pod copies/{NAME}-maybe, made for this session; the session goes on without it, and says so",
        f"container {NAME}-0 is added to Pod web/web-0 (uid 123); it stays in the pod after the session, without access",
        (
            f"container {NAME}-0 is added to Pod web/web-0, whatever pod has that name by then; "
            "the pod is deleted at the end, for its owner to make anew"
        ),
        "in these pods, and no others: exec, attach, port-forward",
        "in Pod web/web-0, exec and attach into what is added alone, which shares the network of the whole pod",
        "port-forward to Pod web/web-0 reaches whatever listens in it, the application's own ports too",
        "carol@example.com may do the same",
        "note: restartPolicy Never is Always in a Deployment [restart-corrected]",
    ]


def test_approvers_read_what_of_a_pod_comes_with_a_container_in_it():
    operations = PodOperations(exec=False, attach=False, port_forward=False, logs=True)
    made = replace(grant(injections=(injection(),)), operations=operations)
    assert session_lines(made, [])[1:] == [
        "in these pods, and no others: logs",
        "logs of Pod web/web-0 are those of all its containers, the application's too",
    ]
    nothing = replace(made, operations=replace(operations, logs=False))
    assert session_lines(nothing, [])[1:] == ["in these pods, and no others: nothing"]


def test_approvers_read_the_score_and_what_it_comes_of():
    risks = risks_of(grant(deployment(container(), hostNetwork=True)), [rules(10, host_network=50)])
    assert risk_lines(risks) == [
        f"Deployment tools/{NAME}-debug scores {POINTS.host_network}: hostNetwork",
        "  no-host says deny at 50: the pod's risk score is 50, and up to 1000 it is denied",
    ]


def test_approvers_see_every_object_in_full_and_nothing_of_it_reaches_the_terminal_as_code():
    shown = object_lines(grant(pod("copy", {**container(), "command": ["\x1b[2J"]}), injections=(injection(),)))
    assert [title for title, _ in shown] == ["Object 1 of 1", "Ephemeral container 1 of 1"]
    (_, lines), (_, added) = shown
    assert lines[:3] == ["apiVersion: v1", "kind: Pod", "metadata:"]
    assert "\x1b" not in "".join(lines)
    assert f"name: {NAME}-0" in added
