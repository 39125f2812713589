"""What a cluster's administrator may do to objects of grants, past every guard, by mistake or not."""

from typing import Any

from tests.simulation.oracle import OURS
from tests.simulation.stored import MERGE, Stored
from tests.simulation.world import World

_RBAC = {"roles", "rolebindings", "clusterroles", "clusterrolebindings"}
WHATS = (
    "delete",
    "unlabel",
    "finalizer",
    "extend",
    "lookalike",
    "rules",
    "swap",
    "unmark",
    "hide",
    "prolong",
    "refuse",
)
_OF_ALL = {"hide": "unlabel", "prolong": "extend"}
"""What is done to each object of a grant, by what that is called."""
_MANAGED_BY = "app.kubernetes.io/managed-by"


def attack(world: World, what: str, which: int) -> None:
    """Do it to one of the Roles and bindings of grants, or to all of one grant; where there is none, nothing happens.

    `refuse` is a webhook that refuses to delete them: an even `which` brings it, an odd one takes it away.
    """
    if what == "refuse":
        world.refuses_deletes = which % 2 == 0
        world.log.append(f"{'admin':>23} a webhook {'refuses' if world.refuses_deletes else 'allows'} deletions")
        return
    found = [each for _, each in sorted(world.server.objects.items()) if _is_of_a_grant(each)]
    if not found:
        return
    target = found[which % len(found)]
    if what in _OF_ALL:
        # Of one alone it hardly matters: a binding gives nothing without its Role, nor a Role without its binding.
        grant = _grant(target)
        for each in [each for each in found if _grant(each) == grant]:
            _alter(world, _OF_ALL[what], each)
    else:
        _alter(world, what, target)


def _alter(world: World, what: str, target: Stored) -> None:
    if what in {"unlabel", "unmark"} and not target.body["metadata"].get("annotations"):
        return
    world.log.append(f"{'admin':>23} {what} {target.place.kind.plural} {target.place.name}")
    match what:
        case "delete":
            world.admin("DELETE", _path(target))
        case "unmark":
            world.lost[target.place.key()] = {name: target.body["metadata"][name] for name in ("labels", "annotations")}
            _patch(world, target, {"metadata": {"labels": None, "annotations": None}})
        case "unlabel":
            _patch(world, target, {"metadata": {"labels": {_MANAGED_BY: None}}})
        case "finalizer":
            _patch(world, target, {"metadata": {"finalizers": ["example.com/hold"]}})
        case "extend":
            later = {"gitops-breakglass.dev/expires-at": "2027-01-01T00:00:00Z"}
            _patch(world, target, {"metadata": {"annotations": later}})
        case "rules":
            if "rules" in target.body:
                _patch(world, target, {"rules": [{"apiGroups": [""], "resources": ["nodes"], "verbs": ["get"]}]})
        case "swap":
            # Somebody's own, in the place of ours.
            world.admin("DELETE", _path(target))
            kept = {part: target.body[part] for part in ("roleRef", "subjects", "rules") if part in target.body}
            world.admin("POST", _path(target).rpartition("/")[0], {"metadata": {"name": target.place.name}, **kept})
        case "lookalike":
            if "roleRef" in target.body:
                name = f"same-{target.place.name}"
                path = _path(target).rpartition("/")[0]
                body = {"metadata": {"name": name}, **{part: target.body[part] for part in ("roleRef", "subjects")}}
                if (*target.place.key()[:3], name) not in world.server.objects:
                    world.admin("POST", path, body)


def mend(world: World) -> None:
    """Put marks back that were taken off, and take the webhook away: an administrator gives back what nobody of ours reaches."""
    world.refuses_deletes = False
    for key, each in sorted(world.server.objects.items()):
        if _is_of_a_grant(each) and key in world.lost:
            _patch(world, each, {"metadata": world.lost[key]})


def _is_of_a_grant(stored: Stored) -> bool:
    return stored.maker in OURS and stored.place.kind.plural in _RBAC


def _grant(stored: Stored) -> str:
    return "-".join(stored.place.name.split("-")[:2])


def _patch(world: World, target: Stored, body: Any) -> None:
    world.admin("PATCH", _path(target), body, MERGE)


def _path(target: Stored) -> str:
    within = f"/namespaces/{target.place.namespace}" if target.place.namespace else ""
    return f"/apis/{target.place.kind.api_version}{within}/{target.place.kind.plural}/{target.place.name}"
