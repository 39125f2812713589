"""Brakes: what looks so wrong that nothing new is granted until somebody has looked; ends go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gitops_breakglass.model.grant import Checkpoint, Statement
from gitops_breakglass.model.policy import Brakes


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


def brakes(track: Track, decisions: Sequence[Statement], limits: Brakes) -> tuple[str, ...]:
    """Return what holds back new grants, each with how to go on; nothing where all looks right."""
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
    new = sum(1 for each in decisions if each.outcome == "granted")
    if new > limits.max_new_grants:
        held.append(
            f"{new} new grants in one run are more than brakes.maxNewGrants ({limits.max_new_grants}) allows: "
            "raise it by an approved change of breakglass.yaml, or merge fewer at once"
        )
    return tuple(held)
