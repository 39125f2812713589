"""What is said and done with pull requests; nothing is said twice, whatever became of an answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from gitops_breakglass.adapters.forge.github.fields import Fields
from gitops_breakglass.adapters.forge.github.people import read_me
from gitops_breakglass.adapters.forge.github.place import Place
from gitops_breakglass.adapters.forge.github.session import Session
from gitops_breakglass.adapters.forge.github.unanswered import Need, Unanswered
from gitops_breakglass.core.comment import is_gate_comment, notice_head, says_the_same, tells_of


@dataclass(frozen=True)
class GithubDesk:
    """Implements `ports.Desk`, with the numbers of pull requests."""

    session: Session
    place: Place

    def open(self, branch: str, *, title: str, body: str) -> str:
        """Open a pull request and return its address; the one that is open already where there is one."""
        with told():
            path = f"{self.place.path}/pulls"
            asked = {"title": title, "body": body, "head": branch, "base": self.place.branch}
            try:
                return self.session.write("POST", path, Need.PULLS_WRITE, asked).text("html_url")
            except Unanswered as error:
                if error.status not in {0, 422, 500, 502, 503, 504}:
                    raise
                if (there := self._there(branch)) is None:
                    raise
                return there

    def _there(self, branch: str) -> str | None:
        head = f"{self.place.owner}:{branch}"
        path = f"{self.place.path}/pulls"
        listed = self.session.pages(path, Need.PULLS, state="open", head=head, base=self.place.branch)
        mine = [each for each in listed if each.of("head").text("ref") == branch]
        return mine[0].text("html_url") if mine else None

    def comment(self, number: int, text: str) -> None:
        """Have our one comment say this: known by its marker and by us being its author, and left where it says so."""
        with told():
            ours = next((each for each in self._ours(number) if is_gate_comment(each.text("body"))), None)
            if ours is None:
                path = f"{self.place.path}/issues/{number}/comments"
                self.session.write("POST", path, Need.ISSUES_WRITE, {"body": text})
            elif not says_the_same(ours.text("body"), text):
                path = f"{self.place.path}/issues/comments/{ours.number('id')}"
                self.session.write("PATCH", path, Need.ISSUES_WRITE, {"body": text})

    def announce(self, number: int, event: str, text: str) -> None:
        """Write a new comment that tells of an event, unless one of ours does: by its marker and by us being its author."""
        with told():
            if any(tells_of(each.text("body"), event) for each in self._ours(number)):
                return
            path = f"{self.place.path}/issues/{number}/comments"
            self.session.write("POST", path, Need.ISSUES_WRITE, {"body": f"{notice_head(event)}{text}"})

    def close(self, number: int, text: str) -> None:
        """Close a pull request that is open, saying why."""
        with told():
            path = f"{self.place.path}/pulls/{number}"
            if self.session.get(path, Need.PULLS).text("state") != "open":
                return
            if not any(says_the_same(each.text("body"), text) for each in self._ours(number)):
                said = f"{self.place.path}/issues/{number}/comments"
                self.session.write("POST", said, Need.ISSUES_WRITE, {"body": text})
            self.session.write("PATCH", path, Need.PULLS_WRITE, {"state": "closed"})

    def _ours(self, number: int) -> list[Fields]:
        me = read_me(self.session)
        comments = self.session.pages(f"{self.place.path}/issues/{number}/comments", Need.PULLS)
        return [each for each in comments if (who := each.account("user")) is not None and who.id == me]


@contextmanager
def told() -> Iterator[None]:
    """Turn what GitHub did not do into RefusedError or UnreachableError."""
    try:
        yield
    except Unanswered as error:
        raise error.as_error() from None
