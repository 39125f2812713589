"""Attacks on checkpoint and trust root: what was tampered with is a brake, and access goes on ending."""

import pytest

from gitops_breakglass.adapters.signing import Ed25519Signer
from gitops_breakglass.core.record import CHECKPOINT_TYPE
from gitops_breakglass.model.exits import ExitCode
from gitops_breakglass.model.outcome import RunReport
from gitops_breakglass.report.exits import exit_of
from tests.e2e.attacks import GRANTED, WHAT, asks_and_gets, ends_on_time, names, one, record_of, writes
from tests.e2e.stage import Stage


@pytest.fixture
def stage(tmp_path):
    stage = Stage(tmp_path)
    stage.granted(WHAT)
    return stage


def test_a_checkpoint_that_was_altered_before_there_was_any_record_is_a_brake_too(tmp_path):
    stage = Stage(tmp_path)
    stage.reconcile()
    writes(stage, one(stage, "Checkpoint"), lambda checkpoint: checkpoint["spec"].update(signature="AAAA"))
    asks_and_gets(stage)
    report = stage.reconcile()
    assert (exit_of(RunReport((report,))), stage.live()) == (ExitCode.BRAKE, [])


@pytest.mark.parametrize("change", ["deleted", "unsigned", "of another repository", "signed by somebody else"])
def test_a_checkpoint_that_was_tampered_with_is_a_brake(stage, change):
    asks_and_gets(stage, "prod/inc-2", reason="INC-2")
    live = one(stage, "Checkpoint")
    payload = live.manifest["spec"]["payload"]
    match change:
        case "deleted":
            stage.cluster.delete(live)
        case "unsigned":
            writes(stage, live, lambda checkpoint: checkpoint["spec"].update(signature="AAAA"))
        case "of another repository":
            envelope = stage.signer.sign(CHECKPOINT_TYPE, payload.replace("acme/access", "acme/other"))
            spec = {"payload": envelope.payload, "signature": envelope.signature}
            writes(stage, live, lambda checkpoint: checkpoint["spec"].update(spec))
        case _:
            envelope = Ed25519Signer(stage.mallory.key).sign(CHECKPOINT_TYPE, payload)
            writes(stage, live, lambda checkpoint: checkpoint["spec"].update(signature=envelope.signature))
    report = stage.reconcile()
    assert exit_of(RunReport((report,))) is ExitCode.BRAKE
    assert names(stage) == {"inc-1"}
    ends_on_time(stage)


def test_a_decision_s_envelope_is_no_checkpoint(stage):
    live = one(stage, "Checkpoint")
    decision = record_of(stage).manifest["spec"]["decision"]
    writes(stage, live, lambda checkpoint: checkpoint.update(spec=decision))
    assert stage.reconcile().plan.held


def test_a_changed_key_in_the_trust_root_ends_what_it_does_not_believe(stage):
    trust = one(stage, "TrustRoot")
    writes(stage, trust, lambda root: root["spec"].update(publicKeys=[stage.mallory.public_key]))
    report = stage.reconcile()
    assert exit_of(RunReport((report,))) is ExitCode.BRAKE
    assert stage.live() == []


@pytest.mark.parametrize("change", ["deleted", "of another cluster"])
def test_without_its_trust_root_a_cluster_grants_nothing_and_goes_on_ending(stage, change):
    trust = one(stage, "TrustRoot")
    if change == "deleted":
        stage.cluster.delete(trust)
    else:
        writes(stage, trust, lambda root: root["spec"].update(clusterUID="another"))
    asks_and_gets(stage, "prod/inc-2", reason="INC-2")
    report = stage.reconcile()
    assert (exit_of(RunReport((report,))), names(stage)) == (ExitCode.UNREACHABLE, {"inc-1"})
    ends_on_time(stage)


def test_a_key_that_the_trust_root_does_not_pin_signs_nothing(tmp_path):
    stage = Stage(tmp_path)
    asks_and_gets(stage)
    report = stage.reconcile(signer=Ed25519Signer(stage.mallory.key))
    assert "not one that the trust root pins" in report.plan.held[0]
    assert exit_of(RunReport((report,))) == ExitCode.BRAKE
    assert stage.live() == []
    stage.reconcile()
    assert stage.live() == GRANTED
