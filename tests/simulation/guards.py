"""What the admission policies that `install` ships refuse, as far as the simulation needs it: fence, windows, records, parameters.

The real ones are proved on a real API server; this says the same in a few lines, so that what runs leave to them is there.
"""

from tests.simulation.apiserver import ApiServer
from tests.simulation.stored import Body, Place, Request

RECONCILER = "system:serviceaccount:gitops-breakglass:reconciler"
SWEEPER = "system:serviceaccount:gitops-breakglass:sweeper"
_RBAC = "rbac.authorization.k8s.io/v1"
_OURS = "access.gitops-breakglass.dev/v1alpha1"
_MANAGED_BY = ("app.kubernetes.io/managed-by", "gitops-breakglass")
_REQUEST = "gitops-breakglass.dev/request"
_EXPIRES_AT = "gitops-breakglass.dev/expires-at"
_DECISION = "gitops-breakglass.dev/decision"
_PROBED = "gitops-breakglass.dev/probed"


def admit(
    server: ApiServer, request: Request, place: Place, verb: str, old: Body | None, new: Body | None
) -> str | None:
    """Return why a write is refused, or None. The cluster's administrator goes past all of it."""
    if request.user == "admin":
        return None
    if (told := probed(server, request, place, verb, old, new)) is not None:
        return told
    return (
        _fence(request.user, place, verb, old, new)
        or (_window(request.user, place, verb, old, new) if place.kind.api_version == _RBAC else None)
        or (_record(request.user, place, verb, old, new) if place.kind.api_version == _OURS else None)
    )


def probed(
    server: ApiServer, request: Request, place: Place, verb: str, old: Body | None, new: Body | None
) -> str | None:
    """Refuse the probe alone, which says that parameters are in force."""
    return _probe(server, new) if place.kind.kind == "GuardParameters" and verb == "create" else None


def is_ours(body: Body | None) -> bool:
    return bool(body) and (body["metadata"].get("labels") or {}).get(_MANAGED_BY[0]) == _MANAGED_BY[1]


def is_known(place: Place, body: Body) -> bool:
    """Whether the fence lets us end it: it is ours, or is still known to have been."""
    return is_ours(body) or _is_lost(place, body)


def _is_lost(place: Place, body: Body | None) -> bool:
    """Whether it lost our label and is still known by another mark."""
    if not body:
        return False
    marks = _label(body, _REQUEST) or (body["metadata"].get("annotations") or {}).get(_DECISION)
    return place.kind.api_version == _RBAC and place.name.startswith("bg-") and bool(marks)


def _fence(user: str, place: Place, verb: str, old: Body | None, new: Body | None) -> str | None:
    if user not in {RECONCILER, SWEEPER} or place.kind.kind == "Lease":
        return None
    if (verb == "create" and not is_ours(new)) or (verb != "create" and not is_known(place, old or {})):
        return "the fence: this object is not of gitops-breakglass"
    if user == SWEEPER:
        if verb == "create":
            return "the fence: the sweeper can make nothing"
        if verb == "update" and place.kind.api_version != _RBAC and place.sub != "status":
            return "the fence: the sweeper changes a record's status, and nothing else of it"
        if verb == "update" and new and new.get("rules") and new.get("rules") != (old or {}).get("rules"):
            return "the fence: the sweeper may empty a role"
    return None


def _window(user: str, place: Place, verb: str, old: Body | None, new: Body | None) -> str | None:
    if not (is_ours(old) or is_ours(new) or place.name.startswith("bg-")) or new is None:
        return None
    end, was = _end(new), _end(old)
    if verb == "create":
        if user != RECONCILER:
            return "the guard: only the reconciler makes objects of grants"
        if not end or end <= new["metadata"]["creationTimestamp"]:
            return "the guard: the window of this object is already over"
        return None
    if not is_ours(old):
        return "the guard: the label is not put on later" if is_ours(new) else None
    if not end or (was and end > was):
        return "the guard: the end of a window never moves later and never goes away"
    if not is_ours(new) or _label(new, _REQUEST) != _label(old, _REQUEST):
        return "the guard: the labels stay"
    if set(new["metadata"].get("finalizers") or ()) - set((old or {})["metadata"].get("finalizers") or ()):
        return "the guard: an object of a grant gets no finalizers"
    if new.get("subjects") and new.get("subjects") != (old or {}).get("subjects"):
        return "the guard: whom a grant is for never changes"
    if new.get("rules") and new.get("rules") != (old or {}).get("rules") and user not in {RECONCILER, SWEEPER}:
        return "the guard: only reconciler and sweeper change what a grant's role allows"
    return None


def _record(user: str, place: Place, verb: str, old: Body | None, new: Body | None) -> str | None:
    kind = place.kind.kind
    if verb == "delete":
        kept = {"Grant", "Checkpoint", "LedgerPage", "TrustRoot"}
        allowed = kind == "GuardParameters" and user in {RECONCILER, SWEEPER}
        return None if allowed or kind not in kept | {"GuardParameters"} else "the guard: records are kept"
    if kind == "TrustRoot":
        return "only administrators pin the trust root"
    if verb == "create" or kind in {"Checkpoint", "GuardParameters"}:
        return None if user == RECONCILER else "the guard: only the reconciler makes records"
    if kind == "LedgerPage":
        return None if (old or {}).get("spec") == (new or {}).get("spec") else "the guard: the ledger stays as it is"
    if place.sub == "status":
        return None if user in {RECONCILER, SWEEPER} else "the guard: only reconciler and sweeper write statuses"
    before, after = (old or {}).get("spec") or {}, (new or {}).get("spec") or {}
    if {**after, "revokedAt": 0} != {**before, "revokedAt": 0} or ("revokedAt" in before and before != after):
        return "spec: Invalid value: what was decided does not change, but for spec.revokedAt, which is set once"
    return None


def _probe(server: ApiServer, new: Body | None) -> str | None:
    """Tell the probe that parameters are in force, as the real guard does: each by its uid and generation."""
    wanted = ((new or {})["metadata"].get("annotations") or {}).get(_PROBED)
    for stored in server.objects.values():
        metadata = stored.body["metadata"]
        if stored.place.kind.kind == "GuardParameters" and wanted == f"{metadata['uid']}/{metadata['generation']}":
            return f"the guard: these parameters are in force: {metadata['name']} {wanted}"
    return None


def _end(body: Body | None) -> str:
    return ((body or {}).get("metadata", {}).get("annotations") or {}).get(_EXPIRES_AT, "")


def _label(body: Body | None, name: str) -> str | None:
    return ((body or {}).get("metadata", {}).get("labels") or {}).get(name)
