"""How the fake GitLab takes a request: who asks, what they may, the page they get, and whether the answer is right."""

from dataclasses import dataclass
from email.utils import format_datetime
from math import ceil
from urllib.parse import urlencode

from tests.forges import bare
from tests.forges.gitlab.mr_entities import MergeRequestEntities
from tests.forges.gitlab.permissions import NEEDS
from tests.forges.gitlab.schemas import faults_of
from tests.forges.gitlab.state import Refused, forbidden, not_found, unauthorized
from tests.forges.plumbing import Answer, Routes

PER_PAGE, MOST = 20, 100
LIMIT = 2000
"""Requests in a minute, as GitLab.com has it for who is authenticated."""


@dataclass(frozen=True)
class Given:
    """What a route's function is given: the world, who asks (None: nobody), views for them, and the request."""

    world: object
    caller: object
    show: MergeRequestEntities
    request: object

    @property
    def body(self):
        return self.request.json if self.request.body else {}


@dataclass(frozen=True)
class Spec:
    """A route's function; `body` are the fields that a request may bring, `schema` what the answer is held against."""

    respond: object
    schema: str
    status: int
    body: frozenset[str]


ROUTES = Routes()


def route(name, schema, *, query="", status=200, body=""):
    """Add a route below /api/v4. A function that returns a list is paged; one that returns bytes is sent as they are."""
    method, template = name.split()
    many = " page per_page" if schema.startswith("[") else ""

    def added(function):
        made = Spec(function, schema, status, frozenset(body.split()))
        ROUTES.add(f"{method} /api/v4{template}", query=query + many)(made)
        return function

    return added


class Api:
    """Answers requests to `/api/v4` for a world."""

    def __init__(self, world):
        self.world, self.calls, self.used, self.spent = world, [], [], 0

    def answer(self, request):
        """The answer, with the headers that all have; what nobody modelled is 501 and a complaint."""
        found, values = ROUTES.find(request)
        strange = sorted({name for name, _ in request.query} - found.query) if found else []
        if found is None or strange:
            what = f"no query parameter {', '.join(strange)} is modelled" if strange else "this route is not modelled"
            self.world.server.complaints.append(f"{request.line}: {what}")
            return self.headed(Answer.of({"message": "501 Not modelled"}, 501))
        name = found.name.replace("/api/v4", "")
        self.calls.append(name)
        self.used += [request.secret] if request.secret else []
        try:
            answer = self.serve(request, name, found.respond, values)
        except bare.Refused as no:
            body = no.body if isinstance(no, Refused) else {"message": str(no)}
            answer = Answer.of(body, no.status)
            self.check(request, body, "error.error")
        return self.headed(answer)

    def serve(self, request, name, spec, values):
        caller = self.let_in(request, NEEDS[name], values)
        given = Given(self.world, caller, MergeRequestEntities(self.world, caller), request)
        unknown = sorted(set(given.body) - spec.body)
        if unknown:
            self.world.server.complaints.append(f"{request.line}: the body's {', '.join(unknown)} is not modelled")
            return Answer.of({"message": "501 Not modelled"}, 501)
        value = spec.respond(given, **values)
        if isinstance(value, Answer):
            return value
        if not spec.schema.startswith("["):
            kind = "free" if self.world.tier == "free" else "premium"
            self.check(request, value, spec.schema.replace("{tier}", kind))
            return Answer.of(value, spec.status)
        part, headers = self.page(request, value)
        self.check(request, part, spec.schema)
        return Answer.of(part, spec.status).having(**headers)

    def check(self, request, value, schema):
        for each in faults_of(value, schema):
            self.world.server.complaints.append(f"{request.line}: the answer is no {schema}: {each}")

    # Who asks, and what they may.

    def let_in(self, request, need, values):
        """The user who asks, None for nobody; Refused as GitLab refuses."""
        token = self.token(request)
        if token and token.kind == "job" and not need.job:
            token = None
        if token and token.kind != "job" and need.scopes and not set(need.scopes) & set(token.scopes):
            raise Refused(403, "insufficient_scope", {
                "error": "insufficient_scope",
                "error_description": "The request requires higher privileges than provided by the access token.",
                "scope": " ".join(need.scopes),
            })  # fmt: skip
        caller = token.user if token else None
        if caller is None and need.known:
            raise unauthorized()
        if "id" in values:
            self.place(request, values, caller, need, token)
        return caller

    def place(self, request, values, caller, need, token):
        """Find the project or group that the path names, and hold the caller's role against what is needed."""
        world, groups = self.world, "/groups/" in request.path
        source = world.find_group(values["id"]) if groups else world.find_project(values["id"])
        what = "Group" if groups else "Project"
        if groups and source.personal:
            raise not_found(what)
        # The allowlist of a project holds itself alone, unless somebody adds to it.
        if token and token.kind == "job" and token.source is not source:
            raise not_found(what)
        level = world.level(caller, source)
        seen = world.reads_group(caller, source) if groups else level > 0 or source.visibility == "public"
        if not seen:
            raise not_found(what)
        if level < need.level and not (source.visibility == "public" and not need.known):
            raise forbidden()
        if need.premium and world.tier == "free":
            raise Refused(404, "404 Not Found", {"error": "404 Not Found"})
        values["id"] = source

    def token(self, request):
        """The token that came along, None without one; refused where it is none (any more)."""
        secret = request.secret
        if secret is None:
            return None
        token = self.world.tokens.get(secret)
        as_job = "job-token" in request.headers
        if token is None or as_job != (token.kind == "job") or token.user.state != "active":
            raise unauthorized()
        today = self.world.clock.now.date()
        if token.revoked or (token.expires_at and token.expires_at <= today):
            word = "revoked" if token.revoked else "expired"
            raise Refused(401, word, {
                "error": "invalid_token",
                "error_description": f"Token is {word}. You can either do re-authorization or token refresh.",
            })  # fmt: skip
        return token

    # Pages and headers.

    def page(self, request, items):
        """One page, and the headers that say where it stands; `page` and `per_page` that are no numbers are the first."""
        number = max(1, whole(request.one("page"), 1))
        size = min(MOST, max(1, whole(request.one("per_page"), PER_PAGE)))
        last = max(1, ceil(len(items) / size))
        base = f"{self.world.url}{request.path}"

        def link(rel, page):
            query = {**dict(request.query), "page": page, "per_page": size}
            return f'<{base}?{urlencode(query)}>; rel="{rel}"'

        links = [link("prev", number - 1)] if number > 1 else []
        links += [link("next", number + 1)] if number < last else []
        headers = {
            "Link": ", ".join([*links, link("first", 1), link("last", last)]),
            "X_Total": len(items),
            "X_Total_Pages": last,
            "X_Page": number,
            "X_Per_Page": size,
            "X_Next_Page": number + 1 if number < last else "",
            "X_Prev_Page": number - 1 if number > 1 else "",
        }
        return items[(number - 1) * size : number * size], headers

    def headed(self, answer):
        self.spent += 1
        now = self.world.clock.now
        reset = int(now.timestamp()) // 60 * 60 + 60
        return answer.having(
            Date=format_datetime(now, usegmt=True), X_Request_Id=f"01FAKE{self.spent:020}", RateLimit_Limit=LIMIT,
            RateLimit_Name="throttle_authenticated_api", RateLimit_Observed=self.spent,
            RateLimit_Remaining=max(0, LIMIT - self.spent), RateLimit_Reset=reset,
        )  # fmt: skip


def whole(text, otherwise):
    return int(text) if text and text.isdigit() else otherwise
