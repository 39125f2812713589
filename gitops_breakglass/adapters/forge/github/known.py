"""Everything that GitHub is asked about one pull request, before git is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gitops_breakglass.adapters.forge.github.people import read_me
from gitops_breakglass.adapters.forge.github.place import Place
from gitops_breakglass.adapters.forge.github.pulls import Life, Pull
from gitops_breakglass.adapters.forge.github.pushes import Pushes, read_pushes
from gitops_breakglass.adapters.forge.github.reviews import Submitted, read_reviews
from gitops_breakglass.adapters.forge.github.session import Session
from gitops_breakglass.adapters.forge.github.unanswered import Need, Unanswered, unreadable
from gitops_breakglass.adapters.forge.github.wording import read_wording
from gitops_breakglass.core.comment import digests_in
from gitops_breakglass.model.identity import Account

_WEB_FLOW = "19864447"
"""The account that commits what is done in the browser: a machine of GitHub's and no person."""


@dataclass(frozen=True)
class Known:
    """What GitHub says of a pull request. `landed` is empty for one that is not merged."""

    pull: Pull
    life: Life
    landed: tuple[str, ...]
    reviews: tuple[Submitted, ...]
    accounts: Mapping[str, tuple[Account, ...]]
    """Whom GitHub takes the author, the committer and the co-authors of each of its commits for."""
    pushes: Pushes
    shown: tuple[str, ...]

    @property
    def merged_by_author(self) -> bool:
        """Whether its author merged it."""
        return self.pull.author is not None and [by for _, by in self.life.merges] == [self.pull.author]

    @property
    def merged_by(self) -> Account | None:
        """Who merged it; None where that was more than once, or GitHub does not say."""
        return self.life.merges[0][1] if len(self.life.merges) == 1 else None

    @property
    def pushed_by_author_only(self) -> bool | None:
        """As `Change.pushed_by_author_only`; no, wherever somebody else is known to have pushed.

        A merge that its author only set up to happen later brings along what others push until then.
        """
        if self.pull.author is None:
            return None
        if set(self.pushes.by) - {self.pull.author}:
            return False
        return True if self.merged_by_author or self.pushes.are_all else None


def read_known(session: Session, place: Place, pull: Pull, life: Life, landed: tuple[str, ...]) -> Known:
    """Ask for all of it. Raises Unanswered where any of it can't be read to its end."""
    path = f"{place.path}/pulls/{pull.number}/commits"
    commits = session.pages(path, Need.PULLS, key="sha")
    if len(commits) != pull.commits:
        raise Unanswered(
            f"{pull.name} has {pull.commits} commits, of which GitHub lists {len(commits)}",
            "it lists no more than 250: squash them, or ask in a pull request with fewer",
        )
    wording = read_wording(session, place, pull.number)
    accounts: dict[str, tuple[Account, ...]] = {}
    for each in commits:
        commit = each.text("sha")
        if commit not in wording.authors:
            raise unreadable(f"GET {path}", "it has commits that GraphQL does not know")
        claimed = (each.account("author"), each.account("committer"))
        people = [who for who in claimed if who is not None and who.id != _WEB_FLOW]
        accounts[commit] = tuple(dict.fromkeys([*people, *wording.authors[commit]]))
    return Known(
        pull,
        life,
        landed,
        reviews=read_reviews(session, place, pull.number, wording),
        accounts=accounts,
        pushes=read_pushes(session, place, pull, life),
        shown=_shown(session, place, pull.number),
    )


def _shown(session: Session, place: Place, number: int) -> tuple[str, ...]:
    """Return the digests that our own comments show; whose the token is, is asked only where there is such a comment."""
    comments = session.pages(f"{place.path}/issues/{number}/comments", Need.PULLS)
    found = [(each.account("user"), digests_in(each.text("body"))) for each in comments]
    return tuple(
        dict.fromkeys(
            digest
            for author, digests in found
            if digests and author is not None and author.id == read_me(session)
            for digest in digests
        )
    )
