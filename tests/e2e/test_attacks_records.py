"""Attacks on records: whoever can write what a run remembers can end access, and never give, keep or extend any."""

import json

import pytest

from gitops_breakglass.adapters.signing import Ed25519Signer
from gitops_breakglass.core.record import CHECKPOINT_TYPE, DECISION_TYPE
from gitops_breakglass.model.kube import EXPIRES_AT, REQUEST
from gitops_breakglass.model.outcome import Failed
from tests.e2e.attacks import (
    GRANTED,
    WHAT,
    annotations,
    asks_and_gets,
    ends_on_time,
    findings,
    forged,
    names,
    one,
    record_of,
    writes,
)
from tests.e2e.stage import Stage
from tests.git.world import path_of


@pytest.fixture
def stage(tmp_path):
    stage = Stage(tmp_path)
    stage.granted(WHAT)
    return stage


def unsigned(record):
    record["spec"]["decision"]["signature"] = ""


def one_byte_altered(record):
    payload = record["spec"]["decision"]["payload"]
    record["spec"]["decision"]["payload"] = payload.replace("alice@example.com", "alicf@example.com")


def of_another_type(record):
    record["spec"]["decision"]["payloadType"] = CHECKPOINT_TYPE


def empty(record):
    record["spec"] = {}


def not_even_a_mapping(record):
    record["spec"] = ["decision"]


@pytest.mark.parametrize("change", [unsigned, one_byte_altered, of_another_type, empty, not_even_a_mapping])
def test_an_altered_record_grants_nothing_any_more(stage, change):
    asks_and_gets(stage, "prod/inc-2", reason="INC-2")
    writes(stage, record_of(stage), change)
    report = stage.reconcile()
    assert "record-not-believed" in findings(report)
    assert names(stage) == {"inc-2"}
    assert stage.reconcile().plan.creations == ()


def signed_by(stage, key, change):
    """What makes a record say something else, signed by somebody's key."""

    def write(record):
        payload = json.loads(record["spec"]["decision"]["payload"])
        change(payload)
        text = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        envelope = Ed25519Signer(key).sign(DECISION_TYPE, text)
        record["spec"]["decision"] |= {"payload": text, "key": stage.public_key, "signature": envelope.signature}

    return write


def longer(payload):
    payload["windows"][0]["end"] = "2026-04-10T04:00:00Z"


def elsewhere(payload):
    payload["clusterUID"] = "another cluster"


def of_another_repository(payload):
    payload["repository"] = "somebody/else"


def for_another_cluster(payload):
    payload["cluster"] = "edge"


def of_another_request(payload):
    payload["uid"] = "0" * 32


def with_more(payload):
    payload["extra"] = "a field of a later version"


@pytest.mark.threat("D9")
def test_a_longer_window_signed_by_somebody_else_grants_nothing(stage):
    writes(stage, record_of(stage), signed_by(stage, stage.mallory.key, longer))
    assert "record-not-believed" in findings(stage.reconcile())
    assert stage.live() == []


@pytest.mark.parametrize(
    "change", [elsewhere, of_another_repository, for_another_cluster, of_another_request, with_more]
)
def test_a_decision_that_was_signed_for_something_else_grants_nothing_here(stage, change):
    writes(stage, record_of(stage), signed_by(stage, stage.folder / "reconciler", change))
    assert "record-not-believed" in findings(stage.reconcile())
    assert stage.live() == []


@pytest.mark.threat("D9")
def test_a_record_copied_under_another_name_grants_nothing_and_hides_nothing(stage):
    forged(stage, lambda record: None, name="aaa-copy")
    forged(stage, lambda record: None, name="zzz-copy")
    report = stage.reconcile()
    assert findings(report) == ["record-not-believed", "record-not-believed"]
    assert stage.live() == GRANTED
    ends_on_time(stage)


@pytest.mark.threat("D9")
def test_a_forged_record_of_a_request_that_was_never_decided_makes_nothing(stage):
    forged(stage, of_another_request_by_hand, name="bg-forged-0000000000")
    stage.reconcile()
    assert names(stage) == {"inc-1"}
    ends_on_time(stage)


def of_another_request_by_hand(record):
    record["spec"]["decision"]["payload"] = record["spec"]["decision"]["payload"].replace("alice", "mallory")
    record["metadata"]["labels"][REQUEST] = "0" * 32


def test_a_record_that_is_deleted_is_not_decided_again_and_its_access_ends(stage):
    stage.cluster.delete(record_of(stage))
    report = stage.reconcile()
    assert (report.plan.judged, stage.live(), findings(report)) == ((), [], ["record-missing"])
    stage.passes(hours=1)
    assert stage.reconcile().plan.judged == ()
    assert stage.live() == []


def test_the_payload_of_a_forged_record_can_be_anything_and_stops_no_end(stage):
    payload = json.loads(record_of(stage).manifest["spec"]["decision"]["payload"])
    hostile = [
        "[" * 100_000,
        "{}",
        "null",
        json.dumps(payload | {"request": {}}),
        json.dumps(payload | {"evidence": {"approvals": [1]}}),
        json.dumps(payload | {"reasons": [1], "outcome": "denied"}),
        json.dumps(payload | {"kind": "Secret"}),
        json.dumps(payload | {"windows": [{"start": "0001-01-01T00:00:00+09:00", "end": 7}]}),
    ]
    for index, text in enumerate(hostile):

        def says(record, text=text, uid=str(index) * 32):
            record["spec"]["decision"]["payload"] = text
            record["metadata"]["labels"][REQUEST] = uid

        forged(stage, says, name=f"bg-evil-{index}")
    stage.passes(hours=1)
    assert not [each for each in stage.sweep().outcomes if isinstance(each, Failed)]
    assert stage.live() == []


def test_the_inventory_of_a_forged_record_ends_nothing_of_others_and_stops_no_end(stage):
    name = "cluster-admin"
    other = stage.cluster.create(
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name}, "rules": []}
    )
    secret = stage.cluster.create(
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "bg-token", "namespace": "default"}}
    )
    keys = [
        {
            "apiVersion": each.key.api_version,
            "kind": each.key.kind,
            "namespace": each.key.namespace,
            "name": each.key.name,
        }
        for each in (other, secret)
    ]
    impossible = [{"apiVersion": "v1", "kind": "../../x", "name": ".."}, {"name": 7}, "nonsense"]

    def lists_them(record):
        record["spec"]["inventory"] = [*keys, *impossible]
        record["spec"]["revokedAt"] = "2026-03-10T03:00:00Z"
        record["metadata"]["labels"][REQUEST] = "0" * 32
        record["status"] = {
            "inventory": [{**key, "uid": each.uid} for key, each in zip(keys, (other, secret), strict=True)]
        }

    forged(stage, lists_them, name="bg-evil-0000000000")
    stage.passes(hours=1)
    assert not [each for each in stage.sweep().outcomes if isinstance(each, Failed)]
    assert stage.live() == []
    assert stage.cluster.get(other.key) == other
    assert stage.cluster.get(secret.key) == secret


def test_a_record_with_its_end_moved_later_or_taken_away_ends_no_later(stage):
    def without_end(record):
        del record["metadata"]["annotations"][EXPIRES_AT]

    writes(stage, record_of(stage), without_end)
    for kind in GRANTED:
        writes(stage, one(stage, kind), lambda each: annotations(each).update({EXPIRES_AT: "2030-01-01T00:00:00Z"}))
    stage.passes(hours=1)
    stage.sweep()
    assert stage.live() == []


def test_a_decision_signed_as_something_else_is_no_decision(stage):
    payload = record_of(stage).manifest["spec"]["decision"]["payload"]
    envelope = stage.signer.sign(CHECKPOINT_TYPE, payload)
    change = {"payloadType": envelope.payload_type, "signature": envelope.signature}
    writes(stage, record_of(stage), lambda record: record["spec"]["decision"].update(change))
    assert "record-not-believed" in findings(stage.reconcile())
    assert stage.live() == []


@pytest.mark.parametrize("where", ["reasons", "evidence"])
@pytest.mark.parametrize("run", ["sweep", "reconcile"])
def test_a_record_of_text_that_can_not_be_written_keeps_no_other_access_from_ending(tmp_path, run, where):
    stage = Stage(tmp_path)
    stage.granted("prod/inc-1")
    stage.granted("prod/inc-2", reason="INC-2: other")

    def change(record):
        decision = record["spec"]["decision"]
        payload = json.loads(decision["payload"])
        if where == "reasons":
            payload["reasons"] = ["\ud800"]
        else:
            payload["evidence"]["approvals"][0]["person"] = "\ud800"
        decision["payload"] = json.dumps(payload)

    writes(stage, record_of(stage), change)
    stage.sweep()
    stage.world.policy({path_of("prod/inc-2"): None}, message="Done")
    stage.reconcile()
    assert names(stage) <= {"inc-1"}
    stage.passes(hours=1)
    getattr(stage, run)()
    assert names(stage) == set()
