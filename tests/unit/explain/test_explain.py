"""`explain`: what is answered, through which request, which rule or policy stops it, and what would change the answer."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from gitops_breakglass.adapters.signing import Ed25519Signer
from gitops_breakglass.core.explain.explain import explain as judge
from gitops_breakglass.core.explain.known import Known
from gitops_breakglass.flows.explain import Asked, explain
from gitops_breakglass.model.deny import (
    Action,
    Ask,
    Container,
    DenyPolicy,
    DenyRule,
    DenyScope,
    NamespaceFilter,
    Pod,
    PodOverride,
    PodRules,
    RiskFactors,
    SelectorTerm,
    Threshold,
)
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.explanation import Reply, Standing
from gitops_breakglass.model.finding import Location
from gitops_breakglass.report.explanation import explanation_as_json, explanation_as_text
from tests.e2e.breakglasses import OFFERS, breakglass
from tests.e2e.stage import POD_SHELL, START, Stage
from tests.git.world import session

EXEC = Ask("create", "", "pods", "exec", "web", "db-0")
HOUR = timedelta(hours=1)


def asks(stage, subject="alice", ask=EXEC, *, cluster=True, at=None, pod=None):
    asked = Asked(subject, "prod", ask, at=at, pod=pod)
    reader = stage.cluster if cluster else None
    return explain(asked, stage.sources(), reader, verify=Ed25519Signer().verify, now=stage.clock.now())


def granted(stage, name="inc-1", content=None):
    stage.alice.requests(f"prod/{name}", content)
    stage.ben.approves(f"prod/{name}", "go")
    stage.world.merge(f"prod/{name}")
    stage.reconcile()


def answers(said):
    return said.reply, said.because, said.change


def test_without_a_request_the_escalation_that_gives_it_is_to_be_asked_for(tmp_path):
    said = asks(Stage(tmp_path))
    assert answers(said) == (
        Reply.NO,
        "no request of alice on prod gives it",
        (
            "ask for escalation pod-shell-access (policies/shell.yaml:4:3), which gives it: "
            "`gitops-breakglass request prod NAME --escalation pod-shell-access`"
        ),
    )
    (way,) = said.offered
    assert (way.standing, way.gives, way.holding.source) == (Standing.OPEN, True, "ClusterRole pod-exec-access")


def test_recurring_access_is_open_or_opens_next_or_is_over(tmp_path):
    stage = Stage(tmp_path, more=OFFERS)
    granted(stage, content=breakglass(schedule='{cron: "0 9,13 * * *", duration: 2h, maxActivations: 4}'))
    stage.passes(minutes=1)
    said = asks(stage)
    assert (
        said.because
        == "request prod/inc-1 (offer/daily) would give it, and its next window begins at 2026-03-10T09:00:00Z"
    )
    assert said.change == "wait: prod/inc-1 opens next at 2026-03-10T09:00:00Z"
    now = asks(stage, at=START.replace(hour=10))
    assert now.reply is Reply.YES
    assert "gives it until 2026-03-10T11:00:00Z, and again from 2026-03-10T13:00:00Z, by " in now.because
    over = asks(stage, at=START + timedelta(days=3))
    assert "its last window ended at 2026-03-11T15:00:00Z" in over.because
    assert over.change.startswith("prod/inc-1: its last window ended at 2026-03-11T15:00:00Z; ask again: ")


def test_windows_that_run_together_are_open_until_the_last_of_them_ends(tmp_path):
    stage = Stage(tmp_path, more=OFFERS.replace("maxDuration: 8h", "maxDuration: 10h"))
    granted(stage, content=breakglass(schedule='{cron: "0 9,13 * * *", duration: 5h, maxActivations: 4}'))
    said = asks(stage, at=START.replace(hour=10))
    assert "gives it until 2026-03-10T18:00:00Z, and again from 2026-03-11T09:00:00Z, by " in said.because


def test_a_grant_whose_window_is_open_gives_it_by_a_rule_of_a_role(tmp_path):
    stage = Stage(tmp_path)
    granted(stage)
    assert answers(asks(stage)) == (
        Reply.YES,
        (
            "request prod/inc-1 (escalation/pod-shell-access) gives it until 2026-03-10T04:00:00Z, by "
            "`create pods/exec (core)` of ClusterRole pod-exec-access (policies/shell.yaml:19:3) on the whole cluster"
        ),
        None,
    )
    assert asks(stage, "alice@example.com").reply is Reply.YES
    assert asks(stage, "erin").reply is Reply.NO


@pytest.mark.parametrize(
    ("at", "reply", "standing"),
    [
        (START - HOUR, Reply.NO, Standing.NOT_YET),
        (START, Reply.YES, Standing.OPEN),
        (START + HOUR - timedelta(seconds=1), Reply.YES, Standing.OPEN),
        (START + HOUR, Reply.NO, Standing.ENDED),
    ],
)
def test_the_answer_is_for_the_time_that_is_asked_about(tmp_path, at, reply, standing):
    stage = Stage(tmp_path)
    granted(stage)
    said = asks(stage, at=at)
    assert (said.reply, [way.standing for way in said.requests]) == (reply, [standing])


def test_what_has_ended_is_to_be_asked_for_again(tmp_path):
    stage = Stage(tmp_path)
    granted(stage)
    stage.passes(hours=2)
    said = asks(stage)
    assert said.because == (
        "request prod/inc-1 (escalation/pod-shell-access) would give it, and it ended at 2026-03-10T04:00:00Z"
    )
    assert said.change.startswith("prod/inc-1: it ended at 2026-03-10T04:00:00Z; ask again: ask for escalation pod-")


def test_what_was_taken_back_gives_nothing_though_its_window_is_open(tmp_path):
    stage = Stage(tmp_path)
    granted(stage)
    stage.world.git("rm", "-q", "requests/prod/inc-1.yaml")
    stage.world.git("-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-qm", "end it")
    said = asks(stage)
    assert (said.reply, said.requests[0].standing, said.requests[0].why) == (
        Reply.NO,
        Standing.ENDED,
        "its file was deleted",
    )


def test_a_grant_that_begins_later_is_to_be_waited_for(tmp_path):
    stage = Stage(tmp_path)
    granted(stage, content=session("inc-1") + '  scheduledStartTime: "2026-03-10T05:00:00Z"\n')
    said = asks(stage)
    assert (said.reply, said.change) == (Reply.NO, "wait: prod/inc-1 begins at 2026-03-10T05:00:00Z")


def test_what_was_merged_without_an_approval_was_denied(tmp_path):
    stage = Stage(tmp_path)
    stage.alice.requests("prod/inc-1")
    stage.world.merge("prod/inc-1")
    stage.reconcile()
    said = asks(stage)
    assert (said.reply, said.requests[0].standing) == (Reply.NO, Standing.DENIED)
    assert said.because.startswith("request prod/inc-1 (escalation/pod-shell-access) was denied: ")
    assert said.change.startswith("ask for escalation pod-shell-access")


def test_what_no_run_has_granted_yet_waits_for_one(tmp_path):
    stage = Stage(tmp_path)
    stage.reconcile()
    stage.alice.requests("prod/inc-1")
    stage.ben.approves("prod/inc-1", "go")
    stage.world.merge("prod/inc-1")
    said = asks(stage)
    assert (said.reply, said.requests[0].standing, said.change) == (
        Reply.NO,
        Standing.WAITING,
        "have prod/inc-1 decided: the next run of `reconcile` grants it",
    )


def test_whoever_may_not_ask_has_to_be_let_in_first(tmp_path):
    stage = Stage(tmp_path)
    granted(stage)
    said = asks(stage, "ben")
    assert (said.requests, said.because) == ((), "no request of ben on prod gives it")
    assert said.change == (
        "add ben to `allowed` of escalation pod-shell-access (policies/shell.yaml:4:3), which gives it; "
        "ben is not among those who may ask for it"
    )
    stranger = asks(stage, "system:serviceaccount:ci:bot")
    assert stranger.change == (
        "add system:serviceaccount:ci:bot to identities.yaml, and to those who may ask for escalation pod-shell-access"
    )


def test_what_no_escalation_holds_takes_a_change_of_the_policy_side(tmp_path):
    said = asks(Stage(tmp_path), ask=Ask("delete", "apps", "deployments", "", "web", "shop"))
    assert (said.reply, said.offered) == (Reply.NO, ())
    assert said.change.startswith(
        "have a role of an escalation that alice may ask for hold `delete deployments (apps)`"
    )


@pytest.mark.parametrize(
    "ask",
    [
        Ask("create", "", "serviceaccounts", "token", "web", "builder"),
        Ask("impersonate", "", "users", "", "", "root"),
        Ask("create", "rbac.authorization.k8s.io", "rolebindings", "", "web"),
    ],
)
def test_what_is_never_granted_no_change_gives(tmp_path, ask):
    said = asks(Stage(tmp_path), ask=ask)
    assert said.reply is Reply.NO
    assert said.because.startswith("it is never granted (")
    assert said.change == "no change helps: docs/never-granted.md says why"


def test_from_the_repository_alone_nothing_is_proved_and_it_says_so(tmp_path):
    stage = Stage(tmp_path)
    granted(stage)
    said = asks(stage, cluster=False)
    assert (said.reply, said.requests[0].standing) == (Reply.UNKNOWN, Standing.NOT_PROVED)
    assert said.change == "none, if prod/inc-1 was approved and its window is open: ask where prod can be read"
    assert said.unknown == ("prod was not asked: neither decisions, nor its own roles, pods and labels are known here",)
    # Only a developer can have written it.
    assert asks(stage, "ben", cluster=False).requests == ()


def test_of_a_cluster_that_can_t_be_read_it_says_so_and_calls_nothing_proved(tmp_path):
    stage = Stage(tmp_path)
    granted(stage)
    (tmp_path / "out" / "prod").rename(tmp_path / "gone")
    said = asks(stage)
    assert said.reply is Reply.UNKNOWN
    assert any("prod can't be asked for decisions" in each for each in said.unknown)


def test_a_request_for_another_user_is_not_the_author_s(tmp_path):
    stage = Stage(tmp_path)
    stage.alice.requests("prod/inc-1", session("inc-1") + "  user: erin@example.com\n")
    stage.world.merge("prod/inc-1")
    assert asks(stage, "alice", cluster=False).requests == ()
    assert [way.name for way in asks(stage, "erin", cluster=False).requests] == ["prod/inc-1"]


def test_a_cluster_that_there_is_not_is_a_mistake_of_usage(tmp_path):
    stage = Stage(tmp_path)
    with pytest.raises(UsageError, match="the policy side has no cluster nowhere"):
        explain(Asked("alice", "nowhere", EXEC), stage.sources(), None, verify=Ed25519Signer().verify, now=START)


PRIVILEGED = Pod("web", "db-0", containers=(Container("app", privileged=True),))
PODS = DenyPolicy(
    "privileged-exec",
    Location("policies/deny.yaml", 4, 3),
    pods=PodRules(
        Location("policies/deny.yaml", 6, 3),
        RiskFactors(privileged_container=100),
        (Threshold(49, Action.ALLOW), Threshold(100, Action.DENY, "{{.Pod}} is privileged")),
    ),
)


def denied(stage, *policies, ask=EXEC, pod=PRIVILEGED, override=None, subject="alice"):
    """What is explained where these policies are on the policy side beside what is known."""
    asked = Asked(subject, "prod", ask, pod=pod)
    whole = explain(asked, stage.sources(), stage.cluster, verify=Ed25519Signer().verify, now=stage.clock.now())
    policy = stage.sources().policy_at(stage.world.tip)[0]
    escalations = tuple(replace(each, override=override) for each in policy.escalations)
    known = known_of(stage, replace(policy, deny=policies, escalations=escalations), pod)
    return judge(known, whole.question)


def known_of(stage, policy, pod):
    from gitops_breakglass.core.explain.known import Landed
    from gitops_breakglass.core.plan.ownership import is_record
    from gitops_breakglass.core.record import read_record, read_trust_root

    objects = stage.cluster.read().objects
    trust = read_trust_root(objects)
    records = [read_record(live, trust, "prod", Ed25519Signer().verify) for live in objects if is_record(live)]
    entries = stage.sources().repository.entries(stage.world.tip, "requests/prod/")
    files = {entry.path: stage.sources().request_at(entry)[0] for entry in entries}
    landed = tuple(
        Landed(each.statement.request, Location(each.statement.path), files[each.statement.path], each.statement, each)
        for each in records
    )
    return Known(policy, landed, pod=pod)


def test_a_deny_policy_stops_it_at_its_place_and_an_exemption_there_would_change_it(tmp_path):
    stage = Stage(tmp_path)
    granted(stage)
    assert answers(denied(stage, PODS)) == (
        Reply.NO,
        (
            "request prod/inc-1 (escalation/pod-shell-access) would give it, and deny policy privileged-exec "
            "(policies/deny.yaml:6:3) denies it: db-0 is privileged"
        ),
        (
            "add the namespace web, or a label of the pod, to `exemptions` of deny policy privileged-exec "
            "(policies/deny.yaml:6:3); request prod/inc-1 holds it"
        ),
    )
    harmless = Pod("web", "db-0", containers=(Container("app"),))
    assert denied(stage, PODS, pod=harmless).reply is Reply.YES


def test_what_a_policy_had_taken_out_before_it_was_signed_is_that_policy_s_doing(tmp_path):
    stage = Stage(tmp_path)
    granted(stage)
    rule = DenyRule(("create",), ("",), ("pods",), Location("policies/deny.yaml", 9, 7), subresources=("exec",))
    policy = replace(
        stage.sources().policy_at(stage.world.tip)[0], deny=(DenyPolicy("no-exec", rule.location, rules=(rule,)),)
    )
    known = known_of(stage, policy, PRIVILEGED)
    (landed,) = known.landed
    (scope,) = landed.statement.scopes
    without = tuple(each for each in scope.rules if "pods/exec" not in each.resources)
    signed = replace(landed, statement=replace(landed.statement, scopes=(replace(scope, rules=without),)))
    said = judge(replace(known, landed=(signed,)), asks(stage).question)
    assert said.because == (
        "request prod/inc-1 (escalation/pod-shell-access) would give it, and deny policy no-exec "
        "(policies/deny.yaml:9:7) denies it"
    )


def test_an_override_of_the_escalation_lets_the_pod_in(tmp_path):
    stage = Stage(tmp_path)
    granted(stage)
    assert denied(stage, PODS, override=PodOverride(max_allowed_score=100)).reply is Reply.YES
    assert denied(stage, PODS, override=PodOverride(max_allowed_score=99)).reply is Reply.NO


def test_a_shell_that_may_not_be_opened_by_a_websocket_is_not_opened_by_a_post_either(tmp_path):
    stage = Stage(tmp_path)
    granted(stage)
    rule = DenyRule(("get",), ("",), ("pods",), Location("policies/deny.yaml", 9, 7), subresources=("exec",))
    said = denied(stage, DenyPolicy("no-exec", rule.location, rules=(rule,)))
    assert said.because.endswith("would give it, and deny policy no-exec (policies/deny.yaml:9:7) denies it")


def test_a_pod_that_is_not_known_is_denied(tmp_path):
    stage = Stage(tmp_path)
    granted(stage)
    assert denied(stage, PODS, pod=None).reply is Reply.NO


def test_of_a_pod_that_is_not_known_no_exemption_is_proposed(tmp_path):
    stage = Stage(tmp_path)
    granted(stage)
    assert denied(stage, PODS, pod=None).change == (
        "name the pod, or hand it in with `--pod FILE`: it hangs on what runs in it whether deny policy privileged-exec "
        "(policies/deny.yaml:6:3) denies it; request prod/inc-1 holds it"
    )


def test_a_role_that_would_have_to_hold_it_is_not_enough_where_a_policy_denies_it_to_everybody(tmp_path):
    assert asks(Stage(tmp_path), ask=Ask("get", "", "nodes", "proxy", "", "node-1")).change == (
        "have a role of an escalation that alice may ask for hold `get nodes/proxy`, or a new escalation offered, by an "
        "approved change of the policy side; and turn the default policy no-kubelet-access off by "
        "`defaultPolicies: {disabled: [no-kubelet-access]}` in breakglass.yaml"
    )


def test_an_escalation_that_a_policy_denies_is_no_way_out(tmp_path):
    said = denied(Stage(tmp_path), PODS)
    assert said.because == "no request of alice on prod gives it"
    assert said.change.startswith("add the namespace web, or a label of the pod, to `exemptions` of deny policy")


def test_a_rule_that_denies_is_told_with_its_place(tmp_path):
    rule = DenyRule(("get",), ("",), ("pods",), Location("policies/deny.yaml", 9, 7), resource_names=("db-*",))
    stage = Stage(tmp_path)
    granted(stage)
    said = denied(
        stage, DenyPolicy("no-db", rule.location, rules=(rule,)), ask=Ask("get", "", "pods", "", "web", "db-0")
    )
    assert said.because.endswith("would give it, and deny policy no-db (policies/deny.yaml:9:7) denies it")
    assert said.change == (
        "have `get pods` db-0 taken out of what deny policy no-db (policies/deny.yaml:9:7) denies; "
        "request prod/inc-1 holds it"
    )


def test_how_policies_are_enforced_is_told_as_the_record_has_it(tmp_path):
    stage = Stage(tmp_path)
    granted(stage)
    (landed,) = known_of(stage, stage.sources().policy_at(stage.world.tip)[0], None).landed
    said = {"policy": "no-db", "means": "guarded", "what": "get pods named db-*", "exact": False}
    live = landed.record.live
    status = {**live.manifest["status"], "denyPolicies": [said]}
    record = replace(landed.record, live=replace(live, manifest={**live.manifest, "status": status}))
    policy = stage.sources().policy_at(stage.world.tip)[0]
    explained = judge(Known(policy, (replace(landed, record=record),)), asks(stage).question)
    assert "      guarded    by no-db: get pods named db-* (and more than the policy says)\n" in explanation_as_text(
        explained
    )
    assert json.loads(explanation_as_json(explained))["requests"][0]["denyPolicies"] == [said]


def test_a_policy_that_ships_is_turned_off_by_its_name(tmp_path):
    stage = Stage(tmp_path)
    granted(stage)
    assert denied(stage, replace(PODS, ships=True)).change == (
        "turn the default policy privileged-exec off by `defaultPolicies: {disabled: [privileged-exec]}` in "
        "breakglass.yaml; request prod/inc-1 holds it"
    )


def test_policies_of_other_scopes_stop_nothing_and_unknown_labels_do(tmp_path):
    stage = Stage(tmp_path)
    granted(stage)
    elsewhere = replace(PODS, scope=DenyScope(clusters=("edge",)))
    assert denied(stage, elsewhere).reply is Reply.YES
    gold = NamespaceFilter(terms=(SelectorTerm((("tier", "gold"),)),))
    rule = DenyRule(("*",), ("*",), ("*",), Location("policies/deny.yaml", 9, 7), namespaces=gold)
    assert denied(stage, DenyPolicy("gold", rule.location, rules=(rule,))).reply is Reply.NO


def test_an_offer_that_gives_it_is_to_be_asked_by(tmp_path):
    more = """\
offers:
  - name: on-call
    clusters: [prod]
    allowed: {users: [alice@example.com]}
    approvers: {groups: [team-leads]}
    namespaces: [web]
    rules:
      - {apiGroups: [apps], resources: [deployments], verbs: [patch]}
    maxDuration: 1h
"""
    stage = Stage(tmp_path, more=more, policies=POD_SHELL)
    patch = Ask("patch", "apps", "deployments", "", "web", "shop")
    assert asks(stage, ask=patch).change == "ask by a Breakglass request that fits offer on-call, which gives it"
    assert asks(stage, "erin", ask=patch).change.startswith("add erin to `allowed` of offer on-call (breakglass.yaml)")
    assert asks(stage, ask=replace(patch, namespace="db")).offered == ()
