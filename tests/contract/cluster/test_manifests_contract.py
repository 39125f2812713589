"""A folder of manifests does what every cluster does."""

from datetime import UTC, datetime

import pytest
import yaml

from gitops_breakglass.adapters.clock import SimulatedClock
from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster
from gitops_breakglass.model.kube import OUR_GROUP
from tests.contract.cluster.suite import ClusterContract, Place


@pytest.fixture
def place(tmp_path):
    cluster = ManifestsCluster("edge", tmp_path, SimulatedClock(datetime(2026, 11, 22, 5, tzinfo=UTC)))
    cluster.initialise()

    def file_of(manifest):
        metadata = manifest["metadata"]
        root = tmp_path / ".state" if manifest["apiVersion"].startswith(OUR_GROUP) else tmp_path
        return root / manifest["kind"].lower() / metadata.get("namespace", "_cluster") / f"{metadata['name']}.yaml"

    def foreign(manifest):
        file = file_of(manifest)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(manifest))

    def edit(live, **fields):
        file = file_of(live.manifest)
        file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), **fields}))
        return cluster.get(live.key)

    return Place(cluster, "c0ffee", ("shop", "payments"), foreign, edit)


class TestManifests(ClusterContract):
    """The contract on a folder."""
