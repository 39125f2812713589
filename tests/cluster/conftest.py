"""Fixtures of the tests on a real API server: the server, a kubelet, users, and each test's own namespaces."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cluster.definitions import defined, definitions  # noqa: F401 - fixtures
from tests.cluster.harness.actor import Actor
from tests.cluster.harness.build import assets
from tests.cluster.harness.kubelet import Kubelet
from tests.cluster.harness.server import ApiServer
from tests.cluster.harness.users import Users
from tests.cluster.harness.world import World
from tests.cluster.install_fixture import installed, installed_kubelet, installed_world  # noqa: F401 - fixtures
from tests.cluster.recurring_year import year  # noqa: F401 - a fixture

_HERE = Path(__file__).parent


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "cluster: needs the real API server, which is built at the first use")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests of this folder, before `-m` picks."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker("cluster")


@pytest.fixture(scope="session")
def worker() -> str:
    """Return a name of this test process that is unique in the run."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def api_server(
    tmp_path_factory: pytest.TempPathFactory, worker: str, request: pytest.FixtureRequest
) -> Iterator[ApiServer]:
    """One API server for the whole run, shared between all test processes of it."""
    # The first build takes minutes, and says so: not into pytest's capture.
    capture = request.config.pluginmanager.getplugin("capturemanager")
    if capture is not None:
        with capture.global_and_fixture_disabled():
            assets()
    alone = worker == "main"
    base = tmp_path_factory.getbasetemp()
    server = ApiServer.join((base if alone else base.parent) / "kube-apiserver")
    yield server
    server.leave(wait=alone)


@pytest.fixture(scope="session")
def user(api_server: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Users]:
    """Make users: `user("alice@example.com")`, `user("ci", ["builders"])`, `user.fresh()`, `user.service_account(...)`."""
    users = Users(api_server, tmp_path_factory.mktemp("users"))
    yield users
    users.close()


@pytest.fixture(scope="session")
def admin(user: Users) -> Actor:
    """Return the cluster's admin, who may do everything."""
    return user.admin


@pytest.fixture(scope="session")
def kubelet(
    api_server: ApiServer, user: Users, tmp_path_factory: pytest.TempPathFactory, worker: str
) -> Iterator[Kubelet]:
    """Run a kubelet of this test process's own, on a node of its own."""
    kubelet = Kubelet(api_server, user, tmp_path_factory.mktemp("kubelet"), f"node-{worker}")
    yield kubelet
    kubelet.close()


@pytest.fixture
def world(admin: Actor, kubelet: Kubelet) -> Iterator[World]:
    """Give the test its own namespaces, with objects of others lying about, and clear them away."""
    world = World(admin, kubelet.node)
    yield world
    world.close()


@pytest.fixture
def namespace(world: World) -> Callable[..., str]:
    """Make a namespace of the test's own: `namespace("payments", labels={...})`."""
    return world.namespace


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[ApiServer]:
    """Return an API server that nobody else uses, to kill or freeze (it takes some seconds to start)."""
    server = ApiServer.join(tmp_path / "kube-apiserver")
    yield server
    server.leave(wait=True)
