"""How the fake GitHub finds what answers a request, and what each answer is made with."""

from tests.forges.bare import Refused
from tests.forges.github.contract import operation, parameters
from tests.forges.github.pull_views import PullViews
from tests.forges.plumbing import Answer, Routes

REPO = "/repos/{owner}/{repo}"
PAGED = "page per_page"
routes = Routes()


def route(name, query=""):
    """Add a route under its documented name. Which parameters it heeds is said here; others are not let through."""
    assert operation(name) is not None, f"{name} is not described"
    assert set(query.split()) <= set(parameters(name)), f"{name} has no {set(query.split()) - set(parameters(name))}"
    method, path = name.split()
    template = path.replace("{path}", "{path+}").replace("{ref}", "{ref+}").replace("{branch}", "{branch+}")
    template = template.replace("{basehead}", "{basehead+}")

    def added(function):
        routes.add(f"{method} {template}", query=query)(function)
        return function

    return added


class Call:
    """One request on its way: the world, who asks, and what the answer is made with."""

    def __init__(self, world, request, token, version):
        self.world, self.request, self.token, self.version = world, request, token, version
        self.views = PullViews(world, world.api_url)
        self.asker = token and token.account

    def pull(self, pull, *, full=False):
        return self.views.pull(pull, full=full, version=self.version)

    def paged(self, items, view, *, most=None, page=30):
        """One page of a list. Only what is on it is looked at."""
        size = clamp(self.request.one("per_page"), page)
        number = max(1, int(self.request.one("page") or 1))
        items = items[:most]
        last = max(1, -(-len(items) // size))
        self.pages = (number, last)
        return Answer.of([view(each) for each in items[(number - 1) * size : number * size]])

    def sha(self, ref):
        found = self.world.bare.resolve(ref.removeprefix("heads/"))
        if found is None:
            raise Refused(f"No commit found for SHA: {ref}", 422)
        return found

    def branch(self, name):
        if self.world.bare.head(name) is None:
            raise Refused("Branch not found", 404)
        return name


def clamp(per_page, usual):
    """GitHub takes 100 for more, and its own default for what is no number or below one."""
    size = int(per_page) if per_page and per_page.isdigit() else usual
    return min(size, 100) or usual


def account_of(call, login):
    found = call.world.by_login(login)
    if found is None:
        raise Refused("Not Found", 404)
    return found
