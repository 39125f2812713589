"""A small access repository on the fake GitHub, and the real library connected to it."""

import pytest
import requests
from github import Auth, Github

from tests.forges.github import GithubWorld

PATH = "requests/prod/inc-1.yaml"
BRANCH = "breakglass/prod/inc-1"


@pytest.fixture
def world(tmp_path):
    """alice, ben and cleo may write; ben is in the team sre; root administers."""
    with GithubWorld(tmp_path / "github") as world:
        for login in ("alice", "ben", "cleo"):
            world.account(login)
        world.account("root", permission="admin")
        world.team("sre")
        world.add_member("sre", "ben")
        yield world


@pytest.fixture
def pr(world):
    world.push("alice", BRANCH, {PATH: "one\n"})
    return world.open_pr("alice", BRANCH, "INC-1", "Connections time out")


@pytest.fixture
def client(world):
    """`client("app")`: PyGithub with a token of that kind, which does not try again."""
    made = []

    def connect(kind="app", *login, **options):
        token = options.pop("token", None) or world.token(kind, *login, **options.pop("permissions", {}))
        options = {"retry": None, "per_page": 100, **options}
        made.append(Github(base_url=world.api_url, auth=Auth.Token(token), seconds_between_requests=0,
                           seconds_between_writes=0, **options))  # fmt: skip
        return made[-1]

    yield connect
    for each in made:
        each.close()


@pytest.fixture
def ask(world):
    """`ask("GET", "/pulls", token)`: a request below the repository, or to another path where it begins with `//`."""
    with requests.Session() as session:

        def sent(method, path, token=None, *, headers=None, **options):
            where = path[1:] if path.startswith("//") else f"/repos/acme/access{path}"
            told = {"Authorization": f"Bearer {token}"} if token else {}
            return session.request(method, world.api_url + where, headers={**told, **(headers or {})}, timeout=10,
                                   allow_redirects=False, **options)  # fmt: skip

        yield sent


@pytest.fixture
def complains(world):
    """What the fake holds against the test so far, which is thereby forgiven."""

    def told():
        found = [*world.server.complaints]
        world.server.complaints.clear()
        return found

    return told
