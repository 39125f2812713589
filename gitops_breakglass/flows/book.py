"""What a cluster already knows: trust root, checkpoint and records, each believed only as far as it is proved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gitops_breakglass.core.plan.ownership import is_record
from gitops_breakglass.core.record import Verify, one_each, read_checkpoint, read_record, read_trust_root
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.finding import Finding, Location, Severity
from gitops_breakglass.model.grant import Checkpoint, Record, TrustRoot
from gitops_breakglass.ports import ClusterState, Signer


@dataclass(frozen=True)
class Book:
    """Everything of ours on a cluster that is not RBAC. Records are by the uid of their request."""

    trust: TrustRoot
    checkpoint: Checkpoint | None
    checkpoint_problem: str | None
    records: Mapping[str, Record]
    findings: tuple[Finding, ...]


def read_book(state: ClusterState, cluster: str, verify: Verify) -> Book:
    """Read what is written on the cluster. Raises UsageError where nothing is installed there."""
    trust = read_trust_root(state.objects)
    if trust is None or trust.cluster_uid != state.uid:
        what = "nothing is installed" if trust is None else "the trust root is another cluster's"
        msg = f"{cluster}: {what}"
        raise UsageError(msg, hint=f"as an administrator: gitops-breakglass install --cluster {cluster} --apply")
    # How a cluster is reached is read from the default branch, where nobody may have approved it.
    if trust.cluster != cluster:
        msg = f"{cluster}: this is the cluster that was installed as {trust.cluster!r}"
        raise UsageError(msg, hint=f"see how breakglass.yaml reaches {cluster}; if the name is right, install again")
    checkpoint, problem = read_checkpoint(state.objects, trust, verify)
    records: list[Record] = []
    findings = [
        Finding(
            "cluster-not-read",
            f"{cluster}: {what}",
            Location(f"clusters/{cluster}"),
            Severity.WARNING,
            "what is there can't be judged; mend it, or run install again where a kind or a right is missing",
        )
        for what in state.unreadable
    ]
    for live in state.objects:
        if is_record(live):
            record = read_record(live, trust, cluster, verify)
            records.append(record)
            if record.problem is not None:
                findings.append(
                    Finding(
                        "record-not-believed",
                        f"{cluster}: {live.key}: {record.problem}; it grants nothing",
                        Location(f"clusters/{cluster}"),
                        hint="find out who wrote it; what it lists is ended",
                    )
                )
    return Book(trust, checkpoint, problem, one_each(records), tuple(findings))


def is_believed(signer: Signer, trust: TrustRoot) -> bool:
    """Whether what is signed here is believed there; it is tried with nothing. Raises UsageError where no key is usable."""
    return signer.verify(signer.sign("text/plain", ""), trust.keys)
