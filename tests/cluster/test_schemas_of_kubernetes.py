"""The parts of our schemas that are Kubernetes' own: they say what the API server says."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from tests.cluster.harness.actor import Actor

SCHEMAS = Path(__file__).parents[2] / "schemas"


def test_the_types_of_a_pod_are_what_the_api_server_tells(admin: Actor) -> None:
    spec = importlib.util.spec_from_file_location("generate_kubernetes", SCHEMAS / "generate_kubernetes.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    committed = (SCHEMAS / "kubernetes/pod.schema.json").read_text(encoding="utf-8")
    assert module.generate(admin.must("GET", module.OPENAPI_PATH)) == committed
