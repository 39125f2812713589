"""What the schemas of records say of their fields is true, as the code that reads records from a cluster has it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gitops_breakglass.core.install.trust_root import trust_root
from gitops_breakglass.core.ledger import ENTRY_TYPE, chained, verify_ledger
from gitops_breakglass.core.ledger_page import lines_of, page_manifest
from gitops_breakglass.core.record import (
    CHECKPOINT_TYPE,
    DECISION_TYPE,
    checkpoint_manifest,
    print_checkpoint,
    read_checkpoint,
    read_record,
    read_trust_root,
    record_manifest,
)
from gitops_breakglass.core.record_parts import inventory_status, marks_status, occurrences_status
from gitops_breakglass.core.record_remakes import remakes_status
from gitops_breakglass.core.record_session import session_status
from gitops_breakglass.core.record_told import told_status
from gitops_breakglass.core.record_use import use_status
from gitops_breakglass.core.render.status import enforcement_status
from gitops_breakglass.core.statement import print_statement
from gitops_breakglass.model.debug_state import Done, NotReady, Remaining, Remains, SessionPod, SessionState
from gitops_breakglass.model.enforcement import Enforcement, Means
from gitops_breakglass.model.grant import (
    Checkpoint,
    Envelope,
    LedgerHead,
    LedgerMarks,
    Occurrence,
    Remake,
    Statement,
    TrustRoot,
)
from gitops_breakglass.model.kube import LiveObject, ObjectKey
from gitops_breakglass.model.ledger import Draft, Trust
from gitops_breakglass.model.notice import Channel, Event, Occasion, Progress, Told
from gitops_breakglass.model.request import RequestId
from gitops_breakglass.model.use import Seen, Stream, Target, Use
from gitops_breakglass.model.window import Window, print_time
from tests.fields.repository import data_at, fields, flat, places, readers

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TRUST = TrustRoot("example/access", "c0", ("ssh-ed25519 AAAA",), "u-1", "prod")
ROLE = ObjectKey("rbac.authorization.k8s.io/v1", "RoleBinding", "shop", "bg-inc-1-0")
STATEMENT = Statement(
    repository=TRUST.repository,
    cluster="prod",
    cluster_uid=TRUST.cluster_uid,
    request=RequestId("prod", "inc-1"),
    kind="BreakglassSession",
    uid="0" * 32,
    path="requests/prod/inc-1.yaml",
    blob="b",
    landing="c1",
    decided_at=NOW,
    outcome="granted",
    windows=(Window(NOW, NOW + timedelta(hours=1)),),
)
CHECKPOINT = Checkpoint(TRUST.repository, TRUST.cluster_uid, "c1", "c0", "c0", {}, (), "")


LEDGER = Trust(TRUST.repository, TRUST.keys, TRUST.cluster_uid)
(ENTRY,) = chained([Draft("decided", "0" * 32, {}, frozenset())], LedgerHead(), LEDGER, "prod", NOW)


def signed(kind, payload):
    return Envelope(kind, payload, "ci", "signature")


def verify(envelope, keys):
    good = {
        signed(DECISION_TYPE, print_statement(STATEMENT)),
        signed(CHECKPOINT_TYPE, print_checkpoint(CHECKPOINT)),
        signed(ENTRY_TYPE, ENTRY),
    }
    return envelope in good and keys == TRUST.keys


def of_cluster(manifest):
    metadata = manifest["metadata"]
    key = ObjectKey(manifest["apiVersion"], manifest["kind"], metadata.get("namespace", ""), metadata["name"])
    return LiveObject(key, "u-2", manifest)


def record(manifest):
    return replace(read_record(of_cluster(manifest), TRUST, "prod", verify), live=of_cluster(GRANT))


SESSION = SessionState(
    (Done("shop", "web-0", "u-4", "bg-x", NOW),),
    (SessionPod("shop", "bg-x", "u-5", "node-1", "Running", is_ready=True),),
    (NotReady(ROLE, "refused"),),
    (Remains("shop", "web-0", "u-4", "bg-x", Remaining.GONE, NOW),),
)
PODS = Target("get", "apps", "pods", "exec", "shop", "web-0", "/healthz")
USE = Use(
    NOW,
    NOW,
    NOW,
    NOW,
    3,
    2,
    1,
    (PODS,),
    (Stream(NOW, "i-1", "alice", PODS, "robot", "a-1"),),
    (Seen(NOW, "i-1", over=True, refused=True),),
    NOW,
    is_cut=True,
)
GRANT = {
    **record_manifest(STATEMENT, signed(DECISION_TYPE, print_statement(STATEMENT)), [ROLE]),
    "status": {
        "state": "Approved",
        "inventory": inventory_status({ROLE: "u-3"}),
        "grantedAt": print_time(NOW),
        "expiresAt": print_time(NOW),
        "endedAt": print_time(NOW),
        "message": "ended",
        "endedBy": "sweeper",
        "endReason": "its window ended",
        "occurrences": occurrences_status([Occurrence(NOW, NOW + timedelta(hours=1), (ROLE,), NOW, "sweeper")]),
        "session": session_status(SESSION),
        "told": told_status([Told(Occasion(Event.ENDED, NOW), Channel.WEBHOOK, Progress.FAILED, NOW, 2)]),
        "use": use_status(USE),
        "remade": remakes_status([Remake(ROLE, "u-3", 1)]),
        "ledger": marks_status(
            LedgerMarks(1, frozenset({"u-3"}), 3, frozenset({print_time(NOW)}), frozenset({"shop/web-0/bg-x"}))
        ),
        "denyPolicies": enforcement_status([Enforcement("protect-kube-system", Means.SUBTRACTED, "get secrets")]),
    },
}
GRANT["spec"]["revokedAt"] = print_time(NOW)
RECORDS = {
    "Grant": (GRANT, record),
    "Checkpoint": (
        checkpoint_manifest(signed(CHECKPOINT_TYPE, print_checkpoint(CHECKPOINT))),
        lambda manifest: read_checkpoint([of_cluster(manifest)], TRUST, verify),
    ),
    "LedgerPage": (
        page_manifest(1, [signed(ENTRY_TYPE, ENTRY)]),
        lambda manifest: verify_ledger(lines_of([of_cluster(manifest)], "prod"), LEDGER, verify),
    ),
    "TrustRoot": (trust_root(TRUST), lambda manifest: read_trust_root([of_cluster(manifest)])),
}


def made(kind, manifest):
    read = RECORDS[kind][1](manifest)
    return {at: value for part in (read if isinstance(read, tuple) else (read,)) for at, value in flat(part, "record")}


@pytest.mark.parametrize("kind", RECORDS)
def test_what_is_enforced_of_a_record_is_read_and_what_is_informational_is_not(kind):
    whole = json.loads(json.dumps(RECORDS[kind][0]))
    told = {}
    for field in fields(kind):
        below_spec = field.path[0] in ("spec", "status")
        found = places(field, whole) if below_spec else ()
        assert found or not below_spec, field.text
        if not found or isinstance(data_at(whole, found[0]), dict | list):
            continue
        other = json.loads(json.dumps(whole))
        value = data_at(other, found[0])
        data_at(other, found[0][:-1])[found[0][-1]] = value + (1 if isinstance(value, int) else "x")
        before, after = made(kind, whole), made(kind, other)
        names = {name for (at, name) in {**before, **after} if before.get((at, name)) != after.get((at, name))}
        told[field.text] = "enforced" if names & set(readers()) else "informational"
    assert told == {each.text: each.effect for each in fields(kind) if each.text in told}
