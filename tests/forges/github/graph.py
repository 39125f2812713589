"""GraphQL, executed against a schema that is a strict part of GitHub's; a field beyond that part fails the test.

Values are dictionaries whose functions take the arguments of their field. Connections want `first`, as GitHub's do.
"""

from functools import cache
from pathlib import Path

from graphql import GraphQLError, build_schema, execute_sync, parse, validate

from tests.forges.github.state import WEB_FLOW
from tests.forges.github.tokens import INTEGRATION, REPO, refusal
from tests.forges.github.views import stamp

FILE = Path(__file__).parent / "graphql_schema" / "github.graphql"
KINDS = {
    "base_ref_changed": "BaseRefChangedEvent", "automatic_base_change_succeeded": "AutomaticBaseChangeSucceededEvent",
    "head_ref_force_pushed": "HeadRefForcePushedEvent", "review_dismissed": "ReviewDismissedEvent",
    "merged": "MergedEvent", "closed": "ClosedEvent", "reopened": "ReopenedEvent",
    "added_to_merge_queue": "AddedToMergeQueueEvent",
}  # fmt: skip
CHANGES = {"A": "ADDED", "D": "DELETED", "M": "MODIFIED", "R": "RENAMED", "T": "CHANGED"}


@cache
def schema():
    return build_schema(FILE.read_text(encoding="utf-8"))


def graphql(world, told, token):
    """The answer's JSON. What the schema lacks is a complaint, since nobody knows what GitHub would say."""
    query = parse(told["query"])
    wrong = validate(schema(), query)
    if wrong:
        world.server.complaints += [f"POST /graphql: {each.message}" for each in wrong]
        return {"errors": [{"message": each.message} for each in wrong]}
    done = execute_sync(schema(), query, Graph(world, token).root(), variable_values=told.get("variables"))
    for each in done.errors or []:
        if each.original_error and not isinstance(each.original_error, GraphQLError):
            raise each.original_error
    return done.formatted


def connection(values, most=100):
    """A connection over a list: pages of at most a hundred, by cursors."""

    def paged(_, first=None, after=None, **given):
        if first is None:
            raise GraphQLError("You must provide a `first` or `last` value to properly paginate the connection.")
        if not 1 <= first <= most:
            raise GraphQLError(f"Requesting {first} records exceeds the `first` limit of {most} records.")
        found = values(**given)
        start = int(after.removeprefix("cursor-")) if after else 0
        page = found[start : start + first]
        end = f"cursor-{start + len(page)}" if page else None
        info = {"endCursor": end, "hasNextPage": start + len(page) < len(found)}
        return {"nodes": page, "totalCount": len(found), "pageInfo": info}

    return paged


class Graph:
    def __init__(self, world, token):
        self.world, self.token = world, token

    def root(self):
        token = self.token
        rate = {"cost": 1, "limit": token.limit, "remaining": token.remaining, "used": token.used,
                "resetAt": stamp(self.world.clock.now)}  # fmt: skip
        viewer = {**self.actor(token.account), "login": token.account.login}
        return {"repository": self.repository, "rateLimit": rate, "viewer": viewer}

    def repository(self, _, owner, name):
        world = self.world
        if f"{owner}/{name}".lower() != world.repository.full_name.lower():
            raise GraphQLError(f"Could not resolve to a Repository with the name '{owner}/{name}'.")
        return {**self.repository_of(world.repository), "pullRequest": self.numbered, "object": self.object}

    def repository_of(self, repository):
        return repository and {
            "id": f"R_{repository.id}",
            "databaseId": repository.id,
            "nameWithOwner": repository.full_name,
        }

    def allowed(self, route):
        """Each field asks for the permission that its REST counterpart asks for."""
        if refusal(self.token, f"GET {REPO}/{route}", private=self.world.private):
            raise GraphQLError(INTEGRATION, extensions={"type": "FORBIDDEN"})

    def numbered(self, _, number):
        self.allowed("pulls")
        if number not in self.world.pulls:
            raise GraphQLError(f"Could not resolve to a PullRequest with the number of {number}.")
        return self.pull(self.world.pulls[number])

    def object(self, _, oid=None, expression=None):
        self.allowed("commits")
        found = self.world.bare.resolve(oid or expression)
        return found and self.commit(found)

    def actor(self, account):
        """Nobody for an account that was deleted; bots without the ending of their login."""
        account = self.world.people.get(account) if isinstance(account, int) else account
        if account is None or account.gone:
            return None
        return {"__typename": account.type, "id": f"U_{account.id}", "databaseId": account.id,
                "login": account.login.removesuffix("[bot]")}  # fmt: skip

    def commit(self, sha):
        world = self.world
        stored = world.bare.stored(sha)
        ours = stored.committer.email == world.people[WEB_FLOW].email
        signature = {"__typename": "GpgSignature", "isValid": True, "state": "VALID", "signer": self.actor(WEB_FLOW)}
        return {
            "__typename": "Commit", "id": f"C_{sha}", "oid": sha, "message": stored.message,
            "author": self.git_actor(stored.author), "committer": self.git_actor(stored.committer),
            "authors": connection(lambda: [self.git_actor(each) for each in [stored.author, *stored.coauthors]]),
            "parents": connection(lambda: [self.commit(each) for each in stored.parents]),
            "signature": signature if ours else None,
            "associatedPullRequests": connection(lambda: self.associated(sha)),
        }  # fmt: skip

    def associated(self, sha):
        self.allowed("pulls")
        return [self.pull(each) for each in self.world.associated(sha)]

    def git_actor(self, who):
        return {"name": who.name, "email": who.email, "user": self.actor(self.world.by_email(who.email))}

    def pull(self, pull):
        world = self.world
        state = "OPEN" if pull.open else "MERGED" if pull.merged else "CLOSED"
        own = pull.repository is world.repository
        return {
            "id": f"PR_{pull.id}", "databaseId": pull.id, "number": pull.number, "title": pull.title, "body": pull.body,
            "url": f"https://github.example.com/{world.repository.full_name}/pull/{pull.number}", "state": state,
            "createdAt": stamp(pull.created), "closedAt": stamp(pull.closed), "mergedAt": stamp(pull.merged),
            "merged": pull.merged is not None, "mergedBy": self.actor(pull.merged_by),
            "mergeCommit": self.commit(pull.merge_commit) if pull.merge_commit else None,
            "author": self.actor(pull.user), "editor": self.actor(pull.edited_by),
            "lastEditedAt": stamp(pull.edited_at), "baseRefName": pull.base, "headRefName": pull.head_ref,
            "headRefOid": pull.head, "headRepository": self.repository_of(pull.repository), "isCrossRepository": not own,
            "reviews": connection(lambda: [self.review(each) for each in pull.seen_by(self.token.account)]),
            "commits": connection(lambda: [{"id": f"PRC_{each}", "commit": self.commit(each)}
                                           for each in world.commits_of(pull)]),
            "files": connection(lambda: self.files(pull)),
            "timelineItems": connection(lambda **given: self.events(pull, given.get("itemTypes"))),
            "userContentEdits": connection(lambda: self.edits(pull)),
        }  # fmt: skip

    def files(self, pull):
        bare = self.world.bare
        start = pull.start or bare.merge_base(bare.head(pull.base), pull.head)
        numbers = bare.numbers(start, pull.head)
        return [{"path": path, "changeType": CHANGES[status], "additions": numbers.get(path, (0, 0))[0],
                 "deletions": numbers.get(path, (0, 0))[1]}
                for status, path, _ in bare.differences(start, pull.head, renames=True)]  # fmt: skip

    def review(self, review):
        return {
            "id": f"PRR_{review.id}", "fullDatabaseId": str(review.id), "state": review.state, "body": review.body,
            "submittedAt": stamp(review.submitted), "lastEditedAt": stamp(review.edited_at), "createdViaEmail": review.by_email,
            "editor": self.actor(review.edited_by), "author": self.actor(review.user),
            "commit": self.commit(review.commit) if review.commit else None, "onBehalfOf": connection(list),
            "userContentEdits": connection(lambda: self.edits(review)),
        }  # fmt: skip

    def edits(self, edited):
        """GitHub keeps every edit; here the last one stands for all."""
        if edited.edited_at is None:
            return []
        return [{"id": "UCE_1", "editedAt": stamp(edited.edited_at), "editor": self.actor(edited.edited_by)}]

    def events(self, pull, wanted):
        kinds = {each.upper() + "_EVENT" for each in KINDS}
        return [self.event(pull, each) for each in pull.events
                if each.kind in KINDS and each.kind.upper() + "_EVENT" in (wanted or kinds)]  # fmt: skip

    def event(self, pull, event):
        before, after = event.more.get("names", (None, None))
        dismissed = event.more.get("dismissed_review", {})
        return {
            "__typename": KINDS[event.kind], "id": f"E_{event.id}", "actor": self.actor(event.actor),
            "createdAt": stamp(event.at), "previousRefName": before, "currentRefName": after, "oldBase": before,
            "newBase": after, "commit": event.commit and self.commit(event.commit), "mergeRefName": pull.base,
            "beforeCommit": lambda _: self.commit(event.more["before"]),
            "afterCommit": lambda _: self.commit(event.commit), "dismissalMessage": dismissed.get("dismissal_message"),
            "previousReviewState": dismissed.get("state", "").upper() or None,
        }  # fmt: skip
