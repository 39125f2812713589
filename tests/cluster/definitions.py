"""Every definition of a custom resource, and a server of its own that has them all."""

import pytest
import yaml

from gitops_breakglass.adapters.bundled import folder
from tests.cluster.contract_place import CRDS
from tests.cluster.harness.server import ApiServer


@pytest.fixture(scope="session")
def definitions():
    """Every definition that there is, applied or not, by kind."""
    paths = sorted((folder("schemas") / "crds").rglob("*.yaml"))
    found = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths]
    return {each["spec"]["names"]["kind"]: each for each in found}


@pytest.fixture(scope="session")
def defined(tmp_path_factory, definitions):
    """The admin of a server of our own that has them all (elsewhere another test's might be in the way)."""
    server = ApiServer.join(tmp_path_factory.mktemp("definitions") / "kube-apiserver")
    admin = server.admin()
    for each in definitions.values():
        admin.must("POST", CRDS, each)
    yield admin
    admin.close()
    server.leave(wait=True)


def path_of(definition):
    spec = definition["spec"]
    version = f"/apis/{spec['group']}/{spec['versions'][0]['name']}"
    within = "/namespaces/default" if spec["scope"] == "Namespaced" else ""
    return f"{version}{within}/{spec['names']['plural']}?fieldValidation=Strict"
