"""The modelled API server does what every cluster does: the contract that a real API server fulfils, and its own answers."""

import uuid
from datetime import UTC, datetime

import pytest

from gitops_breakglass.adapters.cluster.resources import KNOWN, collection, object_path
from gitops_breakglass.model.kube import NAMESPACE, key_of
from tests.contract.cluster.suite import ClusterContract, Place
from tests.simulation.apiserver import ApiServer
from tests.simulation.baton import Baton, Time
from tests.simulation.process import Line, ModelCluster
from tests.simulation.stored import MERGE, Request

PAGE = 3


@pytest.fixture
def server():
    time = Time(datetime(2026, 11, 22, 5, 0, 0, 700_000, tzinfo=UTC))
    server = ApiServer(lambda: time.moment)
    server.baton = Baton(time)
    for name in (NAMESPACE, "shop", "payments"):
        server.must(Request("admin", "POST", "/api/v1/namespaces", body={"metadata": {"name": name}}))
    return server


@pytest.fixture
def place(server):
    cluster = ModelCluster(Line(server, server.baton, "admin", "admin"), page=PAGE)

    def foreign(manifest):
        key = key_of(manifest)
        path = collection(KNOWN[key.api_version, key.kind], key.namespace)
        server.must(Request("somebody", "POST", path, body=manifest))

    def edit(live, **fields):
        path = object_path(KNOWN[live.key.api_version, live.key.kind], live.key)
        server.must(Request("somebody", "PATCH", path, body=fields, content_type=MERGE))
        return cluster.get(live.key)

    return Place(cluster, uuid.uuid4().hex[:10], ("shop", "payments"), foreign, edit)


class TestModel(ClusterContract):
    """The contract on the model."""
