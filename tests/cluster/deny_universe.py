"""A small universe of calls on a real API server, and grants and deny policies drawn from it by seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import Any

from gitops_breakglass.model.deny import Ask
from tests.cluster.deny_stage import FORBIDDEN, PRIVILEGED, DenyStage, deny, escalation, role
from tests.cluster.harness import streams
from tests.cluster.harness.actor import Actor

PLACES = {"shop-a": {"team": "a", "tier": "gold"}, "shop-b": {"team": "b"}, "tools": {}}
NAMES = ("db-0", "web-0")
PODS: dict[str, dict[str, Any]] = {
    "web-0": {},
    "db-0": {"spec": PRIVILEGED},
    "tool-0": {"spec": {"hostNetwork": True}, "labels": {"tool": "yes"}},
}
READS, WRITES = ("get", "list", "watch"), ("create", "update", "patch", "delete", "deletecollection")
CONNECTIONS = ("exec", "attach", "portforward")
KINDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("", "configmaps"): READS + WRITES,
    ("", "secrets"): READS + WRITES,
    ("apps", "deployments"): READS + WRITES,
    ("apps", "deployments/scale"): ("get", "patch"),
    ("", "namespaces"): ("get", "list", "watch", "update", "patch", "delete"),
    ("", "pods"): (*READS, "patch", "delete", "deletecollection"),
    ("", "pods/log"): ("get",),
    **{("", f"pods/{each}"): ("create", "get") for each in CONNECTIONS},
}
COLLECTIVE = ("list", "watch", "deletecollection")


@dataclass(frozen=True)
class Call:
    """One call. `name` is that of the object which is met; a collection's call, and one that makes an object, carry none."""

    verb: str
    group: str
    resource: str
    subresource: str
    namespace: str
    name: str

    @property
    def ask(self) -> Ask:
        """What the authorizer is asked."""
        carried = "" if self.verb in COLLECTIVE or (self.verb == "create" and not self.subresource) else self.name
        return Ask(
            self.verb,
            self.group,
            self.resource,
            self.subresource,
            self.namespace,
            carried,
            namespace_labels=PLACES.get(self.namespace),
        )

    def path(self, *, collection: bool = False) -> str:
        """The path of the call."""
        base = "/api/v1" if not self.group else f"/apis/{self.group}/v1"
        place = f"/namespaces/{self.namespace}" if self.namespace and self.resource != "namespaces" else ""
        rest = (
            "" if collection or not self.name else f"/{self.name}" + (f"/{self.subresource}" * bool(self.subresource))
        )
        return f"{base}{place}/{self.resource}{rest}"


def calls() -> Iterator[Call]:
    """Every call of the universe; names are those of objects that are there, but for what is made."""
    for (group, whole), verbs in KINDS.items():
        resource, _, sub = whole.partition("/")
        for verb, place in product(verbs, ("", *PLACES)):
            if resource == "namespaces":
                if (verb in ("list", "watch")) != (place == ""):
                    continue
                yield Call(verb, group, resource, sub, place, place)
            elif verb in COLLECTIVE:
                if place or verb != "deletecollection":
                    yield Call(verb, group, resource, sub, place, "")
            elif place:
                names = PODS if resource == "pods" else ("db-new", "web-new") if verb == "create" else NAMES
                yield from (Call(verb, group, resource, sub, place, name) for name in names)


def furnish(stage: DenyStage) -> None:
    """Make all objects of the universe."""
    for place, labels in PLACES.items():
        stage.namespace(place, labels)
        for name, more in PODS.items():
            stage.objects.pod(place, name, **more)
        for name in NAMES:
            for kind in ("configmaps", "secrets"):
                stage.admin.must("POST", f"/api/v1/namespaces/{place}/{kind}", {"metadata": {"name": name}})
            stage.admin.must("POST", f"/apis/apps/v1/namespaces/{place}/deployments", deployment(name))


def deployment(name: str) -> dict[str, Any]:
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "main", "image": "example.com/a:1"}]}}
    return {
        "metadata": {"name": name},
        "spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": template},
    }


def passes(who: Actor, call: Call, bodies: dict[str, Any]) -> bool:
    """Make the call for real, dry where it changes something, and tell whether it was let through."""
    if call.subresource in CONNECTIONS and call.verb == "get":
        return _streams(who, call)
    method = {
        "create": "POST",
        "update": "PUT",
        "patch": "PATCH",
        "delete": "DELETE",
        "deletecollection": "DELETE",
    }.get(call.verb, "GET")
    path = call.path(collection=call.verb == "create" and not call.subresource)
    if call.verb == "watch":
        opened = who.watch(path)
        if isinstance(opened, streams.Lines):
            opened.close()
            return True
        status = opened.status
    elif call.subresource in CONNECTIONS:
        query = {"exec": "?command=id&stdout=true", "attach": "?stdout=true", "portforward": "?ports=8080"}
        status = who.status(method, path + query[call.subresource])
    else:
        status = who.status(method, path + ("" if method == "GET" else "?dryRun=All"), _body(call, bodies))
    assert status in {200, 201, FORBIDDEN} or (call.subresource in CONNECTIONS and status == 400), (call, status)
    return status != FORBIDDEN


def _streams(who: Actor, call: Call) -> bool:
    ways = {"exec": who.exec, "attach": who.attach, "portforward": who.port_forward}
    opened = ways[call.subresource](call.namespace, call.name)
    assert opened.arrived or opened.status == FORBIDDEN, (call, opened)
    return opened.arrived


def _body(call: Call, bodies: dict[str, Any]) -> Any:
    if call.verb == "create":
        return deployment(call.name) if call.group else {"metadata": {"name": call.name}}
    if call.verb == "update":
        return bodies[call.path()]
    return {"metadata": {"annotations": {"touched": "yes"}}} if call.verb == "patch" else None


def bodies(stage: DenyStage) -> dict[str, Any]:
    """What updates send: each object as it is, without its version."""
    found = {}
    for path in {call.path() for call in calls() if call.verb == "update"}:
        body = stage.admin.must("GET", path)
        del body["metadata"]["resourceVersion"]
        found[path] = body
    return found


def drawn(number: int) -> tuple[dict[str, str], list[dict[str, Any]], tuple[str, ...]]:
    """Draw an escalation, a role with where it holds, and its deny policies: the files, the rules and the namespaces."""
    random = Random(f"universe {number}")
    name = f"universe-{number}"
    rules = [_granted(random) for _ in range(random.randint(2, 4))]
    places = () if random.random() < 0.5 else tuple(sorted(random.sample(sorted(PLACES), random.randint(1, 2))))
    files = escalation(name) | role(name, *rules, namespaces=places)
    for each in range(random.randint(1, 3)):
        spec: dict[str, Any] = {"appliesTo": {"escalationRefs": [name]}}
        if random.random() < 0.8:
            spec["rules"] = [_denied(random) for _ in range(random.randint(1, 2))]
        if "rules" not in spec or random.random() < 0.3:
            spec["podSecurityRules"] = _pod_rules(random)
        files |= deny(f"{name}-{each}", **spec)
    return files, rules, places


def _some(random: Random, of: tuple[str, ...], most: int) -> list[str]:
    return sorted(random.sample(of, random.randint(1, min(most, len(of)))))


def _granted(random: Random) -> dict[str, Any]:
    group = random.choice(["", "", "", "apps"])
    mine = {path: verbs for (api, path), verbs in KINDS.items() if api == group}
    resources = ["*"] if random.random() < 0.25 else _some(random, tuple(mine), 5)
    verbs = ["*"] if random.random() < 0.3 else _some(random, READS + WRITES, 6)
    rule: dict[str, Any] = {"apiGroups": [group], "resources": resources, "verbs": verbs}
    if "*" not in resources and random.random() < 0.15:
        rule["resourceNames"] = ["db-0", "shop-a"]
    return rule


def _denied(random: Random) -> dict[str, Any]:
    resources = ("configmaps", "secrets", "deployments", "namespaces", "pods")
    rule: dict[str, Any] = {
        "verbs": ["*"] if random.random() < 0.2 else _some(random, READS + WRITES, 4),
        "apiGroups": random.choice([[""], ["*"], ["", "apps"]]),
        "resources": ["*"] if random.random() < 0.15 else _some(random, resources, 3),
    }
    if random.random() < 0.35:
        rule["resourceNames"] = random.choice([["db-*"], ["web-0"], ["db-0", "tool-?"], ["[a-d]*", "shop-b"], ["*"]])
    if random.random() < 0.35:
        rule["namespaces"] = random.choice(
            [
                {"patterns": ["shop-*"]},
                {"patterns": ["tools"]},
                {"selectorTerms": [{"matchLabels": {"team": "a"}}]},
                {"selectorTerms": [{"matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]}]},
                {"patterns": ["*-b"], "selectorTerms": [{"matchLabels": {"tier": "gold"}}]},
            ]
        )
    if random.random() < 0.3:
        rule["subresources"] = random.choice([[""], ["exec", "attach"], ["*"], ["scale", "log"]])
    if random.random() < 0.1:
        rule["scope"] = "Cluster"
    return rule


def _pod_rules(random: Random) -> dict[str, Any]:
    found: dict[str, Any] = {
        "riskFactors": {"privilegedContainer": random.choice([40, 100]), "hostNetwork": random.choice([0, 50])},
        "thresholds": [
            {"maxScore": random.choice([0, 45]), "action": "allow"},
            {"maxScore": 60, "action": random.choice(["deny", "warn"]), "reason": "no"},
        ],
    }
    if random.random() < 0.4:
        found["exemptions"] = random.choice([{"podLabels": {"tool": "yes"}}, {"namespaces": {"patterns": ["tools"]}}])
    if random.random() < 0.3:
        found["blockFactors"] = [random.choice(["hostNetwork", "privilegedContainer"])]
    if random.random() < 0.3:
        found["appliesTo"] = {"subresources": random.choice([["exec"], ["attach", "portforward"]])}
    return found
