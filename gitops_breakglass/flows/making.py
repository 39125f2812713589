"""Makes objects and adopts none: a namesake that is there counts only if it is what would have been made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from gitops_breakglass.core.plan.ownership import PARAMETERS
from gitops_breakglass.model.errors import BreakglassError, ConflictError
from gitops_breakglass.model.kube import Manifest
from gitops_breakglass.model.outcome import Applied, Failed, Outcome, Skipped, Verb
from gitops_breakglass.model.plan import Create
from gitops_breakglass.ports import ClusterWriter, Pool

NOT_BEFORE = "what comes before it was not made"
"""Why something is skipped that nothing is wrong with."""


def make_all(creations: Sequence[Create], cluster: ClusterWriter, pool: Pool, failed: Collection[str]) -> list[Outcome]:
    """Make all of it at once, but for requests that have `failed` (by uid): what they had before it was not made."""
    tried = [each for each in creations if each.request not in failed]
    skipped: list[Outcome] = [
        Skipped(each.key, each.request, NOT_BEFORE) for each in creations if each.request in failed
    ]
    return skipped + pool.map(lambda each: make(each, cluster), tried)


def is_what_we_make(live: Manifest, wanted: Manifest) -> bool:
    """Whether two runs made the same thing at once: same marks and same content. A signed record counts by its payload."""
    if any(_marks(live, part) != _marks(wanted, part) for part in ("labels", "annotations")):
        return False
    parts = ("rules", "roleRef", "subjects", "aggregationRule", *(["spec"] if live.get("kind") in PARAMETERS else []))
    return all(live.get(part) == wanted.get(part) for part in parts) and _payload(live) == _payload(wanted)


def make(
    create: Create, cluster: ClusterWriter, is_same: Callable[[Manifest, Manifest], bool] = is_what_we_make
) -> Outcome:
    """Make one object; `is_same` says of what is there and what was wanted whether the one is the other."""
    try:
        cluster.create(create.manifest)
    except ConflictError as error:
        live = cluster.get(create.key)
        if live is None or not is_same(live.manifest, create.manifest):
            hint = "it is not ours: rename it or ask under another name"
            return Failed(create.key, create.request, error.message, hint)
    except BreakglassError as error:
        return Failed.of(error, create.key, create.request)
    return Applied(create.key, Verb.CREATED, create.request)


def _marks(manifest: Manifest, part: str) -> dict[str, str]:
    return dict(manifest["metadata"].get(part) or {})


def _payload(manifest: Manifest) -> object:
    decision = (manifest.get("spec") or {}).get("decision")
    return decision.get("payload") if isinstance(decision, Mapping) else None
