"""What debug sessions come to in workload mode: the API server takes each object, and knows each of its fields."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops_breakglass.model.session_kinds import SESSION_KINDS
from tests.cluster.harness.actor import Actor
from tests.cluster.harness.world import World

DATA = Path(__file__).parents[1] / "data" / "debug_workload"
MADE = {
    f"{folder.name}/{each['part']}/{each['object']['metadata']['name']}": each["object"]
    for folder in sorted(DATA.iterdir())
    for each in list(yaml.safe_load_all((folder / "made.yaml").read_text(encoding="utf-8")))[1:]
}


@pytest.mark.parametrize("name", MADE)
def test_the_api_server_takes_what_is_rendered(admin: Actor, world: World, name: str) -> None:
    manifest: dict[str, Any] = MADE[name]
    kind = next(each for each in SESSION_KINDS if (each.api_version, each.kind) == _kind_of(manifest))
    if kind.namespaced:
        manifest["metadata"]["namespace"] = world.namespace()
    root = f"/apis/{kind.api_version}" if kind.group else f"/api/{kind.api_version}"
    place = f"/namespaces/{manifest['metadata']['namespace']}" if kind.namespaced else ""
    answer = admin.request("POST", f"{root}{place}/{kind.resource}?dryRun=All&fieldValidation=Strict", manifest)
    assert answer.status == 201, answer.message


def _kind_of(manifest: dict[str, Any]) -> tuple[str, str]:
    return manifest["apiVersion"], manifest["kind"]
