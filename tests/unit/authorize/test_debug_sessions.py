"""Who gets a debug session of what, for how long, and who approves it."""

from datetime import timedelta

import pytest

from gitops_breakglass.core.authorize.lasting import offered_no_more
from gitops_breakglass.core.authorize.shown import digests_of, show
from gitops_breakglass.core.debug.offer import offer_of
from gitops_breakglass.core.statement import parse_statement, print_statement
from gitops_breakglass.model.decision import Denied, Granted
from gitops_breakglass.model.kube import LiveObject, ObjectKey
from gitops_breakglass.model.request import Subject
from tests.unit.authorize.debugging import BINDING, TEMPLATE, asked, decided, judged, side
from tests.unit.authorize.world import BLOB, MERGED, NOW, OPENED, change, review, rules_of

ALICE, DORA = Subject("User", "alice@example.com"), Subject("User", "dora@example.com")


def test_an_approved_session_becomes_a_statement_with_all_that_it_makes():
    judgement = judged(asked("  requestedDuration: 30m\n  reason: INC-1\n"))
    assert isinstance(judgement.decision, Granted)
    statement = judgement.statement
    assert (statement.kind, statement.outcome, statement.subject) == ("DebugSession", "granted", ALICE)
    assert statement.evidence["source"] == "debug-template/network"
    assert statement.spec == {
        "cluster": "prod",
        "templateRef": "network",
        "requestedBy": "alice@example.com",
        "requestedDuration": "30m",
        "reason": "INC-1",
    }
    assert "Deployment" in [each.key.kind for each in statement.debug.objects]
    assert {scope.namespace for scope in statement.scopes} == {"breakglass-debug"}
    assert parse_statement(print_statement(statement)) == statement


def test_without_a_duration_it_lasts_as_the_template_says():
    (window,) = decided(asked(), reviews=[review("ben")]).windows
    assert window.end - window.start == timedelta(hours=1)


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("  requestedDuration: 5h\n", "debug-duration"),
        ("  requestedDuration: 30s\n", "InvalidDuration"),
        ("  targetNamespace: kube-system\n", "debug-namespace"),
        ("  extraDeployValues: {size: 1}\n", "debug-value"),
        ("  selectedSchedulingOption: fast\n", "scheduling-option"),
        ("  selectedAuxiliaryResources: [policy]\n", "auxiliary-resource"),
        ("  invitedParticipants: [eve@example.com]\n", "debug-participant"),
        ("  invitedParticipants: [alice@example.com]\n", "debug-participant"),
        ("  invitedParticipants: [ben@example.com]\n", "debug-participant"),
        ("  bindingRef: {name: gone, namespace: teams}\n", "debug-binding"),
        ("  requestedBy: ben@example.com\n", "subject-not-author"),
    ],
)
def test_what_is_not_offered_is_refused_however_it_was_approved(line, rule):
    assert rule in rules_of(decided(asked(line), reviews=[review("ben")]))


def test_pods_on_nodes_lie_nowhere_but_where_the_template_has_them():
    on_nodes = "  kubectlDebug: {nodeDebug: {enabled: true, allowedImages: ['busybox:1']}}\n"
    template = TEMPLATE.replace("mode: workload", "mode: kubectl-debug") + on_nodes
    operation = "  operations: [{nodeDebug: {node: worker-1}}]\n"
    elsewhere = decided(
        asked(operation + "  targetNamespace: shop\n"), side(template=template), reviews=[review("ben")]
    )
    assert rules_of(elsewhere) == ["debug-namespace"]
    assert isinstance(decided(asked(operation), side(template=template), reviews=[review("ben")]), Granted)


def test_what_a_template_promises_and_is_not_done_here_is_refused_with_its_place():
    decision = decided(
        asked(), side(template=TEMPLATE + "  terminalSharing: {enabled: true}\n"), reviews=[review("ben")]
    )
    (reason,) = decision.reasons
    assert (reason.rule, "policies/debug.yaml" in reason.message) == ("debug-not-offered", True)


def test_nobody_else_may_ask_and_nobody_approves_their_own():
    other = TEMPLATE.replace("[developers]", "[leads]")
    assert rules_of(decided(asked(), side(template=other), reviews=[review("ben")])) == ["may-not-request"]
    own = TEMPLATE.replace("{groups: [leads]}", "{groups: [developers]}")
    assert "ApprovalRequired" in rules_of(decided(asked(), side(template=own), pushed_by_author_only=True))


def test_who_takes_part_may_not_approve():
    everybody = TEMPLATE.replace("{groups: [leads]}", "{groups: [developers, leads]}")
    request = asked("  invitedParticipants: [dora@example.com]\n")
    assert "ApprovalRequired" in rules_of(decided(request, side(template=everybody), reviews=[review("dora")]))
    judgement = judged(request, side(template=everybody))
    assert judgement.decision.participants == (DORA,)
    assert judgement.statement.debug.participants == (DORA,)


def test_a_template_that_names_nobody_is_approved_by_nobody():
    nobody = TEMPLATE.replace("  approvers: {groups: [leads]}\n", "")
    assert "ApprovalRequired" in rules_of(decided(asked(), side(template=nobody), reviews=[review("ben")]))


AUTO = "{groups: [leads], autoApproveFor: {groups: [developers]}}"


def test_automatic_approval_takes_both_sides_and_nothing_but_the_authors_own_bytes():
    auto = side(template=TEMPLATE.replace("{groups: [leads]}", AUTO))
    assert isinstance(decided(asked(), auto, pushed_by_author_only=True), Granted)
    assert "ApprovalRequired" in rules_of(decided(asked(), auto, pushed_by_author_only=False))
    silent = side(BINDING, template=TEMPLATE.replace("{groups: [leads]}", AUTO))
    assert isinstance(decided(asked(), silent, pushed_by_author_only=True), Granted)
    asking = side(BINDING + "  approvers: {groups: [leads]}\n", template=TEMPLATE.replace("{groups: [leads]}", AUTO))
    assert "ApprovalRequired" in rules_of(decided(asked(), asking, pushed_by_author_only=True))
    only_binding = side(BINDING + f"  approvers: {AUTO}\n")
    assert "ApprovalRequired" in rules_of(decided(asked(), only_binding, pushed_by_author_only=True))


def test_a_binding_that_names_approvers_is_asked_and_one_that_names_none_leaves_the_templates():
    named = side(BINDING + "  approvers: {users: [carol@example.com]}\n")
    assert "ApprovalRequired" in rules_of(decided(asked(), named, reviews=[review("ben")]))
    assert isinstance(decided(asked(), named, reviews=[review("carol")]), Granted)
    empty = side(BINDING + "  approvers: {}\n")
    assert isinstance(decided(asked(), empty, reviews=[review("ben")]), Granted)


def test_an_approvers_reason_has_the_length_that_both_ask_for():
    rule = side(BINDING + "  approvalReason: {mandatory: true, minLength: 12}\n")
    assert "approval-reason-short" in rules_of(decided(asked(), rule, reviews=[review("ben", body="ok")]))
    assert isinstance(decided(asked(), rule, reviews=[review("ben", body="spoke with alice")]), Granted)


def test_a_binding_narrows_and_never_widens():
    both = offer_of(
        asked(),
        side(
            BINDING
            + "  constraints: {maxDuration: 8h, defaultDuration: 30m}\n"
            + "  allowedPodOperations: {exec: false, logs: true}\n"
            + "  allowed: {groups: [leads]}\n"
        ),
    )
    assert (both.max_duration, both.default_duration) == (timedelta(hours=4), timedelta(minutes=30))
    assert (both.operations.exec, both.operations.attach, both.operations.logs) == (False, True, False)
    assert [sorted(each.groups) for each in both.allowed] == [["developers"], ["leads"]]
    assert both.source == "debug-template/network@teams/eu"


def test_the_first_binding_by_namespace_and_name_holds_and_only_in_its_time():
    over = BINDING.replace("name: eu", "name: aa") + f'  expiresAt: "{MERGED:%Y-%m-%dT%H:%M:%SZ}"\n'
    policies = side(over, BINDING)
    assert offer_of(asked(), policies).binding.name == "aa"
    assert offer_of(asked(), policies, now=MERGED).binding.name == "eu"
    assert decided(asked(), policies, reviews=[review("ben")]).evidence.source == "debug-template/network@teams/eu"
    named = asked("  bindingRef: {name: aa, namespace: teams}\n")
    assert rules_of(decided(named, policies, reviews=[review("ben")])) == ["debug-binding"]


def test_what_has_begun_goes_on_when_its_binding_has_ended():
    ending = side(BINDING + '  expiresAt: "2026-03-10T03:30:00Z"\n')
    source = "debug-template/network@teams/eu"
    assert offered_no_more(asked(), source, "alice", ALICE, ending) is None
    gone = side(BINDING + "  disabled: true\n")
    assert offered_no_more(asked(), source, "alice", ALICE, gone) is not None


def test_a_template_that_changed_between_merge_and_run_is_asked_for_again():
    later = side(template=TEMPLATE + "  replicas: 2\n", commit="q" * 40)
    judgement = judged(asked(), side(), later)
    assert isinstance(judgement.decision, Denied)
    assert rules_of(judgement.decision) == ["source-changed"]
    assert judgement.statement.outcome == "denied"


def test_what_was_shown_is_what_is_decided_on():
    request, here = asked(), side()
    proposed = change(review("ben"), merged_at=None, landing=None, opened_at=OPENED)
    shown = show(proposed, request, here, NOW)
    assert digests_of((here,), request, "alice", ALICE, BLOB, MERGED, {}) == (shown.digest,)
    assert isinstance(decided(request, here, reviews=[review("ben")], shown=(shown.digest,)), Granted)
    other = side(template=TEMPLATE + "  replicas: 2\n")
    assert rules_of(decided(request, other, reviews=[review("ben")], shown=(shown.digest,))) == ["shown-otherwise"]


IN_PODS = """\
kind: DebugSessionTemplate
metadata: {name: network}
spec:
  mode: kubectl-debug
  kubectlDebug: {ephemeralContainers: {enabled: true, allowedImages: ["tools:*"]}}
  allowed: {clusters: [prod], groups: [developers]}
  approvers: {groups: [leads]}
"""
IN_WEB = "  operations: [{ephemeralContainer: {namespace: shop, pod: web-0, image: 'tools:1'}}]\n"


def there(uid):
    pod = ObjectKey("v1", "Pod", "shop", "web-0")
    spec = {"nodeName": "node-1", "containers": [{"name": "web", "image": "web:1"}]}
    manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-0", "namespace": "shop", "uid": uid}}
    running = {**manifest, "spec": spec, "status": {"phase": "Running"}}
    names = (ObjectKey("v1", "Namespace", "", "shop"), ObjectKey("v1", "Namespace", "", "breakglass-debug"))
    spaces = {key: LiveObject(key, key.name, {"metadata": {"name": key.name}}) for key in names}
    return {**spaces, pod: LiveObject(pod, uid, running)}


def shown_with(facts):
    proposed = change(review("ben"), merged_at=None, landing=None, opened_at=OPENED)
    return show(proposed, asked(IN_WEB), side(template=IN_PODS), NOW, facts).digest


def test_a_pod_that_was_replaced_since_it_was_shown_refuses_the_request_by_its_name():
    here, approved = side(template=IN_PODS), {"reviews": [review("ben")], "shown": (shown_with(there("first")),)}
    assert isinstance(decided(asked(IN_WEB), here, facts=there("first"), **approved), Granted)
    decision = decided(asked(IN_WEB), here, facts=there("second"), **approved)
    assert rules_of(decision) == ["shown-otherwise"]
    (reason,) = decision.reasons
    assert "Pod shop/web-0 is second now" in reason.message
    assert "a pod was replaced" in reason.hint


def test_who_approved_by_the_pod_s_name_alone_approved_whatever_pod_has_it():
    here, approved = side(template=IN_PODS), {"reviews": [review("ben")], "shown": (shown_with(None),)}
    assert shown_with(None) != shown_with(there("first"))
    assert isinstance(decided(asked(IN_WEB), here, facts=there("second"), **approved), Granted)


def test_a_choice_that_is_for_others_is_refused_by_name():
    options = "  schedulingOptions: {options: [{name: edge, displayName: Edge, allowedGroups: [leads]}]}\n"
    decision = decided(
        asked("  selectedSchedulingOption: edge\n"), side(template=TEMPLATE + options), reviews=[review("ben")]
    )
    assert [(each.rule, each.message) for each in decision.reasons] == [
        ("debug-choice", "scheduling option edge is not for alice")
    ]
