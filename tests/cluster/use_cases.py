"""The use cases as data: who asks for what, who approves, and which real calls must pass or fail meanwhile.

A call is (method, path). `{ns}` is a namespace with pods and workloads of others, `{pod}` a pod in it. Calls that would
change something are dry runs: the API server authorizes and admits them all the same.
"""

from dataclasses import dataclass

DRY = "?dryRun=All"
PODS = "/api/v1/namespaces/{ns}/pods"
POD = "/api/v1/namespaces/{ns}/pods/{pod}"
APPS = "/apis/apps/v1/namespaces/{ns}"
SECRETS = "/api/v1/namespaces/{ns}/secrets"
SETTINGS = "/api/v1/namespaces/{ns}/configmaps"
HPA = "/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers"
HELM = "/apis/helm.toolkit.fluxcd.io/v2/namespaces/{ns}/helmreleases"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
INGRESS = "/api/v1/namespaces/ingress-nginx/pods"

READ_PODS = (("GET", PODS), ("GET", POD))
LIST_SECRETS = ("GET", SECRETS)
GET_SECRET = ("GET", f"{SECRETS}/bystander")
READ_SECRETS = (LIST_SECRETS, GET_SECRET)
DELETE_POD = ("DELETE", POD + DRY)
PATCH_DEPLOYMENT = ("PATCH", f"{APPS}/deployments/web{DRY}")
SCALE = ("PATCH", f"{APPS}/deployments/web/scale{DRY}")
CREATE_POD = ("POST", PODS + DRY)
LOG = ("GET", POD + "/log")
GRANTING = (
    ("POST", f"{RBAC}/namespaces/{{ns}}/rolebindings{DRY}"),
    ("POST", f"{RBAC}/clusterrolebindings{DRY}"),
    ("POST", f"{RBAC}/clusterroles{DRY}"),
    ("POST", f"/api/v1/namespaces/{{ns}}/serviceaccounts/default/token{DRY}"),
    ("DELETE", "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/nothing" + DRY),
    ("POST", SECRETS + DRY),
    ("POST", "/api/v1/namespaces/gitops-breakglass/pods" + DRY),
    ("DELETE", "/api/v1/namespaces/gitops-breakglass" + DRY),
    ("DELETE", "/api/v1/namespaces/gitops-breakglass/serviceaccounts/sweeper" + DRY),
)
"""What would outlive a grant, or reach what ends it: rights, tokens, the admission policies, our own namespace."""


@dataclass(frozen=True)
class UseCase:
    """One row. `groups` are what its requester is in; `exec` is whether commands arrive in pods meanwhile."""

    escalation: str
    groups: tuple[str, ...]
    approver: str | None
    may: tuple[tuple[str, str], ...]
    may_not: tuple[tuple[str, str], ...]
    exec: bool = False
    kind: str = "BreakglassSession"
    content: str | None = None

    @property
    def name(self):
        """The request's name, and who asks."""
        return self.escalation


SHELL = UseCase(
    "pod-shell-access",
    ("developers",),
    "lead",
    (*READ_PODS, LOG),
    (DELETE_POD, CREATE_POD, *READ_SECRETS, PATCH_DEPLOYMENT, ("GET", "/api/v1/nodes"), *GRANTING),
    exec=True,
)
USE_CASES = (
    SHELL,
    UseCase(
        "workload-restart",
        ("application-owners",),
        "sre",
        (
            *READ_PODS,
            DELETE_POD,
            PATCH_DEPLOYMENT,
            SCALE,
            ("GET", f"{APPS}/statefulsets"),
            ("GET", f"{APPS}/daemonsets"),
        ),
        (CREATE_POD, ("DELETE", f"{APPS}/deployments/web{DRY}"), *READ_SECRETS, LOG, *GRANTING),
    ),
    UseCase(
        "workload-scaling",
        ("operations",),
        "sre-lead",
        (PATCH_DEPLOYMENT, SCALE, ("GET", f"{APPS}/replicasets"), ("GET", HPA), ("PATCH", f"{HPA}/web{DRY}")),
        (*READ_PODS, DELETE_POD, ("DELETE", f"{HPA}/web{DRY}"), ("DELETE", f"{APPS}/deployments/web{DRY}"), *GRANTING),
    ),
    UseCase(
        "resource-cleanup",
        ("platform-team",),
        "security",
        (
            *READ_PODS,
            DELETE_POD,
            ("DELETE", PODS + DRY),
            GET_SECRET,
            ("DELETE", f"{SECRETS}/bystander{DRY}"),
            ("GET", "/api/v1/namespaces"),
            ("DELETE", "/api/v1/namespaces/{ns}" + DRY),
            ("GET", SETTINGS),
            ("DELETE", f"{SETTINGS}/bystander{DRY}"),
            ("GET", HELM),
            ("DELETE", f"{HELM}/app"),
        ),
        # A grant on the whole cluster lists no secrets: the default deny policy no-secrets-across-namespaces.
        (LIST_SECRETS, CREATE_POD, ("DELETE", SETTINGS + DRY), PATCH_DEPLOYMENT, LOG, *GRANTING),
    ),
    UseCase(
        "automation-access",
        (),
        None,
        (*READ_PODS, LOG),
        (DELETE_POD, *READ_SECRETS, PATCH_DEPLOYMENT, *GRANTING),
        exec=True,
    ),
    UseCase(
        "bis-debug-access",
        ("application-team",),
        None,
        (*READ_PODS, ("GET", "/api/v1/namespaces/{ns}/events")),
        (DELETE_POD, LOG, *READ_SECRETS, *GRANTING),
    ),
    UseCase(
        "prod-debug-access",
        ("application-team",),
        "security",
        (*READ_PODS, ("GET", "/api/v1/namespaces/{ns}/events")),
        (DELETE_POD, LOG, *READ_SECRETS, *GRANTING),
    ),
    UseCase(
        "debug-tool-access",
        ("operations",),
        "lead",
        (),
        (*READ_PODS, DELETE_POD, *READ_SECRETS, *GRANTING),
        exec=True,
    ),
    UseCase(
        "ingress-restart",
        ("operations",),
        "platform-lead",
        (
            ("GET", INGRESS),
            ("DELETE", f"{INGRESS}/web-0{DRY}"),
            ("PATCH", f"/apis/apps/v1/namespaces/ingress-nginx/deployments/web{DRY}"),
            ("PATCH", f"/apis/apps/v1/namespaces/ingress-nginx/deployments/web/scale{DRY}"),
        ),
        (
            *READ_PODS,
            DELETE_POD,
            PATCH_DEPLOYMENT,
            SCALE,
            ("GET", "/api/v1/pods"),
            LOG,
            *READ_SECRETS,
            ("POST", INGRESS + DRY),
            ("GET", "/api/v1/namespaces/ingress-nginx/secrets"),
            *GRANTING,
        ),
    ),
    UseCase(
        "sre-privileged-debug",
        ("sre",),
        "sre-lead",
        (
            *READ_PODS,
            CREATE_POD,
            DELETE_POD,
            GET_SECRET,
            ("GET", "/api/v1/nodes"),
            PATCH_DEPLOYMENT,
            LOG,
            ("GET", f"{RBAC}/clusterroles"),
            ("GET", "/version"),
        ),
        (
            *GRANTING,
            LIST_SECRETS,
            ("GET", "/api/v1/secrets"),
            ("DELETE", "/apis/access.gitops-breakglass.dev/v1alpha1/namespaces/gitops-breakglass/grants/none"),
            ("GET", "/apis/access.gitops-breakglass.dev/v1alpha1/namespaces/gitops-breakglass/trustroots"),
            (
                "DELETE",
                f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/grants.access.gitops-breakglass.dev{DRY}",
            ),
        ),
        exec=True,
    ),
    UseCase(
        "simple-access",
        ("operations",),
        "sre-lead",
        (*READ_PODS, DELETE_POD, GET_SECRET, PATCH_DEPLOYMENT, ("GET", f"{RBAC}/namespaces/{{ns}}/roles")),
        (LIST_SECRETS, ("GET", "/api/v1/nodes"), ("DELETE", "/api/v1/namespaces/{ns}" + DRY), *GRANTING),
        exec=True,
        kind="Breakglass",
    ),
)
