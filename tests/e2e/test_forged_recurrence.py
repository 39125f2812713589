"""Forged records of recurring access: nothing that anybody may write there keeps a sweeper from what it is for."""

import json
from time import process_time

import pytest

from gitops_breakglass.core.statement import parse_statement
from tests.e2e.attacks import record_of
from tests.e2e.recurring import at, daily, ends, listed, run_at

ENDLESS = {"cron": "* * * * *", "duration": "1h", "endsBy": None, "until": None, "maxActivations": None}
FORGED = {
    "less than none": {"maxActivations": -5},
    "none": {"maxActivations": 0},
    "open in a million windows": {**ENDLESS, "duration": "8760h"},
    "since the year 1": {**ENDLESS, "since": "0001-01-01T00:00:00Z"},
    "without a break since the year 2000": {**ENDLESS, "since": "2000-01-01T00:00:00Z"},
    "from the end of the calendar": {**ENDLESS, "since": "9999-12-31T23:59:59Z"},
    "over before it began": {**ENDLESS, "endsBy": "0001-01-01T00:00:00Z"},
    "a zone that is none": {**ENDLESS, "location": "../../../etc/passwd"},
    "an expression that is none": {**ENDLESS, "cron": "0 0 31 4 *"},
    "no mapping": None,
}


def forge(stage, changes, name):
    """Lay a record there that nobody signed: as the real one, but for its name and its recurrence."""
    real = record_of(stage, "daily").manifest
    decision = real["spec"]["decision"]
    payload = json.loads(decision["payload"])
    payload["recurrence"] = changes and {**payload["recurrence"], **changes}
    metadata = {"namespace": real["metadata"]["namespace"], "labels": {**real["metadata"]["labels"]}, "name": name}
    metadata["labels"]["gitops-breakglass.dev/request"] = "f" * 32
    spec = {**real["spec"], "decision": {**decision, "payload": json.dumps(payload)}}
    stage.cluster.create({"apiVersion": real["apiVersion"], "kind": "Grant", "metadata": metadata, "spec": spec})


@pytest.mark.parametrize("changes", FORGED.values(), ids=FORGED)
def test_beside_a_forged_schedule_runs_go_on_and_take_no_longer(tmp_path, changes):
    stage = daily(tmp_path)
    forge(stage, changes, "forged")
    began = process_time()
    run_at(stage, at(11, 9))
    assert ends(stage) == ["2026-03-11T10:00:00Z"]
    run_at(stage, at(11, 10), "sweep")
    assert ends(stage) == []
    assert listed(stage) == [("11 09:00", "11 10:00:00")]
    assert process_time() - began < 10


@pytest.mark.parametrize("changes", [{"maxActivations": 0}, {"since": "1999-12-31T23:59:59Z"}])
def test_bounds_that_no_run_signs_prove_nothing_even_where_they_are_signed(tmp_path, changes):
    payload = json.loads(record_of(daily(tmp_path), "daily").manifest["spec"]["decision"]["payload"])
    parse_statement(json.dumps(payload))
    payload["recurrence"] |= changes
    with pytest.raises(ValueError, match="bounds of a recurrence"):
        parse_statement(json.dumps(payload))
