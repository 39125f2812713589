"""Installing on one cluster: read it as its administrator, build what bounds and empowers us there, apply it in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gitops_breakglass.core.debug.needs import session_needs
from gitops_breakglass.core.deny.ruleset import rule_sets
from gitops_breakglass.core.install.admission import is_same
from gitops_breakglass.core.install.bundle import Bundle
from gitops_breakglass.core.install.guard import probe
from gitops_breakglass.core.install.guard_denies import IDLE, denies_binding, denies_guard, idle_binding, idle_probe
from gitops_breakglass.core.install.guard_pods import left_out, uncovered_by
from gitops_breakglass.core.install.identities import SWEEPER_ROLE
from gitops_breakglass.core.install.marks import INSTALLER, is_installed
from gitops_breakglass.core.install.notes import left_behind, notes
from gitops_breakglass.core.install.trust_root import trust_root
from gitops_breakglass.core.install.wanted import wanted
from gitops_breakglass.core.rbac.manifest import from_manifest
from gitops_breakglass.core.record import read_trust_root
from gitops_breakglass.flows.sources import Sources
from gitops_breakglass.model.errors import ConflictError, UnreachableError, UsageError
from gitops_breakglass.model.grant import TrustRoot
from gitops_breakglass.model.kube import MANAGED_BY, RBAC, Manifest, ObjectKey, key_of
from gitops_breakglass.model.policy import ClusterAccess, PolicySide
from gitops_breakglass.ports import Clock, FolderInstaller, Installer

_WAIT_SECONDS = 30.0
_STEP_SECONDS = 0.25
_GROUND = frozenset({"Namespace", "CustomResourceDefinition"})
"""What the guard stands on."""


@dataclass(frozen=True)
class Installation:
    """What is to be applied to one cluster, and what its administrator should know before."""

    bundle: Bundle
    notes: tuple[str, ...]


def trusted_policy(sources: Sources, commit: str | None) -> PolicySide:
    """Return the policy side at the commit that the administrator trusts: the default branch's tip unless given.

    Raises UsageError where it can't be read, or where the commit is not one of the default branch.
    """
    tip = sources.repository.tip()
    chosen = commit or tip
    if not sources.repository.is_ancestor(chosen, tip):
        raise UsageError(
            f"{chosen[:12]} is not on the default branch",
            hint="name a commit of the default branch: what is in force later is proved from it onwards",
        )
    policy, findings = sources.policy_at(chosen)
    if policy is None:
        first = next((f": {each.location}: {each.message}" for each in findings if each.is_error), "")
        raise UsageError(f"the policy side at {chosen[:12]} can't be read{first}", hint="run `gitops-breakglass check`")
    return policy


def access_to(policy: PolicySide, cluster: str) -> ClusterAccess:
    """Return how the cluster is reached; raises UsageError where breakglass.yaml does not know it."""
    access = policy.configuration.clusters.get(cluster)
    if access is None:
        known = ", ".join(sorted(policy.configuration.clusters)) or "none"
        raise UsageError(
            f"breakglass.yaml has no cluster {cluster!r}; it has: {known}",
            hint=f"add it under `clusters` in breakglass.yaml at {policy.commit[:12]}, or name another commit",
        )
    return access


def prepare(
    installer: Installer, access: ClusterAccess, *, policy: PolicySide, crds: Sequence[Manifest]
) -> Installation:
    """Return what to apply. Reads only.

    Raises ConflictError where an object of one of our names is there and is not ours, UsageError where the policy side
    can't be installed from.
    """
    rbac = installer.rbac()
    discovery = installer.discovery()
    trust = _trust(policy, installer.uid(), access.name)
    uncovered = uncovered_by(installer.pod_counts()) if rule_sets(policy, access.name) else ()
    built, rules = wanted(policy, access, rbac=rbac, discovery=discovery, crds=crds, trust=trust, uncovered=uncovered)
    pinned = _refuse_foreign(installer, built.manifests)
    told = notes(rules, pinned=pinned, trust=trust, rbac=rbac, policy=policy)
    return Installation(built, (*told, *_left_behind(installer, access.name, policy), *left_out(uncovered)))


def _left_behind(installer: Installer, cluster: str, policy: PolicySide) -> tuple[str, ...]:
    live = installer.get(ObjectKey(RBAC, "ClusterRole", "", SWEEPER_ROLE))
    held = from_manifest(live.manifest.get("rules")) if live is not None else ()
    return left_behind(held, session_needs(policy, cluster))


def apply(installer: Installer, built: Bundle, *, clock: Clock) -> None:
    """Apply the bundle: what bounds the identities first, and their rights only when that is seen to be in force.

    Raises UnreachableError where it is not in force in time; then no rights were given by this run.
    """
    ground = [each for each in built.bounds if each["kind"] in _GROUND]
    for manifest in ground:
        installer.apply(manifest)
    for manifest in ground:
        if manifest["kind"] == "CustomResourceDefinition":
            _wait_for(_Established(installer, key_of(manifest)), clock)
    if installer.get(key_of(denies_binding())) is None:
        installer.apply(denies_guard())
        installer.apply(idle_binding())
        _wait_for(_Watched(installer), clock)
    for manifest in built.bounds:
        if manifest not in ground:
            _apply_whole(installer, manifest)
    _wait_for(_InForce(installer, built.version), clock)
    for manifest in built.rights:
        installer.apply(manifest)


def _apply_whole(installer: Installer, manifest: Manifest) -> None:
    """Apply one object of fence or guard, and take out what others set beside our fields: it would hold for less with that."""
    installer.apply(manifest)
    live = installer.get(key_of(manifest))
    if live is not None and not is_same(live.manifest["spec"], manifest["spec"]):
        installer.replace(live, {**live.manifest, "spec": manifest["spec"]})


def install_folder(folder: FolderInstaller, *, policy: PolicySide) -> Manifest:
    """Make the folder of a `manifests` cluster a cluster of ours, write its trust root, and return that."""
    made = trust_root(_trust(policy, folder.initialise(), folder.name))
    live = folder.get(key_of(made))
    if live is None:
        folder.create(made)
    elif not is_installed(live):
        raise _foreign(live.key)
    elif live.manifest.get("spec") != made["spec"]:
        folder.replace(live, made)
    return made


@dataclass(frozen=True)
class _Established:
    installer: Installer
    key: ObjectKey

    def __call__(self) -> bool:
        live = self.installer.get(self.key)
        conditions = ((live.manifest.get("status") or {}).get("conditions") or ()) if live else ()
        return any(each.get("type") == "Established" and each.get("status") == "True" for each in conditions)

    def __str__(self) -> str:
        return f"{self.key} is established"


@dataclass(frozen=True)
class _Watched:
    installer: Installer

    def __call__(self) -> bool:
        return IDLE in (self.installer.refusal(idle_probe()) or "")

    def __str__(self) -> str:
        return "the parameters of the guard are watched"


@dataclass(frozen=True)
class _InForce:
    installer: Installer
    version: str

    def __call__(self) -> bool:
        return f"the guard ({self.version})" in (self.installer.refusal(probe()) or "")

    def __str__(self) -> str:
        return f"the guard {self.version} is in force"


def _wait_for(condition: _Established | _Watched | _InForce, clock: Clock) -> None:
    waited = 0.0
    while not condition():
        if waited >= _WAIT_SECONDS:
            raise UnreachableError(
                f"{condition.installer.name}: waited {_WAIT_SECONDS:g} s and could not see that {condition}",
                hint="see whether the API server is healthy, then install again: no rights were given by this run",
            )
        clock.sleep(_STEP_SECONDS)
        waited += _STEP_SECONDS


def _trust(policy: PolicySide, uid: str, cluster: str) -> TrustRoot:
    keys = tuple(each.text for each in policy.configuration.reconciler_keys)
    if not keys:
        raise UsageError(
            "breakglass.yaml names no public key under `reconcilers`, so no decision could ever be believed",
            hint="make one with `ssh-keygen -t ed25519 -f reconciler` and add reconciler.pub there",
        )
    return TrustRoot(policy.configuration.repository, policy.commit, keys, uid, cluster)


def _refuse_foreign(installer: Installer, manifests: Sequence[Manifest]) -> TrustRoot | None:
    """Look at every object before the first is touched; return the trust root that is pinned now."""
    pinned = None
    for manifest in manifests:
        live = installer.get(key_of(manifest))
        if live is None:
            continue
        if not is_installed(live):
            raise _foreign(live.key)
        pinned = read_trust_root([live]) or pinned
    return pinned


def _foreign(key: ObjectKey) -> ConflictError:
    if key.kind == "CustomResourceDefinition":
        return ConflictError(
            f"{key} is there and is not ours: another operator seems to keep resources of this kind on the cluster",
            hint="it would act on what we write; remove it, or use another cluster; nothing was changed",
        )
    return ConflictError(
        f"{key} is there and was not made by install",
        hint=f"if it may be ours, label it {MANAGED_BY}={INSTALLER} and install again; nothing was changed",
    )
