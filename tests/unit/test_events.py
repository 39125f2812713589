"""The log: one line per event, whatever strangers wrote in it, and nothing told twice that only goes on."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.model.decision import Denied, Pending, Reason, Unknown
from gitops_breakglass.model.errors import RefusedBy, Refuser
from gitops_breakglass.model.event import Level, LogEvent
from gitops_breakglass.model.exits import ExitCode
from gitops_breakglass.model.finding import Finding, Location, Severity
from gitops_breakglass.model.kube import ObjectKey
from gitops_breakglass.model.lease import Heartbeat, Pulse
from gitops_breakglass.model.outcome import Applied, ClusterReport, Failed, Remained, RunReport, Skipped, Verb
from gitops_breakglass.model.plan import ClusterPlan, Conflict, Judged
from gitops_breakglass.model.request import RequestId
from gitops_breakglass.report.events import cluster_events, event_as_json, event_as_text, news, run_events
from gitops_breakglass.report.sweeper_events import as_text_line, events_of

NOW = datetime(2026, 3, 10, 3, 0, 1, 234567, tzinfo=UTC)
KEY = ObjectKey("rbac.authorization.k8s.io/v1", "RoleBinding", "shop", "bg-inc-1")
OBJECT = {"object": "RoleBinding shop/bg-inc-1", "request": "u"}
REFUSED = {
    "trouble": "other",
    "refuser": "policy",
    "refuserName": "p",
    "refusedBy": "the admission policy p refused it",
    "why": "refused",
    "hint": None,
}


def events(report):
    return [(each.level.value, each.what, dict(each.facts)) for each in cluster_events(report)]


def test_what_was_done_is_told_with_how_late_it_was():
    outcomes = (
        Applied(KEY, Verb.DELETED, "u", late=0.23456),
        Applied(KEY, Verb.CREATED, "u"),
        Applied(KEY, Verb.UPDATED, "u"),
        Failed(KEY, "u", "refused", still_grants=True, by=RefusedBy(Refuser.POLICY, "p")),
        Skipped(KEY, "u", "a brake holds it"),
        Remained(KEY, "u", "shell", "its pod runs"),
    )
    assert events(ClusterReport("prod", outcomes=outcomes)) == [
        ("info", "deleted", {**OBJECT, "lateSeconds": 0.235}),
        ("info", "created", {**OBJECT, "lateSeconds": None}),
        ("error", "failed", {**OBJECT, "accessMayStillHold": True, **REFUSED}),
        ("warning", "skipped", {**OBJECT, "why": "a brake holds it"}),
        ("warning", "remains", {**OBJECT, "container": "shell", "why": "its pod runs"}),
    ]


def test_both_actors_tell_the_same_of_an_outcome():
    outcomes = (
        Applied(KEY, Verb.DELETED, "u", late=0.23456),
        Failed(KEY, "u", "refused", still_grants=True, by=RefusedBy(Refuser.POLICY, "p")),
        Skipped(KEY, "u", "a brake holds it"),
        Remained(KEY, "u", "shell", "its pod runs"),
    )
    report = ClusterReport("prod", outcomes=outcomes)
    loop = [{"event": each.what, **each.facts} for each in cluster_events(report)]
    sweeper = [{key: value for key, value in each.items() if key != "time"} for each in events_of(report)]
    assert sweeper == loop


def test_the_sweeper_says_in_a_line_what_remains_and_how_late_an_end_was():
    outcomes = (Applied(KEY, Verb.DELETED, "u", late=0.23456), Remained(KEY, "u", "shell", "its pod runs"))
    assert [as_text_line(each) for each in events_of(ClusterReport("prod", at=NOW, outcomes=outcomes))] == [
        "2026-03-10T03:00:01Z deleted RoleBinding shop/bg-inc-1, 0.23 s after its promised end",
        "2026-03-10T03:00:01Z remains RoleBinding shop/bg-inc-1: container shell: its pod runs",
    ]


def test_what_holds_on_a_cluster_is_told():
    reason = (Reason("not-approved", "nobody has approved it"), Reason("x", "nor may anybody"))
    name = RequestId("prod", "inc-1")
    decisions = (Pending(reason), Denied(reason), Unknown(reason))
    finding = Finding("schema", "wrong", Location("a.yaml", 1, 2), Severity.WARNING)
    plan = ClusterPlan(
        "prod",
        NOW,
        judged=tuple(Judged(name, "u", each) for each in decisions),
        held=("too many",),
        unknown=("a team",),
        conflicts=(Conflict(KEY, "u", "somebody else's"),),
        findings=(finding,),
    )
    missing = Heartbeat("sweeper", Pulse.MISSING, NOW, NOW)
    report = ClusterReport("prod", plan=plan, standby="b holds it", actors=(missing, Heartbeat("x", Pulse.NEVER)))
    why = "nobody has approved it; nor may anybody"
    assert events(report) == [
        ("info", "standby", {"why": "b holds it"}),
        ("warning", "actor-missing", {"actor": "sweeper", "why": str(missing)}),
        ("info", "pending", {"request": "prod/inc-1", "why": why}),
        ("warning", "denied", {"request": "prod/inc-1", "why": why}),
        ("error", "undecided", {"request": "prod/inc-1", "why": why}),
        ("warning", "conflict", {"object": "RoleBinding shop/bg-inc-1", "why": "somebody else's"}),
        ("error", "held", {"why": "too many"}),
        ("error", "unknown", {"why": "a team"}),
        ("warning", "finding", {"rule": "schema", "place": "a.yaml:1:2", "why": "wrong"}),
    ]


def test_a_run_ends_with_how_long_it_took_and_its_code():
    report = RunReport((ClusterReport("prod", unreachable="no answer"),), unknown=("no repository",))
    found = list(run_events(report, seconds=1.23456, code=ExitCode.UNREACHABLE))
    assert [(each.what, each.cluster, dict(each.facts)) for each in found] == [
        ("unknown", "", {"why": "no repository"}),
        ("unreachable", "prod", {"why": "no answer"}),
        ("run", "", {"seconds": 1.235, "exit": 7}),
    ]


def test_what_only_goes_on_is_told_once_and_again_when_it_comes_back():
    down = LogEvent(Level.ERROR, "unreachable", "prod", {"why": "no answer"}, is_state=True)
    done = LogEvent(Level.INFO, "deleted", "prod", OBJECT)
    told, states = news([down, done], [])
    assert told == [down, done]
    told, states = news([down, done], states)
    assert told == [done]
    told, states = news([], states)
    assert news([down], states)[0] == [down]


def test_a_line_of_json_has_time_level_cluster_and_event():
    line = event_as_json(LogEvent(Level.INFO, "deleted", "prod", {**OBJECT, "lateSeconds": 0.2}), NOW)
    assert json.loads(line) == {
        "time": "2026-03-10T03:00:01.234Z",
        "level": "info",
        "cluster": "prod",
        "event": "deleted",
        **OBJECT,
        "lateSeconds": 0.2,
    }


def test_a_line_for_people_is_short():
    line = event_as_text(LogEvent(Level.ERROR, "held", "prod", {"why": "too many", "n": 3, "none": None}), NOW)
    assert line == '2026-03-10T03:00:01Z error prod held why="too many" n=3'


@given(st.text(), st.text())
def test_whatever_strangers_write_is_one_line_that_nothing_obeys(cluster, why):
    event = LogEvent(Level.INFO, "denied", cluster, {"why": why})
    line = event_as_json(event, NOW)
    assert json.loads(line)["why"] == why
    assert line.isascii()
    for each in (line, event_as_text(event, NOW)):
        assert each.splitlines() == [each]
        assert "##[" not in each
        assert not any(character < " " or character == "\x7f" for character in each)


@pytest.mark.parametrize("text", ["##[error]x", "##vso[x]", "\x1b[31m", "::error::x\n::add-mask::y", "\u202eabc"])
def test_a_command_for_a_runner_is_none_in_the_log(text):
    event = LogEvent(Level.INFO, "denied", "prod", {"why": text})
    for line in (event_as_json(event, NOW), event_as_text(event, NOW)):
        assert "##" not in line
        assert line.isascii()
        assert not line.startswith("::")
