"""What only GraphQL tells of a pull request: who changed the words of a review, how it came, and who is named as a co-author."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gitops_breakglass.adapters.forge.github.fields import Fields
from gitops_breakglass.adapters.forge.github.place import Place
from gitops_breakglass.adapters.forge.github.session import Session
from gitops_breakglass.adapters.forge.github.unanswered import Need, Unanswered, unreadable
from gitops_breakglass.model.identity import Account, Provider

_ACTOR = "{ __typename login ... on User { databaseId } ... on Bot { databaseId } }"
_QUERY = f"""
query ($owner: String!, $name: String!, $number: Int!, $reviews: String, $commits: String) {{
  repository(owner: $owner, name: $name) {{
    databaseId
    pullRequest(number: $number) {{
      reviews(first: 100, after: $reviews) {{
        totalCount
        pageInfo {{ hasNextPage endCursor }}
        nodes {{ fullDatabaseId state lastEditedAt createdViaEmail editor {_ACTOR} }}
      }}
      commits(first: 100, after: $commits) {{
        totalCount
        pageInfo {{ hasNextPage endCursor }}
        nodes {{ commit {{ oid authors(first: 100) {{ totalCount nodes {{ user {{ login databaseId }} }} }} }} }}
      }}
    }}
  }}
}}
"""
_MOST_PAGES = 30
PENDING = "PENDING"
"""A review that its author has not submitted, which only they can see."""


@dataclass(frozen=True)
class Edit:
    """When the text of a review was last changed, and by whom; None for somebody who is gone."""

    at: datetime
    by: Account | None


@dataclass(frozen=True)
class Wording:
    """By the numbers of reviews that were submitted, and the ids of commits."""

    edits: Mapping[str, Edit | None]
    by_email: frozenset[str]
    authors: Mapping[str, tuple[Account, ...]]


def read_wording(session: Session, place: Place, number: int) -> Wording:
    """Ask for all of it; more than a hundred reviews or commits take more than one question."""
    reviews: list[Fields] = []
    commits: list[Fields] = []
    cursors: dict[str, str | None] = {"reviews": None, "commits": None}
    for _ in range(_MOST_PAGES):
        variables = {"owner": place.owner, "name": place.name, "number": number, **cursors}
        data = session.query(_QUERY, variables, Need.PULLS)
        repository = data.of("repository")
        if repository.number("databaseId") != place.id:
            raise Unanswered(f"{place.owner}/{place.name} is another repository now", "run again")
        pull = repository.of("pullRequest")
        done = [
            _page(pull.of(name), into, cursors, name) for name, into in (("reviews", reviews), ("commits", commits))
        ]
        if all(done):
            return _wording(reviews, [each.of("commit") for each in commits])
    raise unreadable("POST /graphql", f"the list has more than {_MOST_PAGES} pages")


def _page(connection: Fields, into: list[Fields], cursors: dict[str, str | None], name: str) -> bool:
    """Add a page to what is there; return whether it was the last. One that is done is answered with an empty page."""
    into += connection.each("nodes")
    info = connection.of("pageInfo")
    cursors[name] = info.text_or_none("endCursor") or cursors[name]
    if info.flag("hasNextPage"):
        return False
    if len(into) != connection.number("totalCount"):
        raise unreadable("POST /graphql", f"it counts {connection.number('totalCount')} {name} and has {len(into)}")
    return True


def _wording(reviews: Sequence[Fields], commits: Sequence[Fields]) -> Wording:
    submitted = [each for each in reviews if each.text("state") != PENDING]
    by_id = {each.text("fullDatabaseId"): each for each in submitted}
    if len(by_id) != len(submitted):
        raise unreadable("POST /graphql", "it has a review twice")
    return Wording(
        edits={number: _edit(each) for number, each in by_id.items()},
        by_email=frozenset(number for number, each in by_id.items() if each.flag("createdViaEmail")),
        authors={each.text("oid"): _authors(each.of("authors")) for each in commits},
    )


def _edit(review: Fields) -> Edit | None:
    at = review.moment_or_none("lastEditedAt")
    editor = review.of_or_none("editor")
    return None if at is None else Edit(at, None if editor is None else _account(editor))


def _authors(connection: Fields) -> tuple[Account, ...]:
    nodes = connection.each("nodes")
    if len(nodes) != connection.number("totalCount"):
        raise unreadable("POST /graphql", "it leaves authors of a commit out")
    users = [each.of_or_none("user") for each in nodes]
    return tuple(_account(each) for each in users if each is not None)


def _account(actor: Fields) -> Account:
    """Return who that is; an actor that is neither a person nor a bot has no number, and is nobody's account."""
    number = actor.data.get("databaseId")
    return Account(Provider.GITHUB, str(number or ""), actor.text("login"))
