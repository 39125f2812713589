"""Brakes: what looks so wrong that nothing new is granted until somebody has looked; ends go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gitops_breakglass.core.read.freeze import because, holds_on
from gitops_breakglass.model.grant import Checkpoint, Record, Statement
from gitops_breakglass.model.policy import Brakes, Freeze


@dataclass(frozen=True)
class Track:
    """Where the repository stands, against where it stood."""

    tip: str
    checkpoint: Checkpoint | None
    checkpoint_problem: str | None
    descends: bool
    """Whether the tip is the last reconciled commit or comes after it."""
    rooted: bool
    """Whether the tip comes after the commit that the trust root pins."""
    forgotten: bool = False
    """Whether there are decisions since the trust root was pinned, and no checkpoint."""


def brakes(
    track: Track, decisions: Sequence[Statement], limits: Brakes, live: Sequence[Record] = ()
) -> tuple[str, ...]:
    """Return what holds back new grants, each with how to go on; nothing where all looks right.

    `live` are the records of what is granted already and not over.
    """
    held = []
    if not track.rooted:
        held.append(
            "the default branch does not contain the commit that the trust root pins: is this the right repository? "
            "To trust this history, have an administrator run `gitops-breakglass install` again"
        )
    elif not track.descends and track.checkpoint is not None:
        held.append(
            f"the default branch at {track.tip[:12]} does not come after {track.checkpoint.commit[:12]}, which was "
            "reconciled last: history was rewritten, or this clone is old. Fetch; if the rewrite was meant, have an "
            "administrator run `gitops-breakglass install` again"
        )
    if track.checkpoint_problem is not None:
        held.append(
            f"the checkpoint on the cluster is not believed: {track.checkpoint_problem}. Have an administrator look who "
            "wrote it, delete it, and install again"
        )
    elif track.forgotten:
        held.append(
            "there are records but no checkpoint: somebody deleted it. Have an administrator look, then install again: "
            "what is merged until then is not decided any more"
        )
    return (*held, *_too_many(decisions, live, limits))


def frozen(cluster: str, freezes: Iterable[tuple[str, Freeze | None]]) -> tuple[str, ...]:
    """Return what says that nothing new is granted on the cluster: each `freeze.yaml` with the commit that has it.

    The one on the default branch holds although nobody approved it, since it takes nothing but time; the one that is in
    force goes on holding when somebody deletes the file, until that was approved.
    """
    held = []
    for commit, freeze in freezes:
        if freeze is None or not holds_on(freeze, cluster):
            continue
        held.append(
            f"freeze.yaml at {commit[:12]}{because(freeze)}: nothing new is granted while it is there. "
            "To go on, delete it by an approved change"
        )
    return tuple(held)


def emptied(is_configured: bool, lost: Sequence[Record]) -> tuple[str, ...]:  # noqa: FBT001
    """Return what looks as if somebody had emptied the repository.

    `is_configured` tells whether the default branch has a `breakglass.yaml`; `lost` are the live grants whose files went
    away although the default branch has no request of any cluster left.
    """
    held = []
    if not is_configured:
        held.append(
            "the default branch has no breakglass.yaml any more: was it emptied, or is this another branch? "
            "To go on, put the file back"
        )
    if len(lost) > 1:
        held.append(
            f"the default branch has no request any more, and {len(lost)} of those that went were live: was it emptied? "
            "Their access ends, as it does when a file is deleted. If that was not meant, put the files back and ask "
            "again under other names"
        )
    return tuple(held)


def live_grants(records: Iterable[Record]) -> tuple[Record, ...]:
    """Return the records of what is granted and has not ended yet, whether its window has begun or not."""
    return tuple(
        record
        for record in records
        if record.statement is not None and record.statement.outcome == "granted" and record.ended_at is None
    )


def _too_many(decisions: Sequence[Statement], live: Sequence[Record], limits: Brakes) -> Iterator[str]:
    fresh = [each for each in decisions if each.outcome == "granted"]
    if not fresh:
        return
    how = "raise it by an approved change of breakglass.yaml, or"
    if len(fresh) > limits.max_new_grants:
        yield (
            f"{len(fresh)} new grants in one run are more than brakes.maxNewGrants ({limits.max_new_grants}) allows: "
            f"{how} merge fewer at once"
        )
    known = [record.statement for record in live if record.statement is not None]
    if len(fresh) + len(known) > limits.max_live_grants:
        yield (
            f"{len(fresh)} new grants beside {len(known)} live ones are more than brakes.maxLiveGrants "
            f"({limits.max_live_grants}) allows: {how} wait until some have ended, or revoke them"
        )
    count = Counter(_subject(each) for each in (*known, *fresh))
    for name in sorted({_subject(each) for each in fresh}):
        if count[name] > limits.max_live_grants_per_subject:
            yield (
                f"{count[name]} grants of {name} at a time are more than brakes.maxLiveGrantsPerSubject "
                f"({limits.max_live_grants_per_subject}) allows: {how} wait until some have ended, or revoke them"
            )


def _subject(statement: Statement) -> str:
    return statement.subject.name if statement.subject is not None else ""
