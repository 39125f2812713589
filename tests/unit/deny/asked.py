"""Policies, pods and requests as tests write them: policies and pods as YAML, read as the product reads them."""

import yaml

from gitops_breakglass.core.deny.evaluate import evaluate
from gitops_breakglass.core.read.deny import read_deny, read_override
from gitops_breakglass.core.read.pod import read_pod
from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.model.deny import Ask, Circumstances
from tests.unit.read.documents import TELEKOM, document, escalation

RISKS = {
    "HN": {"hostNetwork": True},
    "HP": {"hostPID": True},
    "HI": {"hostIPC": True},
}
SECURITY = {
    "P": {"privileged": True},
    "root": {"runAsUser": 0},
    "NET_ADMIN": {"capabilities": {"add": ["NET_ADMIN"]}},
    "SYS_ADMIN": {"capabilities": {"add": ["SYS_ADMIN"]}},
    "SYS_PTRACE": {"capabilities": {"add": ["SYS_PTRACE"]}},
}
MOUNTED = {"hpW": False, "hpR": True}


def policy(spec, name="deny", path="policies/a.yaml"):
    head = f"apiVersion: {TELEKOM}, kind: DenyPolicy, metadata: {{name: {name}}}"
    return read_deny(document(f"{{{head}, spec: {spec}}}", path))


def override(text):
    return read_override(Reading(escalation(f"{{podSecurityOverrides: {text}}}")))


def manifest(*risks, namespace="default", name="my-pod", labels=None):
    """Write a Pod with each risk in a container or volume of its own, beside a container without any."""
    spec = {"containers": [{"name": "app"}], "volumes": []}
    for risk in risks:
        if risk in RISKS:
            spec.update(RISKS[risk])
        elif risk in MOUNTED:
            spec["volumes"].append({"name": risk.lower(), "hostPath": {"path": "/"}})
            mount = {"name": risk.lower(), "readOnly": MOUNTED[risk], "mountPath": "/host"}
            spec["containers"].append({"name": f"mounts-{risk.lower()}", "volumeMounts": [mount]})
        else:
            spec["containers"].append({"name": risk.lower(), "securityContext": SECURITY[risk]})
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"namespace": namespace, "name": name, "labels": labels or {}},
        "spec": spec,
    }


def pod(*risks, **metadata):
    return read_pod(manifest(*risks, **metadata))


def pod_of(text):
    return read_pod(yaml.safe_load(text))


def ask(words, **known):
    """Read `get secrets/db in prod`, `create pods/web/exec in default`, `list secrets.example.com`."""
    words, _, namespace = words.partition(" in ")
    verb, _, what = words.partition(" ")
    resource, *rest = what.split("/")
    resource, _, group = resource.partition(".")
    name, subresource = (*rest, "", "")[:2]
    return Ask(verb, group, resource, subresource, namespace, name, **known)


def said(policies, words, *, under=None, inside=None, relaxed=None, **known):
    """Return what policies say of a request, into a pod where one is given."""
    listed = policies if isinstance(policies, list) else [policies]
    request = ask(words, **known)
    return evaluate(listed, request, under or Circumstances("prod-1"), pod=inside, override=relaxed)


EXEC = "create pods/my-pod/exec in default"
