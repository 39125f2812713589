"""What the routes about pull requests, their conversation, and people answer."""

from tests.forges.bare import Refused
from tests.forges.github.routing import PAGED, REPO, account_of, route
from tests.forges.plumbing import Answer

PULL, ISSUE = f"{REPO}/pulls/{{pull_number}}", f"{REPO}/issues/{{issue_number}}"


@route(f"GET {REPO}/pulls", f"state head base sort direction {PAGED}")
def pulls(call):
    ask = call.request.one
    state, order = ask("state", "open"), ask("sort", "created")
    if order not in ("created", "updated"):
        raise NotImplementedError(f"sort={order}")
    found = [each for each in call.world.pulls.values() if state in ("all", "open" if each.open else "closed")
             and ask("base") in (None, each.base) and ask("head") in (None, label(call, each))]  # fmt: skip
    down = ask("direction", "desc") == "desc"
    return call.paged(sorted(found, key=lambda each: getattr(each, order), reverse=down), call.pull)


def label(call, pull):
    owner = call.world.people.get(pull.head_owner)
    return f"{owner.login if owner else 'unknown'}:{pull.head_ref}"


@route(f"POST {REPO}/pulls")
def new_pull(call):
    told, world = call.request.json, call.world
    owner, _, branch = told["head"].rpartition(":")
    fork = None
    if owner and owner != world.organisation.login:
        fork = world.forks.get(account_of(call, owner).id)
    made = world.open_pr(call.asker, branch, told.get("title", ""), told.get("body") or "", base=told["base"],
                         fork=fork, draft=told.get("draft", False))  # fmt: skip
    return Answer.of(call.pull(made, full=True), 201)


@route(f"GET {PULL}")
def pull(call, pull_number):
    return Answer.of(call.pull(call.world.pull(pull_number), full=True))


@route(f"PATCH {PULL}")
def changed_pull(call, pull_number):
    told, world = call.request.json, call.world
    found = world.pull(pull_number)
    if "title" in told or "body" in told:
        world.edit_body(call.asker, found, told.get("body"), title=told.get("title"))
    if "base" in told:
        world.retarget(call.asker, found, told["base"])
    if "state" in told and told["state"] != ("open" if found.open else "closed"):
        (world.reopen if told["state"] == "open" else world.close)(call.asker, found)
    return Answer.of(call.pull(found, full=True))


@route(f"GET {PULL}/reviews", PAGED)
def reviews(call, pull_number):
    found = call.world.pull(pull_number)
    return call.paged(found.seen_by(call.asker), lambda each: call.views.review(found, each))


@route(f"GET {PULL}/commits", PAGED)
def commits(call, pull_number):
    """The first 250: for more there is another route."""
    found = call.world.commits_of(call.world.pull(pull_number))
    call.world.bare.learn(found)
    return call.paged(found, call.views.commit, most=250)


@route(f"GET {PULL}/files", PAGED)
def files(call, pull_number):
    return call.paged(call.views.files_of(call.world.pull(pull_number)), lambda each: each, most=3000)


@route(f"GET {ISSUE}/events", PAGED)
def events(call, issue_number):
    return call.paged(call.world.pull(issue_number).events, call.views.event)


@route(f"GET {ISSUE}/timeline", PAGED)
def timeline(call, issue_number):
    return call.paged(call.views.timeline(call.world.pull(issue_number), call.asker), lambda each: each)


@route(f"GET {ISSUE}/comments", PAGED)
def comments(call, issue_number):
    number = call.world.pull(issue_number).number
    return call.paged([each for each in call.world.comments.values() if each.number == number], call.views.comment)


@route(f"POST {ISSUE}/comments")
def new_comment(call, issue_number):
    made = call.world.comment(call.asker, issue_number, call.request.json["body"])
    return Answer.of(call.views.comment(made), 201)


@route(f"GET {REPO}/issues/comments/{{comment_id}}")
def comment(call, comment_id):
    return Answer.of(call.views.comment(comment_of(call, comment_id)))


@route(f"PATCH {REPO}/issues/comments/{{comment_id}}")
def changed_comment(call, comment_id):
    found = comment_of(call, comment_id)
    call.world.edit_comment(call.asker, found, call.request.json["body"])
    return Answer.of(call.views.comment(found))


def comment_of(call, number):
    found = call.world.comments.get(int(number))
    if found is None:
        raise Refused("Not Found", 404)
    return found


@route("GET /orgs/{org}")
def organisation(call):
    return Answer.of(call.views.organisation())


@route("GET /orgs/{org}/members/{username}")
def organisation_member(call, username):
    if not call.world.is_member(account_of(call, username)):
        raise Refused("Not Found", 404)
    return Answer(204)


def team_of(call, team_slug):
    """A secret team is there for its members and for apps only."""
    found = call.world.team_of(team_slug)
    hidden = found.privacy == "secret" and call.token.personal
    if hidden and call.asker.id not in call.world.members_of(found):
        raise Refused("Not Found", 404)
    return found


@route("GET /orgs/{org}/teams/{team_slug}")
def team(call, team_slug):
    return Answer.of(call.views.team(team_of(call, team_slug)))


@route("GET /orgs/{org}/teams/{team_slug}/members", f"role {PAGED}")
def team_members(call, team_slug):
    role = call.request.one("role", "all")
    members = call.world.members_of(team_of(call, team_slug))
    found = [each for each, (own, _) in members.items() if role in ("all", own)]
    return call.paged(sorted(found), lambda each: {**call.views.user(each), "inherited": members[each][1]})


@route("GET /orgs/{org}/teams/{team_slug}/memberships/{username}")
def membership(call, team_slug, username):
    found = call.views.membership(team_of(call, team_slug), account_of(call, username))
    if found is None:
        raise Refused("Not Found", 404)
    return Answer.of(found)


@route("GET /user")
def myself(call):
    return Answer.of(call.views.full_user(call.asker))


@route("GET /user/{account_id}")
def user_by_id(call, account_id):
    account = call.world.people.get(int(account_id))
    if account is None or account.gone:
        raise Refused("Not Found", 404)
    return Answer.of(call.views.full_user(account))


@route("GET /users/{username}")
def user(call, username):
    return Answer.of(call.views.full_user(account_of(call, username)))


@route("GET /rate_limit")
def rate_limit(call):
    token = call.token
    left = {"limit": token.limit, "remaining": token.remaining, "reset": token.reset, "used": token.used} if token else {
        "limit": 60, "remaining": 60, "reset": 0, "used": 0}  # fmt: skip
    search = {"limit": 30, "remaining": 30, "reset": left["reset"], "used": 0}
    return Answer.of({"resources": {"core": left, "search": search, "graphql": left}, "rate": left})
