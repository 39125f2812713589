"""What is told of one request: when access held, what was used of it, and how that is worded."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gitops_breakglass.core.rbac.algebra import rule
from gitops_breakglass.core.request_report import (
    Log,
    OpenCall,
    bindings_of,
    others_than,
    spans_of,
    used_by_log,
    used_by_record,
)
from gitops_breakglass.model.grant import Occurrence, Record, ScopedRules, Statement
from gitops_breakglass.model.kube import RBAC, LiveObject, ObjectKey
from gitops_breakglass.model.policy import Rbac
from gitops_breakglass.model.recurrence import Recurrence
from gitops_breakglass.model.request import RequestId, Subject
from gitops_breakglass.model.use import Allowance, Call, Stage, Stream, Target, Use
from gitops_breakglass.model.window import Window
from gitops_breakglass.report.request_report import closing_summary
from gitops_breakglass.report.request_report_lines import used_lines

BEGIN = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
BINDING = ObjectKey(RBAC, "ClusterRoleBinding", "", "bg-inc-1-0123456789")
ALICE = Subject("User", "alice@example.com")
SCOPE = ScopedRules(
    "", (rule(["get", "list", "watch"], ["pods"]), rule(["create", "get"], ["pods/exec"])), "ClusterRole ops"
)


def record(*, ended=None, of="inc-1", use=None, occurrences=(), **words):
    told = {
        "repository": "acme/access",
        "cluster": "prod",
        "cluster_uid": "u",
        "kind": "BreakglassSession",
        "blob": "b",
    }
    told |= {"path": f"requests/prod/{of}.yaml", "landing": "l", "outcome": "granted", "decided_at": BEGIN}
    told |= {"windows": (Window(BEGIN, BEGIN + HOUR),), "scopes": (SCOPE,), "subject": ALICE} | words
    statement = Statement(request=RequestId("prod", of), uid=of, **told)
    key = ObjectKey("access.gitops-breakglass.dev/v1alpha1", "Grant", "gitops-breakglass", of)
    found = Record(of, of, None, statement, "d", (BINDING,), {}, None, ended, LiveObject(key, of, {"metadata": {}}))
    return replace(found, occurrences=tuple(occurrences), **({"use": use} if use else {}))


def call(verb, resource, name="", *, stage=Stage.COMPLETE, at=0, done=0, binding=BINDING, **words):
    resource, _, sub = resource.partition("/")
    via = Allowance(binding, "ClusterRole", binding.name, ALICE)
    target = Target(verb, "", resource, sub, "shop", name)
    received = BEGIN + timedelta(seconds=at)
    return Call(
        f"{verb}{at}",
        stage,
        ALICE.name,
        "",
        target,
        received,
        BEGIN + timedelta(seconds=done or at),
        allowed=True,
        code=200,
        via=via,
        **words,
    )


def test_access_held_until_it_was_seen_to_be_gone_which_may_be_late_or_early():
    late = BEGIN + 2 * HOUR
    assert spans_of(record(ended=late), late + HOUR) == (Window(BEGIN, late + SECOND),)
    early = BEGIN + HOUR / 2
    assert spans_of(record(ended=early), late) == (Window(BEGIN, early + SECOND),)
    # In the second in which it begins it may have been used already.
    assert spans_of(record(), BEGIN) == (Window(BEGIN, BEGIN + SECOND),)


def test_access_that_never_began_held_at_no_time():
    assert spans_of(record(outcome="denied"), BEGIN + HOUR) == ()
    later = record(windows=(Window(BEGIN + HOUR, BEGIN + 2 * HOUR),), ended=BEGIN + HOUR / 2)
    assert spans_of(later, BEGIN + 3 * HOUR) == ()


def test_recurring_access_held_in_each_window_that_has_begun_a_late_end_included():
    daily = Recurrence("0 9 * * *", "UTC", HOUR, BEGIN)
    second = BEGIN + timedelta(days=1)
    ended = Occurrence(second, second + HOUR, (), ended_at=second + 2 * HOUR)
    found = record(recurrence=daily, windows=(), occurrences=[ended])
    assert spans_of(found, second + 5 * HOUR) == (Window(BEGIN, BEGIN + HOUR), Window(second, second + 2 * HOUR))
    assert len(bindings_of(found, second + 5 * HOUR)) == 3


def test_whose_grant_held_at_another_time_is_no_other():
    then = record(of="then", subject=Subject("User", "bob@example.com"), ended=BEGIN + HOUR)
    later = record(of="later", windows=(Window(BEGIN + 5 * HOUR, BEGIN + 6 * HOUR),))
    asked = ("get", "", "pods", "shop")
    now = BEGIN + 9 * HOUR
    mine = record(ended=BEGIN + HOUR)
    assert others_than(mine, Rbac(), [mine, then], now).might(*asked)
    assert not others_than(mine, Rbac(), [mine, later], now).might(*asked)


def test_whose_recurring_access_held_meanwhile_is_another():
    now = BEGIN + timedelta(days=400)
    mine = record(ended=BEGIN + HOUR)
    asked = ("get", "", "pods", "shop")
    for cron, since, is_other in (
        ("0 9 * * *", BEGIN - timedelta(days=300), True),
        ("0 12 * * *", BEGIN - timedelta(days=300), False),
        ("0 9 * * *", BEGIN + timedelta(days=1), False),
        ("nonsense", BEGIN - timedelta(days=300), True),
    ):
        told = {"decided_at": BEGIN - timedelta(days=301), "subject": Subject("User", "bob@example.com"), "windows": ()}
        theirs = record(of="theirs", recurrence=Recurrence(cron, "UTC", HOUR / 2, since), **told)
        assert others_than(mine, Rbac(), [mine, theirs], now).might(*asked) is is_other


def test_only_calls_by_the_grant_s_own_binding_count_as_use_of_it_and_each_once():
    log = Log(
        "the audit log",
        (
            call("list", "pods"),
            call("watch", "pods", stage=Stage.STARTED, at=1),
            call("watch", "pods", at=1, done=5),
            call("create", "pods/exec", "web-0", at=2, refused=True),
            call("get", "pods", "web-0", binding=replace(BINDING, name="standing")),
        ),
        BEGIN,
        BEGIN + HOUR,
    )
    used = used_by_log(record(ended=BEGIN + HOUR), log, BEGIN + 2 * HOUR)
    assert (used.calls, used.refused, used.needed.granted, used.needed.used) == (3, 1, 5, 2)
    assert used.needed.scopes == (ScopedRules("shop", (rule(["list", "watch"], ["pods"]),), "ClusterRole ops"),)
    assert used.streams == ()


@pytest.mark.parametrize(
    ("since", "until"), [(None, None), (-2 * HOUR, -HOUR), (2 * HOUR, 3 * HOUR)], ids=["never", "before", "after"]
)
def test_a_log_of_another_time_is_no_evidence_that_nothing_was_used(since, until):
    times = [None if each is None else BEGIN + each for each in (since, until)]
    assert used_by_log(record(ended=BEGIN + HOUR), Log("the audit log", (), *times), BEGIN + 4 * HOUR) is None


@pytest.mark.parametrize(
    ("since", "until", "ended", "is_partial"),
    [
        (-HOUR, 2 * HOUR, HOUR, False),
        (0 * HOUR, HOUR, HOUR, False),
        (HOUR / 2, 2 * HOUR, HOUR, True),
        (-HOUR, HOUR / 2, HOUR, True),
        (-HOUR, HOUR / 2, None, False),
    ],
)
def test_a_log_of_less_than_the_time_of_access_says_that_more_may_have_been_used(since, until, ended, is_partial):
    log = Log("the audit log", (), BEGIN + since, BEGIN + until)
    mine = record(ended=None if ended is None else BEGIN + ended)
    assert used_by_log(mine, log, BEGIN + HOUR / 2).is_partial is is_partial
    said = "\n".join(used_lines(used_by_log(mine, log, BEGIN + HOUR / 2)))
    assert ("of which it tells nothing" in said) is is_partial


def test_a_call_that_went_on_when_access_ended_is_told_of():
    log = Log(
        "the audit log",
        (
            call("get", "pods/exec", "web-0", stage=Stage.STARTED, at=10),
            call("watch", "pods", stage=Stage.STARTED, at=20),
            call("watch", "pods", at=20, done=7200),
            call("list", "pods", stage=Stage.STARTED, at=30),
            call("list", "pods", at=30, done=40),
        ),
        BEGIN,
        BEGIN + 3 * HOUR,
    )
    used = used_by_log(record(ended=BEGIN + HOUR), log, BEGIN + 3 * HOUR)
    assert used.streams == (
        OpenCall(BEGIN + 10 * SECOND, ALICE.name, "get pods/exec shop/web-0"),
        OpenCall(BEGIN + 20 * SECOND, ALICE.name, "watch pods shop"),
    )


USE = Use(
    since=BEGIN,
    until=BEGIN + HOUR,
    calls=3,
    used=(Target("create", resource="pods", subresource="exec", namespace="shop", name="web-0"),),
    streams=(Stream(BEGIN, "1", "mallory\u202e@x", Target("create", "", "pods", "exec", "shop", "web-0")),),
)


def test_without_any_source_nothing_is_said_of_use():
    assert used_by_record(record()) is None
    assert closing_summary(record()) == ""


def test_a_change_is_closed_with_what_was_used_and_what_to_ask_for_next_time():
    assert closing_summary(record(use=USE)) == (
        "granted 5 rights, used 1 (3 calls)\n"
        "next time ask for this:\n"
        "  in namespace shop, from ClusterRole ops:\n"
        "    create  pods/exec\n"
        "source: what runs counted, by the record, from 2026-03-10 09:00:00 UTC to 2026-03-10 10:00:00 UTC\n"
        "open when access ended; Kubernetes lets such a call go on until it is over:\n"
        "  mallory\\u202e@x: create pods/exec shop/web-0, since 2026-03-10 09:00:00 UTC"
    )


def test_nothing_is_proposed_of_a_grant_that_had_no_rules_of_its_own():
    assert closing_summary(record(use=USE, scopes=())) == ""
