"""Everything of ours on one API server, a list for each kind, in the order in which nothing is overlooked."""

from __future__ import annotations

from dataclasses import dataclass

from gitops_breakglass.adapters.cluster.answers import live_object
from gitops_breakglass.adapters.cluster.pages import Pages
from gitops_breakglass.adapters.cluster.resources import LISTINGS, STATE_KINDS, Listing, collection
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.core.plan.ownership import BINDINGS
from gitops_breakglass.core.record_parts import list_of, mapping_of
from gitops_breakglass.model.errors import BreakglassError, ForbiddenError, RefusedError
from gitops_breakglass.model.kube import LiveObject
from gitops_breakglass.model.session_kinds import POD, REPLICA_SET

_RECORDS, _CHECKPOINT = STATE_KINDS[0].kind, STATE_KINDS[1].kind
_ROUNDS = (
    tuple(each for each in LISTINGS if each.resource.kind == POD.kind),
    tuple(each for each in LISTINGS if each.resource.kind == REPLICA_SET.kind),
    tuple(each for each in LISTINGS if not each.namespace and each.resource.kind not in {POD.kind, REPLICA_SET.kind}),
    tuple(each for each in LISTINGS if each.resource.kind == _CHECKPOINT),
    tuple(each for each in LISTINGS if each.namespace and each.resource.kind != _CHECKPOINT),
)
"""What follows from something is listed before it, so that it is never seen without."""


_ACCESS = (
    tuple(each for each in LISTINGS if each.resource.kind in BINDINGS),
    tuple(each for each in LISTINGS if each.resource.kind == _RECORDS),
)
"""What ends by itself, and what says that it is to end sooner."""


@dataclass(frozen=True)
class Lists:
    """The lists of one run. They raise what a call raises."""

    name: str
    pages: Pages
    pool: ThreadPool

    def everything(self) -> tuple[tuple[LiveObject, ...], tuple[str, ...]]:
        """Return all objects of ours, and what could not be listed.

        Pods are listed before what controls them, and what gives access or is of a session before the records: a record is
        written first, so an object is never seen without the record that it follows from, whatever another run does meanwhile.
        So is the checkpoint, which is written last: what it says to be told, the records that are listed after it are marked
        with, and nothing of that is told a second time.
        """
        lists = [(each, found) for part in _ROUNDS for each, found in self._read_or_told(part)]
        objects = tuple(live for _, found in lists if not isinstance(found, str) for live in found)
        listed = _kinds_listed(objects)
        unreadable = tuple(
            found
            for each, found in lists
            if isinstance(found, str)
            and not (each.quiet and (each.resource.api_version, each.resource.kind) not in listed)
        )
        return objects, unreadable

    def access(self) -> tuple[tuple[LiveObject, ...], tuple[str, ...]]:
        """Return the bindings of ours and the records that can be listed, and why the others can't; bindings come first."""
        found = [each for part in _ACCESS for each in self.pool.map(self._any, part)]
        objects = tuple(live for each in found if not isinstance(each, str) for live in each)
        return objects, tuple(each for each in found if isinstance(each, str))

    def read(self, listing: Listing) -> tuple[LiveObject, ...]:
        """Return the objects; RefusedError where a kind that must be there is not served."""
        found = self.found(listing)
        if found is None and not listing.optional:
            raise RefusedError(
                f"{self.name}: {listing.resource.name}.{listing.resource.api_version} is not installed",
                hint="an administrator of the cluster runs `gitops-breakglass install` first",
            )
        return found or ()

    def found(self, listing: Listing) -> tuple[LiveObject, ...] | None:
        """Return the objects, or None where the kind is not served."""
        resource = listing.resource
        path = collection(resource, listing.namespace)
        found = self.pages.items(path, f"list {resource.name}", selector=listing.selector)
        return None if found is None else tuple(live_object(each, resource) for each in found)

    def _read_or_told(self, listings: tuple[Listing, ...]) -> list[tuple[Listing, tuple[LiveObject, ...] | str]]:
        return list(zip(listings, self.pool.map(self._one, listings), strict=True))

    def _any(self, listing: Listing) -> tuple[LiveObject, ...] | str:
        try:
            return self.read(listing)
        except BreakglassError as error:
            return error.message

    def _one(self, listing: Listing) -> tuple[LiveObject, ...] | str:
        """Return the objects of a list, or why there are none: what an installation lacks must not hold up an end."""
        try:
            return self.read(listing)
        except RefusedError as error:
            if listing.since:
                return f"{error.message}: this installation is older than {listing.since}: install again"
            if listing.quiet and isinstance(error, ForbiddenError):
                return f"{error.message}: this installation has no debug sessions: install again"
            raise


def _kinds_listed(objects: tuple[LiveObject, ...]) -> set[tuple[object, object]]:
    """Return the API versions and kinds of all that records list, proved or not, and of what has been written beside them."""
    return {
        (entry.get("apiVersion"), entry.get("kind"))
        for live in objects
        if live.key.kind == _RECORDS
        for part in ("spec", "status")
        for item in list_of(mapping_of(live.manifest.get(part)).get("inventory"))
        if (entry := mapping_of(item)) and all(isinstance(entry.get(name), str) for name in ("apiVersion", "kind"))
    }
