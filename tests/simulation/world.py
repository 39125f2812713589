"""The world of a simulation: one cluster, one repository at one forge, people, and the real flows as processes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Any

from gitops_breakglass.adapters import yamlfile
from gitops_breakglass.adapters.bundled import schema_catalog
from gitops_breakglass.core.install.guard_denies import denies_binding, denies_guard
from gitops_breakglass.core.install.trust_root import trust_root
from gitops_breakglass.core.lease import empty_lease
from gitops_breakglass.flows.apply import Hands
from gitops_breakglass.flows.load import load_policy, load_request
from gitops_breakglass.flows.sources import Sources
from gitops_breakglass.model.errors import RepositoryError
from gitops_breakglass.model.grant import TrustRoot
from gitops_breakglass.model.kube import NAMESPACE
from gitops_breakglass.model.lease import COORDINATION, RECONCILER, SWEEPER
from tests.simulation.apiserver import ApiServer
from tests.simulation.audit import AuditLog
from tests.simulation.baton import Baton, Time
from tests.simulation.forge import Hub
from tests.simulation.guards import admit, is_ours, probed
from tests.simulation.oracle import Asked, Oracle
from tests.simulation.policy import PLACE, Signer, policy_files, request_file
from tests.simulation.process import Line, ModelCluster, OneByOne
from tests.simulation.repository import Git
from tests.simulation.stored import Body, Change, Place, Request

START = datetime(2026, 11, 22, 5, 1, 30, 250_000, tzinfo=UTC)
SIGNER = Signer()
_ADMISSION = "/apis/admissionregistration.k8s.io/v1"
_READERS = {"loader": yamlfile.load, "catalog": schema_catalog()}


@cache
def _read_request(path: str, content: bytes, blob: str) -> Any:
    return load_request(path, content, blob=blob, **_READERS)


@cache
def _read_policy(files: tuple[tuple[str, bytes], ...]) -> Any:
    return load_policy(dict(files), commit="", **_READERS)


def read_policy(files: Any, *, commit: str) -> Any:
    """The policy side of a commit, read once for each content."""
    side, findings = _read_policy(tuple(sorted(files.items())))
    return (None if side is None else replace(side, commit=commit)), findings


class World:
    """Everything that is there. `forge`, `cluster` and `own` are how far their clocks are ahead, in seconds."""

    def __init__(self, *, forge: float = 0, cluster: float = 0, own: float = 0, guarded: bool = True) -> None:
        self.time = Time(START)
        self.baton = Baton(self.time)
        self.own = timedelta(seconds=own)
        self.log: list[str] = []
        self.refuses_deletes = False
        """Whether a webhook of somebody's refuses to delete Roles and bindings."""
        self._policies = admit if guarded else probed
        self.server = ApiServer(self._clock(cluster), self._admits)
        self.files = policy_files(SIGNER.public)
        self.git = Git(self.files)
        self.newest = self.git.head
        self.is_rewritten = False
        self.lost: dict[tuple[str, ...], Any] = {}
        """The metadata of objects as they were before somebody took marks off."""
        self.hub = Hub(self.git, lambda: self._clock(forge)().replace(microsecond=0))
        self.oracle = Oracle(self.server)
        self.install()
        self.watchers: list[Callable[[], None]] = []
        self.audit: AuditLog | None = None
        """There as soon as somebody asks for what has an idle timeout."""
        self.server.heard = self._heard
        self.hub.heard = self._showed

    def _clock(self, ahead: float) -> Callable[[], datetime]:
        return lambda: self.time.moment + timedelta(seconds=ahead)

    # -- how it begins

    def install(self) -> None:
        """What an administrator installs, and objects of others that nobody may touch."""
        for name in (NAMESPACE, PLACE):
            self.admin("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
        for name in (RECONCILER, SWEEPER):
            self.admin("POST", f"/apis/{COORDINATION}/namespaces/{NAMESPACE}/leases", empty_lease(name))
        self.admin("POST", f"{_ADMISSION}/validatingadmissionpolicies", denies_guard())
        self.admin("POST", f"{_ADMISSION}/validatingadmissionpolicybindings", denies_binding())
        uid = self.admin("GET", "/api/v1/namespaces/kube-system")["metadata"]["uid"]
        root = trust_root(TrustRoot("1", self.git.head.id, (SIGNER.public,), uid, "prod"))
        self.admin("POST", f"/apis/access.gitops-breakglass.dev/v1alpha1/namespaces/{NAMESPACE}/trustroots", root)
        rbac = "/apis/rbac.authorization.k8s.io/v1"
        role = {
            "metadata": {"name": "bystander"},
            "rules": [{"apiGroups": [""], "resources": ["nodes"], "verbs": ["get"]}],
        }
        self.admin("POST", f"{rbac}/clusterroles", role)
        self.admin("POST", f"{rbac}/clusterroles", {**role, "metadata": {"name": "bg-theirs"}})

    def admin(self, method: str, path: str, body: Any = None, content_type: str = "application/json") -> Any:
        """A call of the cluster's administrator, whom no guard holds."""
        return self.server.must(Request("admin", method, path, body=body, content_type=content_type))

    def _admits(
        self, server: ApiServer, request: Request, place: Place, verb: str, *versions: Body | None
    ) -> str | None:
        is_rbac = place.kind.group == "rbac.authorization.k8s.io"
        if self.refuses_deletes and verb == "delete" and is_rbac and request.user != "admin":
            return 'admission webhook "keep.example.com" denied the request: everything is kept'
        return self._policies(server, request, place, verb, *versions)

    # -- processes

    def line(self, user: str, name: str, mishaps: Any = ()) -> Line:
        told = self.log.append
        line = Line(
            self.server, self.baton, user, name, self.own, mishaps, lambda said: told(f"{self._stamp()} {said}")
        )
        if self.audit is not None:
            line.audited = self.audit.called
        return line

    def close(self) -> None:
        """Take away what is in files."""
        if self.audit is not None:
            self.audit.close()

    def _stamp(self) -> str:
        return f"{self.time.moment:%H:%M:%S.%f}"[:-3]

    def hands(self, line: Line) -> Hands:
        audit = None if self.audit is None else self.audit.source()
        return Hands(ModelCluster(line), SIGNER, OneByOne(), line, timedelta(), audit=audit)

    def sources(self, line: Line) -> Sources:
        """What a run reads of git and forge, each time anew."""
        line.step()
        if self.git.down is not None:
            raise RepositoryError(self.git.down, hint="the next run tries again")
        return Sources(self.git, self.hub, read_policy, _read_request)

    def reader(self, line: Line) -> Callable[[], Sources]:
        return partial(self.sources, line)

    # -- people

    def asks(self, author: str, kind: str, minutes: int, approval: str) -> Asked:
        """Open, review and merge a request; `approval` says who approved what."""
        number = len(self.oracle.asked)
        if kind == "idle" and self.audit is None:
            self.audit = AuditLog(self.oracle)
        path = f"requests/prod/r{number}.yaml"
        pull = self.hub.opens(author, {path: request_file(kind, f"r{number}", minutes)})
        match approval:
            case "good" | "withdrawn":
                self.hub.reviews(pull, "ben")
            case "self":
                self.hub.reviews(pull, author)
            case "stranger":
                self.hub.reviews(pull, "mallory")
            case "other":
                self.hub.reviews(pull, "ben", blob="f" * 40)
        if approval == "withdrawn":
            self.hub.withdraws(pull)
        changed = any(self.git.head.files.get(path) != content for path, content in self.files.items())
        self.merges(pull)
        asked = Asked(number, author, kind, minutes, approval, pull, was_odd=changed or self.is_rewritten)
        self.oracle.asked.append(asked)
        return asked

    def merges(self, pull: Any) -> None:
        """Merge; a branch that was moved backwards goes on from where it is now, and what was there is history rewritten."""
        if self.git.head is not self.newest:
            self.is_rewritten = True
            for each in self.oracle.asked:
                each.was_odd = True
        self.hub.merges(pull)
        self.newest = self.git.head

    def deletes(self, asked: Asked) -> None:
        path = f"requests/prod/{asked.name}.yaml"
        if path in self.git.head.files:
            self.merges(self.hub.opens(asked.author, {path: None}))
            asked.deleted_at = self.server.now()

    def changes_policy(self, path: str, *, there: bool, approved: bool) -> None:
        content = self.files[path] if there else None
        if self.git.head.files.get(path) == content:
            return
        self.oracle.is_lifted |= path.endswith("locked.yaml") and not there
        pull = self.hub.opens("erin", {path: content})
        if approved:
            self.hub.reviews(pull, "dana")
        self.merges(pull)

    def _heard(self, change: Change) -> None:
        self.oracle.heard(change)
        if self.audit is not None:
            self.audit.heard(change)
        kind = change.place.kind
        is_binding = kind.plural.endswith("bindings") and (is_ours(change.before) or is_ours(change.after))
        if kind.kind == "Grant" or is_binding:
            # What our watches ask for: a Lease that is renewed wakes nobody.
            for each in self.watchers:
                each()

    def _showed(self, pull: Any) -> None:
        """A run is handed the facts of a change: from now on it may be granted, if they say so."""
        for asked in self.oracle.asked:
            if asked.pull is pull:
                good = [each for each in pull.reviews if each.state == "APPROVED" and each.account.login == "ben"]
                asked.is_shown |= any(each.blob == pull.head.blobs[pull.path] for each in good)
