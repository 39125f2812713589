"""Which source of audit events a run gets by its configuration, and that none of them keeps a run from anything."""

import json

import pytest

from gitops_breakglass.adapters.audit_log.source import FileSource, UnusableSource
from gitops_breakglass.adapters.audit_log.webhook import WebhookSource
from gitops_breakglass.cli.wiring import audit_source
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.policy import AuditLog, ClusterAccess, KubernetesTarget, ManifestsTarget
from gitops_breakglass.model.use import Coverage, Mark
from gitops_breakglass.model.window import parse_time
from tests.cluster.harness.pki import Authority
from tests.unit.use.test_events import EXEC

NOW = parse_time("2026-11-23T02:18:17Z")


def source(tmp_path, log, *, loop=False, target=None):
    repository = tmp_path / "repository"
    (repository / ".git").mkdir(parents=True, exist_ok=True)
    return audit_source(ClusterAccess("prod", target or KubernetesTarget(), audit_log=log), repository, loop=loop)


def why(unusable):
    assert isinstance(unusable, UnusableSource)
    with pytest.raises(UsageError) as raised:
        unusable.read(None)
    return raised.value.message


def test_without_a_configured_log_there_is_none(tmp_path):
    assert source(tmp_path, None) is None
    assert source(tmp_path, AuditLog(file="/var/log/audit.log"), target=ManifestsTarget("out")) is None


def test_a_single_run_takes_nothing_from_a_webhook(tmp_path):
    assert source(tmp_path, AuditLog(listen="127.0.0.1:0")) is None


def test_a_log_in_the_access_repository_is_not_read(tmp_path):
    inside = tmp_path / "repository" / "audit.log"
    link = tmp_path / "audit.log"
    link.symlink_to(inside)
    for file in (inside, link, tmp_path / "other" / ".." / "repository" / "audit.log"):
        assert "lies in the access repository" in why(source(tmp_path, AuditLog(file=str(file))))


def test_reading_goes_on_in_the_next_process_where_it_was_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    log = tmp_path / "audit.log"
    log.write_text(json.dumps(EXEC) + "\n")
    first = source(tmp_path, AuditLog(file=str(log)))
    assert isinstance(first, FileSource)
    mark = Mark(NOW, EXEC["auditID"])
    (batch, coverage) = first.read(mark)
    assert (len(batch.calls), coverage.pending) == (1, ())
    # What was not kept comes again, in this process and in the next.
    assert len(first.read(mark)[0].calls) == 1
    assert len(source(tmp_path, AuditLog(file=str(log))).read(None)[0].calls) == 1
    first.keep()
    again = source(tmp_path, AuditLog(file=str(log)))
    later = Mark(parse_time("2026-11-23T02:19:17Z"), "later")
    batch, after = again.read(later)
    assert batch.calls == ()
    assert after == Coverage(coverage.since, coverage.until, (later,))
    assert first.read(None)[0].calls == ()


def test_where_nothing_can_be_kept_each_process_begins_anew(tmp_path, monkeypatch):
    (tmp_path / "state").write_text("no folder")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    log = tmp_path / "audit.log"
    log.write_text(json.dumps(EXEC) + "\n")
    for _ in range(2):
        one = source(tmp_path, AuditLog(file=str(log)))
        assert len(one.read(None)[0].calls) == 1
        one.keep()


def test_a_webhook_without_its_secrets_is_told(tmp_path, monkeypatch):
    for name in ("TOKEN", "CERTIFICATE", "KEY"):
        monkeypatch.delenv(f"GITOPS_BREAKGLASS_AUDIT_{name}", raising=False)
    monkeypatch.setenv("GITOPS_BREAKGLASS_AUDIT_KEY", "key.pem")
    assert why(source(tmp_path, AuditLog(listen="127.0.0.1:0"), loop=True)) == (
        "audit events are not taken at 127.0.0.1:0: GITOPS_BREAKGLASS_AUDIT_TOKEN and "
        "GITOPS_BREAKGLASS_AUDIT_CERTIFICATE not set"
    )


def test_a_loop_takes_what_a_webhook_sends(tmp_path, monkeypatch):
    certificate, key = Authority(tmp_path).server(tmp_path, "receiver")
    for name, value in {"TOKEN": "secret", "CERTIFICATE": certificate, "KEY": key}.items():
        monkeypatch.setenv(f"GITOPS_BREAKGLASS_AUDIT_{name}", str(value))
    listening = source(tmp_path, AuditLog(listen="127.0.0.1:0"), loop=True)
    assert isinstance(listening, WebhookSource)
    listening.close()
