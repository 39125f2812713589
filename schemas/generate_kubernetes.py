"""Writes schemas/kubernetes/pod.schema.json, the types of a pod, from the OpenAPI v3 that an API server tells of itself."""  # noqa: INP001

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent / "kubernetes" / "pod.schema.json"
OPENAPI_PATH = "/openapi/v3/api/v1"
"""Where an API server serves what `generate` reads."""

ROOTS = (
    "Affinity",
    "EnvVar",
    "LabelSelector",
    "NodeSelector",
    "PodAffinityTerm",
    "PodSpec",
    "PreferredSchedulingTerm",
    "ResourceRequirements",
    "SecurityContext",
    "Toleration",
    "TopologySpreadConstraint",
    "WeightedPodAffinityTerm",
)
"""What the kinds of this project refer to; all that these refer to comes along."""

_QUANTITY = (
    r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$"
)
_TEXT = {"type": "string"}

# A debug pod is not all that a Pod may be: upstream's templates lack what the control plane fills in, what a pod that is made
# again and again can't have, and what would pass by the constraints on nodes.
LEFT_OUT = {
    "PodSpec": {
        "activeDeadlineSeconds",
        "ephemeralContainers",
        "hostUsers",
        "hostname",
        "hostnameOverride",
        "nodeName",
        "os",
        "priority",
        "readinessGates",
        "resourceClaims",
        "resources",
        "schedulingGates",
        "schedulingGroup",
        "serviceAccount",
        "setHostnameAsFQDN",
        "subdomain",
    }
}
ADDED: dict[str, dict[str, dict[str, Any]]] = {
    "PodSpec": {
        "automountServiceAccountToken": {"default": False},
        "containers": {"minItems": 1},
        "enableServiceLinks": {"default": False},
        "hostIPC": {"default": False},
        "hostNetwork": {"default": False},
        "hostPID": {"default": False},
        "restartPolicy": {"default": "Never"},
        "shareProcessNamespace": {"default": False},
    }
}
"""What upstream's templates say of a pod's fields beside Kubernetes."""

# What the OpenAPI document says too loosely, or not at all; a pod's templates have labels and annotations only.
WRITTEN_HERE: dict[str, dict[str, Any]] = {
    "Quantity": {
        "description": "An amount of a resource, such as 500m, 2 or 1Gi.",
        "anyOf": [{"type": "integer"}, {"type": "string"}],
        "pattern": _QUANTITY,
        "x-kubernetes-int-or-string": True,
        "errorMessage": 'must be a quantity, such as 500m, 2, 1Gi or, in quotes, "0.5"',
    },
    "IntOrString": {
        "description": "A number, or a name or percentage as text.",
        "anyOf": [{"type": "integer"}, {"type": "string"}],
        "x-kubernetes-int-or-string": True,
        "errorMessage": "must be a whole number or text, such as 8080 or http",
    },
    "ObjectMeta": {
        "description": "Labels and annotations of an object that is made from a template.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "annotations": {"type": "object", "description": "Free text by key.", "additionalProperties": _TEXT},
            "labels": {"type": "object", "description": "Words by key.", "additionalProperties": _TEXT},
        },
    },
}


def generate(openapi: dict[str, Any]) -> str:
    """Return the file's text, out of the OpenAPI v3 document of the core group.

    Types, formats, choices and required fields are taken over, words are not. Raises KeyError where a type is missing.
    """
    served = {name.rpartition(".")[2]: schema for name, schema in openapi["components"]["schemas"].items()}
    definitions: dict[str, Any] = {}
    waiting = list(ROOTS)
    while waiting:
        name = waiting.pop()
        if name not in definitions:
            definitions[name] = WRITTEN_HERE.get(name) or _definition(name, served[name], served)
            waiting += sorted(_references(definitions[name]))
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://gitops-breakglass.dev/schemas/kubernetes/pod.schema.json",
        "title": "Parts of a pod",
        "description": "The types of Kubernetes that debug pods are made of. Generated; other schemas refer to them.",
        "$defs": dict(sorted(definitions.items())),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _definition(name: str, served: dict[str, Any], types: dict[str, Any]) -> dict[str, Any]:
    """Return one type; its fields are told by their names, since Kubernetes' own sentences are not ours to copy."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    article = "an" if words[0] in "AEIO" else "a"
    if "properties" not in served:
        return {"description": f"{article.capitalize()} {words}, as Kubernetes defines it.", **_plain(served, types)}
    fields = sorted(set(served["properties"]) - LEFT_OUT.get(name, set()))
    added = ADDED.get(name, {})
    return {
        "description": f"{article.capitalize()} {words}, as Kubernetes defines it.",
        "type": "object",
        **({"required": sorted(served["required"])} if "required" in served else {}),
        "additionalProperties": False,
        "properties": {
            field: {
                "description": f"`{field}` of {article} {words}, as Kubernetes defines it.",
                **_plain(served["properties"][field], types),
                **added.get(field, {}),
            }
            for field in fields
        },
        **_kept(served),
    }


def _plain(served: dict[str, Any], types: dict[str, Any]) -> dict[str, Any]:
    """Return a value's schema: a reference, a list, a map or a scalar."""
    reference = served.get("$ref") or next((each["$ref"] for each in served.get("allOf", ())), None)
    if reference:
        return {"$ref": f"#/$defs/{reference.rpartition('.')[2]}"}
    plain: dict[str, Any] = {"type": served["type"], **_kept(served)}
    if served["type"] == "array":
        plain["items"] = _plain(served["items"], types)
        plain |= _keys(served, plain["items"], types)
    elif served["type"] == "object":
        plain["additionalProperties"] = _plain(served["additionalProperties"], types)
    return plain


def _kept(served: dict[str, Any]) -> dict[str, Any]:
    """Return what is taken over as it is. A default that is Go's zero value says nothing."""
    kept = {key: served[key] for key in ("format", "enum", "x-kubernetes-map-type") if key in served}
    if kept.get("format") == "int32":
        kept |= {"minimum": -(2**31), "maximum": 2**31 - 1}  # the API server holds to it, a JSON Schema does not
    return kept | ({"default": served["default"]} if served.get("default") else {})


def _keys(served: dict[str, Any], items: dict[str, Any], types: dict[str, Any]) -> dict[str, Any]:
    """Return which fields tell entries of a list apart, where every entry has or gets them: else no CRD may say so."""
    keys = served.get("x-kubernetes-list-map-keys")
    if served.get("x-kubernetes-list-type") == "set":
        return {"uniqueItems": True, "x-kubernetes-list-type": "set"}
    if not keys or "$ref" not in items:
        return {}
    entry = types[items["$ref"].rpartition("/")[2]]
    given = {name for name, each in entry["properties"].items() if each.get("default")}
    if set(keys) <= given | set(entry.get("required", ())):
        return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": keys}
    return {}


def _references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"].rpartition("/")[2]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*map(_references, node.values()))
    return set().union(*map(_references, node)) if isinstance(node, list) else set()


def main(arguments: list[str]) -> int:
    """Write the file from a saved answer of the API server's `/openapi/v3/api/v1`."""
    if len(arguments) != 1:
        sys.stderr.write(f"usage: generate_kubernetes.py FILE  (`kubectl get --raw {OPENAPI_PATH}` writes it)\n")
        return 2
    TARGET.write_text(generate(json.loads(Path(arguments[0]).read_text(encoding="utf-8"))), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
