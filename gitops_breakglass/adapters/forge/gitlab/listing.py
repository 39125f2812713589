"""Lists the merge requests that ask for something and have not landed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gitops_breakglass.adapters.fetch import Heads
from gitops_breakglass.adapters.forge.git_side import GitSide
from gitops_breakglass.adapters.forge.gitlab.problems import MERGE_REQUESTS, NotRead
from gitops_breakglass.adapters.forge.gitlab.records import MergeRequest
from gitops_breakglass.adapters.forge.gitlab.session import Session
from gitops_breakglass.adapters.gitrepo import REQUESTS, GitRepository
from gitops_breakglass.model.unread import Unread


@dataclass(frozen=True)
class Listing:
    """Lists what goes to the default branch of one project; what each changes is told by git."""

    session: Session
    repository: GitRepository
    heads: Heads
    branch: str
    fetched: dict[str, str | Unread]
    """Heads that were fetched in this run, by their refs; those that are fetched here are added."""

    def unmerged(self, since: datetime) -> tuple[str, ...]:
        """Return those (`!12`) that touch `requests/` and are open, or were closed without a merge since then.

        One whose head can't be fetched is named too: what it touches is not known. Raises UnreachableError.
        """
        try:
            path = f"{self.session.project}/merge_requests"
            listed = [
                *self.session.list(MERGE_REQUESTS, path, state="opened", target_branch=self.branch),
                *self.session.list(
                    MERGE_REQUESTS, path, state="closed", target_branch=self.branch, updated_after=since.isoformat()
                ),
            ]
            requests = [MergeRequest.of(each) for each in listed]
        except NotRead as problem:
            raise problem.as_unreachable() from None
        return self._touching([each for each in requests if each.closed_at is None or each.closed_at >= since])

    def _touching(self, requests: Sequence[MergeRequest]) -> tuple[str, ...]:
        tip = self.repository.tip()
        known = self.repository.kinds(each.head for each in requests if each.head)
        missing = [each.ref for each in requests if each.head not in known]
        # All of them in one call, and nothing where all are here.
        self.fetched.update(self.heads.obtain(missing) if missing else {})
        found = []
        for each in requests:
            head = each.head if each.head in known else self.fetched[each.ref]
            if head is None or isinstance(head, Unread) or self._touches_requests(head, tip):
                found.append(each)
        return tuple(str(each) for each in sorted(found, key=lambda each: each.number))

    def _touches_requests(self, head: str, tip: str) -> bool:
        return any(each.path.startswith(REQUESTS) for each in GitSide(self.repository).files(tip, head))
