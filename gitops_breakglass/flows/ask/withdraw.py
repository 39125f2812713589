"""Deletes a request's file on a branch of its own: merged, that ends the access wherever no credentials reach."""

from __future__ import annotations

from dataclasses import dataclass

from gitops_breakglass.flows.sources import Sources
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.request import RequestId
from gitops_breakglass.ports import SigningClone


@dataclass(frozen=True)
class Deletion:
    """A branch whose merge ends a request's access."""

    id: RequestId
    branch: str
    commit: str


def delete_request(request: RequestId, *, sources: Sources, clone: SigningClone, reason: str) -> Deletion:
    """Commit the deletion of the request's file on the default branch as it is now.

    Raises UsageError where there is no such file, or a branch that deletes it already.
    """
    tip = sources.repository.tip()
    if not any(entry.path == request.path for entry in sources.repository.entries(tip, request.path)):
        raise UsageError(
            f"the default branch has no {request.path}", hint="`gitops-breakglass status` lists what there is"
        )
    branch = f"breakglass-end/{request}"
    if (head := clone.branch_head(branch)) is not None:
        raise UsageError(
            f"there is a branch {branch} already, at {head[:12]}",
            hint=f"have it merged, or delete it: git branch -D {branch}",
        )
    message = f"End {request}\n\n{reason}".strip()
    commit = clone.commit_file(branch, tip, path=request.path, content=None, message=message, signed=False)
    return Deletion(request, branch, commit)
