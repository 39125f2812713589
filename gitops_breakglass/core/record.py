"""Records: what a reconciler signs, how it lies on a cluster, and what of it is believed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from typing import Any

from gitops_breakglass.core.names import record_name
from gitops_breakglass.core.record_parts import (
    key_manifest,
    list_of,
    mapping_of,
    read_key,
    read_marks,
    read_occurrences,
    text_of,
    time_or_past,
)
from gitops_breakglass.core.record_remakes import read_remakes
from gitops_breakglass.core.record_session import read_session
from gitops_breakglass.core.record_told import read_told
from gitops_breakglass.core.record_use import read_use
from gitops_breakglass.core.statement import parse_statement, print_statement
from gitops_breakglass.model.grant import Checkpoint, Envelope, LedgerHead, Record, Statement, TrustRoot
from gitops_breakglass.model.kube import (
    DECISION,
    EXPIRES_AT,
    MANAGED_BY,
    MANAGER,
    NAMESPACE,
    OUR_API,
    REQUEST,
    LiveObject,
    Manifest,
    ObjectKey,
)
from gitops_breakglass.model.window import parse_time, print_time

DECISION_TYPE = "application/vnd.gitops-breakglass.decision+json"
CHECKPOINT_TYPE = "application/vnd.gitops-breakglass.checkpoint+json"
TRUST_ROOT = "trust-root"
CHECKPOINT = "checkpoint"

Verify = Callable[[Envelope, Sequence[str]], bool]


def digest_of(payload: str) -> str:
    """Return the SHA-256 of a payload, by which objects and later decisions refer to it."""
    return hashlib.sha256(payload.encode()).hexdigest()


def record_manifest(statement: Statement, envelope: Envelope, inventory: Sequence[ObjectKey]) -> Manifest:
    """Return the record to write before anything else of the request is made."""
    annotations = {DECISION: digest_of(envelope.payload)}
    if statement.expires_at is not None:
        annotations[EXPIRES_AT] = print_time(statement.expires_at)
    return {
        "apiVersion": OUR_API,
        "kind": "Grant",
        "metadata": {
            "name": record_name(statement.request, statement.uid),
            "namespace": NAMESPACE,
            "labels": {MANAGED_BY: MANAGER, REQUEST: statement.uid},
            "annotations": annotations,
        },
        "spec": {
            "request": {
                "cluster": statement.request.cluster,
                "name": statement.request.name,
                "kind": statement.kind,
                "path": statement.path,
                "uid": statement.uid,
            },
            "decision": envelope_manifest(envelope),
            "inventory": [key_manifest(key) for key in inventory],
        },
    }


def read_record(live: LiveObject, trust: TrustRoot, cluster: str, verify: Verify) -> Record:
    """Return what a record proves. A record that is forged, altered, copied or of elsewhere proves nothing."""
    spec, status = mapping_of(live.manifest.get("spec")), mapping_of(live.manifest.get("status"))
    envelope = read_envelope(spec.get("decision"))
    statement, problem = _believe(envelope, trust, verify)
    if statement is not None:
        problem = _misplaced(statement, live, trust, cluster)
    return Record(
        name=live.key.name,
        request_uid=live.labels.get(REQUEST, ""),
        envelope=envelope,
        statement=statement if problem is None else None,
        digest=digest_of(envelope.payload) if envelope else "",
        inventory=tuple(key for each in list_of(spec.get("inventory")) if (key := read_key(each))),
        uids={
            key: str(each["uid"])
            for each in list_of(status.get("inventory"))
            if (key := read_key(each)) is not None and each.get("uid")
        },
        revoked_at=time_or_past(spec.get("revokedAt")),
        ended_at=time_or_past(status.get("endedAt")),
        live=live,
        problem=problem,
        ended_why=text_of(status.get("endReason")),
        ended_by=text_of(status.get("endedBy")),
        marks=read_marks(mapping_of(status.get("ledger"))),
        occurrences=read_occurrences(status.get("occurrences")),
        session=read_session(status.get("session")),
        told=read_told(status.get("told")),
        use=read_use(status.get("use")),
        remakes=read_remakes(status.get("remade")),
    )


def read_unproved(live: LiveObject) -> Record:
    """Return a record as it says of itself, for ending only: what it says can end access early and never give any."""
    nobody = TrustRoot("", "", (), "")
    record = read_record(live, nobody, "", lambda _envelope, _keys: False)
    try:
        statement = parse_statement(record.envelope.payload) if record.envelope else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        # Nobody signed it, so it may be anything at all; whatever it is, it must not keep the rest from ending.
        statement = None
    return replace(record, statement=statement)


def one_each(records: Iterable[Record]) -> dict[str, Record]:
    """Return one record for each request, by its uid: the believed one, else the one whose name is its decision's.

    A forged copy under another name must not hide the record that it copies.
    """
    chosen: dict[str, Record] = {}
    for record in records:
        uid = record.request_uid or record.name
        if uid not in chosen or _worth(record) > _worth(chosen[uid]):
            chosen[uid] = record
    return chosen


def _worth(record: Record) -> tuple[bool, bool]:
    statement = record.statement
    named = statement is not None and record.name == record_name(statement.request, statement.uid)
    return record.problem is None, named


def read_trust_root(objects: Sequence[LiveObject]) -> TrustRoot | None:
    """Return what the administrator pinned, or None where nothing is installed."""
    for live in objects:
        if live.key.kind == "TrustRoot" and live.key.name == TRUST_ROOT:
            spec = mapping_of(live.manifest.get("spec"))
            return TrustRoot(
                repository=str(spec.get("repository", "")),
                policy=str(spec.get("policyCommit", "")),
                keys=tuple(str(key) for key in list_of(spec.get("publicKeys"))),
                cluster_uid=str(spec.get("clusterUID", "")),
                cluster=str(spec.get("cluster", "")),
            )
    return None


def checkpoint_manifest(envelope: Envelope) -> Manifest:
    """Return the checkpoint as it is written."""
    return {
        "apiVersion": OUR_API,
        "kind": "Checkpoint",
        "metadata": {"name": CHECKPOINT, "namespace": NAMESPACE, "labels": {MANAGED_BY: MANAGER}},
        "spec": envelope_manifest(envelope),
    }


def print_checkpoint(checkpoint: Checkpoint) -> str:
    """Return the payload that a checkpoint is signed as."""
    return _json(
        {
            "repository": checkpoint.repository,
            "clusterUID": checkpoint.cluster_uid,
            "commit": checkpoint.commit,
            "policy": checkpoint.policy,
            "root": checkpoint.root,
            "sights": {key: print_time(at) for key, at in checkpoint.sights.items()},
            "undecided": list(checkpoint.undecided),
            "ledger": checkpoint.ledger,
            "head": {"sequence": checkpoint.head.sequence, "hash": checkpoint.head.hash},
        }
    )


def read_checkpoint(
    objects: Sequence[LiveObject], trust: TrustRoot, verify: Verify
) -> tuple[Checkpoint | None, str | None]:
    """Return the checkpoint, and why the one that is there is not believed. Both are None before the first run."""
    for live in objects:
        if live.key.kind == "Checkpoint" and live.key.name == CHECKPOINT:
            envelope = read_envelope(live.manifest.get("spec"))
            if envelope is None or envelope.payload_type != CHECKPOINT_TYPE or not verify(envelope, trust.keys):
                return None, "its signature is not one of a reconciler's that the trust root names"
            data = json.loads(envelope.payload)
            if (data["repository"], data["clusterUID"]) != (trust.repository, trust.cluster_uid):
                return None, "it is of another repository or cluster"
            return (
                Checkpoint(
                    repository=data["repository"],
                    cluster_uid=data["clusterUID"],
                    commit=data["commit"],
                    policy=data["policy"],
                    root=data["root"],
                    sights={key: parse_time(at) for key, at in data["sights"].items()},
                    undecided=tuple(data["undecided"]),
                    ledger=data["ledger"],
                    # A checkpoint of a version before the ledger has none.
                    head=LedgerHead(**data.get("head", {})),
                ),
                None,
            )
    return None, None


def _believe(envelope: Envelope | None, trust: TrustRoot, verify: Verify) -> tuple[Statement | None, str | None]:
    if envelope is None:
        return None, "it holds no signed decision"
    if envelope.payload_type != DECISION_TYPE or not verify(envelope, trust.keys):
        return None, "its decision is not signed by a reconciler that the trust root names"
    try:
        statement = parse_statement(envelope.payload)
    except (ValueError, KeyError, TypeError):
        return None, "its decision can't be read by this version"
    # What is signed must be what this version reads: nothing in it may be lost on the way.
    if print_statement(statement) != envelope.payload:
        return None, "its decision holds more than this version can read"
    return statement, None


def _misplaced(statement: Statement, live: LiveObject, trust: TrustRoot, cluster: str) -> str | None:
    if statement.repository != trust.repository or statement.cluster_uid != trust.cluster_uid:
        return "its decision is of another repository or cluster"
    if statement.cluster != cluster:
        return f"its decision is for the cluster {statement.cluster}"
    if live.key.name != record_name(statement.request, statement.uid) or live.labels.get(REQUEST) != statement.uid:
        return "it is not the record that its decision is of"
    return None


def read_envelope(spec: object) -> Envelope | None:
    """Return the signed envelope that lies there, or None; whether the signature holds is for others to say."""
    if not isinstance(spec, Mapping):
        return None
    fields = [
        each for name in ("payloadType", "payload", "key", "signature") if isinstance(each := spec.get(name), str)
    ]
    return Envelope(*fields) if len(fields) == len(dataclass_fields(Envelope)) else None


def envelope_manifest(envelope: Envelope) -> dict[str, str]:
    """Return the envelope as it lies in an object or an export."""
    return {
        "payloadType": envelope.payload_type,
        "payload": envelope.payload,
        "key": envelope.key,
        "signature": envelope.signature,
    }


def _json(data: Any) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
