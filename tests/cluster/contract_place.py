"""The API server as the place of the cluster contract: reached as its admin, with our namespace and the CRDs."""

import contextlib
import uuid

from gitops_breakglass.adapters.bundled import crds
from gitops_breakglass.adapters.cluster.kubernetes import KubernetesCluster
from gitops_breakglass.adapters.cluster.resources import KNOWN, collection, object_path
from gitops_breakglass.model.errors import GoneError
from gitops_breakglass.model.kube import NAMESPACE, REQUEST, key_of
from gitops_breakglass.model.policy import KubernetesTarget
from tests.cluster.harness.becoming import eventually
from tests.contract.cluster.suite import Place

PAGE = 3
"""Small, so that every list of a few objects takes several pages."""

MERGE = "application/merge-patch+json"
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def install_crds(admin):
    """Our namespace and the CRDs; other tests may have made them."""
    assert admin.status("POST", "/api/v1/namespaces", {"metadata": {"name": NAMESPACE}}) in {201, 409}
    for crd in crds():
        assert admin.status("POST", CRDS, crd) in {201, 409}
        spec = crd["spec"]
        path = f"/apis/{spec['group']}/{spec['versions'][0]['name']}/{spec['names']['plural']}"
        eventually(lambda path=path: admin.status("GET", path) == 200)


def reached(actor, **options):
    return KubernetesCluster("test", KubernetesTarget(str(actor.kubeconfig)), page=PAGE, **options)


@contextlib.contextmanager
def placed(cluster, admin, namespace):
    """A place of a test's own; what it leaves behind is cleared away."""
    mark = uuid.uuid4().hex[:10]

    def foreign(manifest):
        key = key_of(manifest)
        admin.must("POST", collection(KNOWN[key.api_version, key.kind], key.namespace), manifest)

    def edit(live, **fields):
        admin.must("PATCH", _path(live.key), fields, MERGE)
        return cluster.get(live.key)

    yield Place(cluster, mark, (namespace(), namespace()), foreign, edit)
    for live in cluster.read().objects:
        if live.labels.get(REQUEST) == mark:
            with contextlib.suppress(GoneError):
                cluster.strip_finalizers(live)
                cluster.delete(live)


def _path(key):
    return object_path(KNOWN[key.api_version, key.kind], key)
