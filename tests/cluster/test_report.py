"""`report` on a real API server: what a grant's subject used and left, with the audit log and without."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.cluster.faulty_stage import CLUSTER
from tests.cluster.harness.actor import MERGE_PATCH
from tests.cluster.report_stage import NAMESPACE, ReportStage, misuse, plain

ROOT = Path(__file__).parents[2]
SECONDS = 25
CONFIG_MAPS = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
DEPLOYMENTS = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReportStage]:
    """One cluster; alice has misused her grant, bob has made something meanwhile, and the grant has ended."""
    stage = ReportStage(tmp_path_factory.mktemp("report"), ["alice", "erin"])
    stage.install()
    stage.furnish()
    stage.grants("misused", who="alice", seconds=SECONDS)
    stage.done = misuse(stage.person("alice"))
    stage.person("bob").must("POST", CONFIG_MAPS, {"metadata": {"name": "minutes"}, "data": {"at": "noon"}})
    stage.wait_until(stage.record("misused")["status"]["expiresAt"])
    stage.reconcile()
    yield stage
    stage.close()


HEAD = """\
prod-cluster-1/misused  Expired  as of TIME
  Decision
    for alice@example.com (User), as escalation/incident-ops
    asked for by alice, in breakglass/prod-cluster-1/misused
    approved by lead (KEY) at TIME: go ahead
    granted at TIME, signed, SHA-256 HASH
    file requests/prod-cluster-1/misused.yaml, blob HASH, landed as HASH
    what was shown to approvers: SHA-256 HASH
  Time
    promised TIME to TIME (25s)
    held from TIME to TIME
    ended at TIME by reconciler: its window ended; N s after it was due
  Granted
    on the whole cluster, from ClusterRole incident-ops:
      create, get, list  configmaps
      get  pods, pods/log
      create  serviceaccounts
      create, get, list, patch  deployments (apps)
      create, get, list  cronjobs (batch)
      create  certificatesigningrequests (certificates.k8s.io)
  Used
"""
BY_LOG = f"""{HEAD}\
    granted 14 rights, used 6 (6 calls)
    next time ask for this:
      on the whole cluster, from ClusterRole incident-ops:
        create  certificatesigningrequests (certificates.k8s.io)
      in namespace shop, from ClusterRole incident-ops:
        create  configmaps, serviceaccounts
        create  deployments (apps)
        patch  deployments (apps) named web
        create  cronjobs (batch)
    source: the audit log audit.log, from TIME to TIME
  Left on the cluster
    roles, bindings and ServiceAccounts:
      certain: ServiceAccount shop/backdoor, made at TIME (made by alice@example.com, allowed by the grant)
    tokens of ServiceAccounts:
      certain: Secret shop/backdoor-token, made at TIME (made by alice@example.com, with rights of other origin)
    certificate requests:
      certain: CertificateSigningRequest mine, made at TIME (made by alice@example.com, allowed by the grant)
    workloads:
      certain: CronJob shop/phone-home, made at TIME (made by alice@example.com, allowed by the grant)
      certain: Deployment shop/miner, made at TIME (made by alice@example.com, allowed by the grant)
      certain: Deployment shop/web, changed at TIME (changed, and still as it was set by alice@example.com, allowed by the grant)
    other objects:
      certain: ConfigMap shop/notes, made at TIME (made by alice@example.com, allowed by the grant)
  What can't be seen
    what was read or copied, and what ran inside of containers
    objects that were deleted since, and objects elsewhere than on this cluster
    what an aggregated API did beyond the objects that it lists
    calls that the audit log lacks: its policy may leave kinds out, and old files are thrown away
"""
BY_MARKS = f"""{HEAD}\
    There is no evidence: no audit log of that time was read, and the record has none. What was used is not known, and nothing follows from that.
  Left on the cluster
    roles, bindings and ServiceAccounts:
      possible: ServiceAccount shop/backdoor, made at TIME (came to be while access held; no program of a person is named)
    tokens of ServiceAccounts:
      possible: Secret shop/backdoor-token, made at TIME (came to be while access held, by python-requests; the grant itself did not allow that)
    certificate requests:
      possible: CertificateSigningRequest mine, made at TIME (came to be while access held; no program of a person is named)
    workloads:
      likely: CronJob shop/phone-home, made at TIME (came to be while access held, by python-requests; the grant allowed that, and nobody else is bound to do it)
      likely: Deployment shop/miner, made at TIME (came to be while access held, by python-requests; the grant allowed that, and nobody else is bound to do it)
      likely: Deployment shop/web, changed at TIME (fields that it has were set while access held, by python-requests; the grant allowed that, and nobody else is bound to do it)
      possible: 2 of kind Pod that say a controller made them; --format json tells each
      possible: 2 of kind ReplicaSet that say a controller made them; --format json tells each
    other objects:
      possible: ConfigMap shop/minutes, made at TIME (came to be while access held, by python-requests; others may do that, too)
      possible: ConfigMap shop/notes, made at TIME (came to be while access held, by python-requests; others may do that, too)
  What can't be seen
    what was read or copied, and what ran inside of containers
    objects that were deleted since, and objects elsewhere than on this cluster
    what an aggregated API did beyond the objects that it lists
    without an audit log: who made what, tokens that were issued by TokenRequest, fields that were taken out, and changes whose marks were cleared
    whether N objects that only parts of the cluster changed, by their name, were changed by them: names are free
    what members of system:masters did, who are bound nowhere: what is likely may be theirs
"""


@pytest.mark.threat("D4")
def test_a_binding_is_refused_and_what_else_makes_access_last_passes(stage: ReportStage):
    assert stage.done == {
        "binding": 403,
        "account": 201,
        "token": 201,
        "csr": 201,
        "cronjob": 201,
        "deployment": 201,
        "configmap": 201,
        "patch": 200,
    }


@pytest.mark.threat("D4")
def test_with_the_audit_log_exactly_what_the_subject_left_is_told_as_certain(stage: ReportStage):
    assert plain(stage.report("misused", "--audit-log", str(stage.log)).stdout) == BY_LOG


@pytest.mark.threat("D4")
def test_without_it_nobody_is_blamed_and_all_of_that_is_told_as_likely_or_possible(stage: ReportStage):
    assert plain(stage.report("misused").stdout) == BY_MARKS


def test_json_and_markdown_tell_the_same(stage: ReportStage):
    told = json.loads(stage.report("misused", "--audit-log", str(stage.log), "--format", "json").stdout)
    schema = json.loads((ROOT / "schemas" / "output" / "report.schema.json").read_text())
    Draft202012Validator(schema).validate(told)
    assert {f"{each['kind']} {each['name']}" for each in told["residue"]["left"]} == {
        "CertificateSigningRequest mine",
        "ConfigMap notes",
        "CronJob phone-home",
        "Deployment miner",
        "Deployment web",
        "Secret backdoor-token",
        "ServiceAccount backdoor",
    }
    page = plain(stage.report("misused", "--format", "markdown").stdout)
    lines = [line.strip() for line in BY_MARKS.splitlines()[2:]]
    assert [line.strip() for line in page.splitlines() if line.strip() in lines] == [
        line
        for line in lines
        if line not in {"Decision", "Time", "Granted", "Used", "Left on the cluster"} and line != "What can't be seen"
    ]


def test_who_may_list_little_is_told_what_was_not_seen(stage: ReportStage):
    carol = stage.auditor("carol")
    said = plain(stage.run("report", f"{CLUSTER}/misused", "--kubeconfig", str(carol.kubeconfig), repo=False).stdout)
    (told,) = (line for line in said.splitlines() if line.endswith(": it may not be listed by who asks"))
    assert "certificatesigningrequests.certificates.k8s.io" in told
    assert " secrets," in told
    assert "deployments" not in told
    assert "likely: Deployment shop/miner" in said
    assert "CertificateSigningRequest mine" not in said


def test_a_grant_of_fourteen_rights_of_which_two_were_used_becomes_a_request_for_the_two(stage: ReportStage, tmp_path):
    stage.grants("generous", who="erin", seconds=SECONDS)
    erin = stage.person("erin")
    assert erin.status("GET", CONFIG_MAPS) == 200
    assert _patched(erin, "web") == 200
    file = tmp_path / "less.yaml"
    role = tmp_path / "role.yaml"
    asked = ("--audit-log", str(stage.log), "--next-request", str(file), "--next-role", str(role))
    said = stage.report("generous", *asked)
    assert "granted 14 rights, used 2 (2 calls)" in said.stdout
    assert said.stderr == f"Wrote {file}, which fits the offer shop-incidents.\nWrote {role}.\n"
    assert file.read_text() == LESS
    stage.wait_until(stage.record("generous")["status"]["expiresAt"])
    stage.reconcile()
    assert erin.status("GET", CONFIG_MAPS) == 403
    stage.asks("less", file.read_text(), who="erin")
    assert "less.yaml" not in stage.run("check", str(stage.world.path), repo=False).stdout
    assert (erin.status("GET", CONFIG_MAPS), _patched(erin, "web")) == (200, 200)
    assert [
        erin.status("GET", "/api/v1/namespaces/default/configmaps"),
        erin.status("GET", f"{CONFIG_MAPS}/notes"),
        erin.status("POST", CONFIG_MAPS, {"metadata": {"name": "more"}}),
        erin.status("GET", DEPLOYMENTS),
        _patched(erin, "miner"),
        erin.status("DELETE", f"{DEPLOYMENTS}/web"),
    ] == [403] * 6


LESS = """\
# What was used of prod-cluster-1/generous. Say below why it is needed again.
apiVersion: access.cloudnimbus.io/v1alpha1
kind: Breakglass
metadata:
  name: "less"
spec:
  justification: "again what was used of prod-cluster-1/generous"
  policy:
    - namespace: "shop"
      rules:
        - {apiGroups: [""], resources: ["configmaps"], verbs: ["list"]}
        - {apiGroups: ["apps"], resources: ["deployments"], resourceNames: ["web"], verbs: ["patch"]}
  schedule:
    duration: 25s
"""


def _patched(person, name: str) -> int:
    body = {"metadata": {"labels": {"looked-at": "yes"}}}
    return int(person.request("PATCH", f"{DEPLOYMENTS}/{name}", body, content_type=MERGE_PATCH).status)
