"""What stands before the answers: versions, tokens, limits, permissions, pages, and the check of everything said."""

import hashlib
import re
from email.utils import format_datetime

from tests.forges.bare import Refused
from tests.forges.github import answers, pull_answers
from tests.forges.github.contract import wrong_answer, wrong_body, wrong_query
from tests.forges.github.graph import graphql
from tests.forges.github.routing import Call, routes
from tests.forges.github.tokens import NEEDS, refusal
from tests.forges.plumbing import Answer, git_over_http

ANSWERING = (answers, pull_answers)  # to import them is to add their routes
VERSIONS = ("2022-11-28", "2026-03-10")
ACCEPTED = re.compile(r"(\*/\*|application/json|application/vnd\.github(\.[\w-]+)*(\+json)?)(;.*)?")
RAW = re.compile(r"\.(raw|html|text|full|diff|patch|sha|object)\b")


class Front:
    def __init__(self, world):
        self.world = world

    def respond(self, request):
        return self.dated(self.world.faults.around(request, lambda each: self.dated(self.honest(each))))

    def dated(self, answer):
        return answer.having(**{"Date": format_datetime(self.world.clock.now, usegmt=True), **answer.headers})

    def honest(self, request):
        if request.path.startswith("/git/"):
            return self.git(request)
        if not request.headers.get("user-agent"):
            return error(403, "Request forbidden by administrative rules. Please make sure it has a User-Agent header.")
        version = request.headers.get("x-github-api-version", VERSIONS[0])
        if version not in VERSIONS:
            return error(400, f"{version} is not a supported version of the REST API.")
        token = self.world.tokens.get(request.secret)
        if request.secret and (token is None or token.account.gone):
            return error(401, "Bad credentials")
        if token and token.remaining <= 0 and request.path != "/rate_limit":
            said = f"API rate limit exceeded for user ID {token.account.id}."
            return self.headed(error(403, said), request, token, version)
        try:
            answer = self.routed(request, token, version)
        except Refused as no:
            answer = error(no.status, str(no))
        answer = with_tag(answer, request)
        if token and answer.status != 304 and request.path != "/rate_limit":
            token.remaining, token.used = token.remaining - 1, token.used + 1
        return self.headed(answer, request, token, version)

    def routed(self, request, token, version):
        if request.path == "/graphql" and request.method == "POST":
            return self.graphql(request, token)
        route, values = routes.find(self.documented(request))
        if route is None:
            return self.unmodelled(request, "no such route")
        name = route.name.replace("+}", "}")
        unknown = {each for each, _ in request.query} - route.query
        if unknown:
            return self.unmodelled(request, f"parameters {sorted(unknown)}")
        if wrong := wrong_query(name, request.query):
            return self.unmodelled(request, wrong[0])
        accepted = request.headers.get("accept", "*/*")
        if not ACCEPTED.fullmatch(accepted) or RAW.search(accepted):
            return self.unmodelled(request, f"Accept: {accepted}")
        self.must_exist(values)
        self.world.called[name] += 1
        self.world.used[request.secret] += 1
        no = refusal(token, name, private=self.world.private) or self.role(token, name)
        if no:
            return error(*no)
        if request.method in ("POST", "PATCH", "PUT"):
            wrong = wrong_body(name, request.body, version)
            if wrong:
                self.world.server.complaints += [f"{request.line}: sent {each}" for each in wrong]
                raise Refused(f"Invalid request. {wrong[0]}")
        call = Call(self.world, request, token, version)
        answer = route.respond(
            call, **{key: each for key, each in values.items() if key not in ("owner", "repo", "org")}
        )
        return self.linked(self.checked(name, answer, version), call, request)

    def documented(self, request):
        """The same request by its documented path, if it came by a number."""
        world, path = self.world, request.path
        own = f"/repositories/{world.repository.id}"
        if path == own or path.startswith(own + "/"):
            path = f"/repos/{world.repository.full_name}{path[len(own) :]}"
        elif path.startswith("/repositories/"):
            raise Refused("Not Found", 404)
        found = re.fullmatch(r"/organizations/(\d+)/team/(\d+)(/.*)?", path)
        if found:
            team = world.teams.get(int(found[2])) if int(found[1]) == world.organisation.id else None
            path = f"/orgs/{world.organisation.login}/teams/{team.slug if team else '-'}{found[3] or ''}"
        return request if path == request.path else type(request)(request.method, path, request.query, {}, b"")

    def must_exist(self, values):
        world = self.world
        ours = {"owner": world.organisation.login, "repo": world.repository.name, "org": world.organisation.login}
        if any(name in values and values[name].lower() != each.lower() for name, each in ours.items()):
            raise Refused("Not Found", 404)

    def role(self, token, name):
        """What a person's own role leaves of their token."""
        if token is None or not token.personal:
            return None
        account = token.account
        if "/repos/" in name and self.world.private and not self.world.may(account, "read"):
            return 404, "Not Found"
        if "administration" in NEEDS[name][0] and not self.world.may(account, "admin"):
            return 403, "Must have admin rights to Repository."
        return (404, "Not Found") if "members" in NEEDS[name][0] and not self.world.is_member(account) else None

    def unmodelled(self, request, what):
        self.world.server.complaints.append(f"{request.line} is not modelled: {what}")
        return error(501, "not modelled")

    def checked(self, name, answer, version):
        """An answer that GitHub would not give is an error of the fake."""
        if answer.status < 300:
            wrong = wrong_answer(name, answer.status, answer.body, version)
            assert not wrong, "\n".join(wrong)
        return answer

    def linked(self, answer, call, request):
        """The `Link` header, whose addresses name the repository by its number."""
        links = []
        if getattr(call, "cursor", None):
            links = [("next", {"after": call.cursor})]
        number, last = getattr(call, "pages", (1, 1))
        links += [("prev", {"page": number - 1})] if number > 1 else []
        links += [("next", {"page": number + 1}), ("last", {"page": last})] if number < last else []
        links += [("first", {"page": 1})] if number > 1 else []
        if not links:
            return answer
        world = self.world
        path = self.documented(request).path
        path = path.replace(f"/repos/{world.repository.full_name}", f"/repositories/{world.repository.id}")
        told = []
        for rel, more in links:
            query = "&".join(f"{name}={value}" for name, value in {**dict(request.query), **more}.items())
            told.append(f'<{world.api_url}{path}?{query}>; rel="{rel}"')
        return answer.having(Link=", ".join(told))

    def headed(self, answer, request, token, version):
        limit = token or Anonymous
        return answer.having(
            X_GitHub_Api_Version_Selected=version, X_GitHub_Media_Type="github.v3; format=json",
            X_GitHub_Request_Id="FAKE:1", X_RateLimit_Limit=limit.limit, X_RateLimit_Remaining=max(0, limit.remaining),
            X_RateLimit_Used=limit.used, X_RateLimit_Reset=limit.reset or int(self.world.clock.now.timestamp()) + 3600,
            X_RateLimit_Resource="core",
            **({"X_OAuth_Scopes": ", ".join(sorted(token.scopes))} if token and token.kind == "classic" else {}),
        )  # fmt: skip

    def graphql(self, request, token):
        no = (401, "Requires authentication") if token is None else refusal(token, "POST /graphql", private=True)
        return error(*no) if no else Answer.of(graphql(self.world, request.json, token))

    def git(self, request):
        """Fetch with `contents: read`, push with `contents: write` and a role that may."""
        world, token = self.world, self.world.tokens.get(request.secret)
        found = re.fullmatch(
            r"/git/([^/]+)/([^/]+?)(?:\.git)?/(info/refs|git-upload-pack|git-receive-pack)", request.path
        )
        repository = found and next((each for each in [world.repository, *world.forks.values()]
                                     if each.full_name == f"{found[1]}/{found[2]}"), None)  # fmt: skip
        pushes = "git-receive-pack" in request.line
        if token is None and (request.secret or pushes or world.private):
            refused = Answer(401, b"Invalid username or token.", {"WWW-Authenticate": 'Basic realm="GitHub"'})
            return refused
        if repository is None or (token and token.kind != "classic" and not token.has("contents:read")):
            return Answer(404, b"Repository not found.")
        if pushes and not self.pushes(token, repository):
            return Answer(403, b"Write access to repository not granted.")
        before = world.heads()
        answer = git_over_http(request, f"{repository.bare.path.name}/{found[3]}", world.folder, may_push=pushes,
                               user=token and token.account.login)  # fmt: skip
        if request.method == "POST" and pushes and repository is world.repository:
            world.received(token.account, before)
        return answer

    def pushes(self, token, repository):
        if (
            token.kind in ("classic", "fine")
            and repository is self.world.repository
            and not self.world.may(token.account, "write")
        ):
            return False
        return "repo" in token.scopes if token.kind == "classic" else token.has("contents:write")


class Anonymous:
    limit, remaining, used, reset = 60, 60, 0, 0


def error(status, message):
    told = {"message": message, "documentation_url": "https://docs.example.com/rest", "status": str(status)}
    if status == 422:
        told["errors"] = [{"message": message}]
    return Answer.of(told, status)


def with_tag(answer, request):
    """An ETag, and 304 for whoever has that answer already."""
    if request.method != "GET" or answer.status != 200:
        return answer
    tag = f'W/"{hashlib.sha256(answer.body).hexdigest()}"'
    if tag.removeprefix("W/") in request.headers.get("if-none-match", ""):
        return Answer(304, b"", {"ETag": tag})
    return answer.having(ETag=tag, Cache_Control="private, max-age=60, s-maxage=60", Vary="Accept, Authorization")
