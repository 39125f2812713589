"""Reading from one cluster what `doctor` judges: what is installed, what should be, and where the last run stood."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from gitops_breakglass.core.debug.needs import template_needs
from gitops_breakglass.core.doctor.check import unread
from gitops_breakglass.core.doctor.cluster import ClusterLook
from gitops_breakglass.core.doctor.debug import debug_problems, wanted_namespaces
from gitops_breakglass.core.install.admission import ADMISSION
from gitops_breakglass.core.install.ceiling_role import CEILING
from gitops_breakglass.core.install.marks import GUARD_PODS, UNCOVERED, words_of
from gitops_breakglass.core.install.wanted import wanted
from gitops_breakglass.core.record import read_checkpoint, read_trust_root
from gitops_breakglass.flows.book import is_believed
from gitops_breakglass.flows.sources import Sources
from gitops_breakglass.model.errors import BreakglassError, RefusedError, UsageError
from gitops_breakglass.model.grant import Checkpoint, TrustRoot
from gitops_breakglass.model.kube import LiveObject, Manifest, ObjectKey, key_of
from gitops_breakglass.model.policy import ClusterAccess, KubernetesTarget, PolicySide
from gitops_breakglass.model.rules import Rules
from gitops_breakglass.model.unread import Unread
from gitops_breakglass.ports import ClusterReader, Pool, Signer


@dataclass(frozen=True)
class Looking:
    """What looking at clusters takes beside them. `signs` says whether a key was given to sign with."""

    sources: Sources | None
    crds: Sequence[Manifest]
    signer: Signer
    signs: bool
    pool: Pool
    clock: Callable[[], datetime]


def look_at(cluster: ClusterReader, looking: Looking, policy: PolicySide) -> ClusterLook:
    """Read one cluster; `policy` says how it is reached. Raises UnreachableError or RefusedError."""
    state = cluster.read()
    here = looking.clock()
    access = policy.configuration.clusters[cluster.name]
    is_folder = not isinstance(access.target, KubernetesTarget)
    trust = read_trust_root(state.objects)
    skew = None if is_folder else state.now - here
    if trust is None:
        return ClusterLook(cluster.name, skew, state.uid)
    checkpoint, problem = read_checkpoint(state.objects, trust, looking.signer.verify)
    in_force = _in_force(looking.sources, checkpoint, trust)
    expected: tuple[Manifest, ...] | Unread = ()
    needed: Rules | Unread | None = None
    coming: Rules | Unread | None = None
    if not is_folder:
        expected, needed = _expected(cluster, access, looking.crds, trust, in_force)
        coming = _expected(cluster, access, looking.crds, trust, policy)[1]
    keys = [] if isinstance(expected, Unread) else [key_of(each) for each in expected]
    live = _live(cluster, keys, looking.pool)
    return ClusterLook(
        name=cluster.name,
        skew=skew,
        uid=state.uid,
        trust=trust,
        checkpoint=checkpoint,
        checkpoint_problem=problem,
        expected=expected if isinstance(expected, Unread) else tuple(each for each in expected if _is_fixed(each)),
        live=live,
        needed=needed,
        coming=coming,
        signs=_signs(looking.signer, trust) if looking.signs else None,
        debug=None if is_folder else _debug(cluster, in_force),
        behind=_behind(looking.sources, checkpoint),
    )


def _in_force(sources: Sources | None, checkpoint: Checkpoint | None, trust: TrustRoot) -> PolicySide | Unread:
    """Return the policy side that the last run proved, else the one that is pinned."""
    if sources is None:
        return Unread("the repository can't be read", "see what is said of the clone")
    commit = checkpoint.policy if checkpoint is not None else trust.policy
    try:
        policy = sources.policy_at(commit)[0]
    except BreakglassError as error:
        return unread(error)
    return policy or Unread(f"the policy side at {commit[:12]} can't be read", "fetch the whole history of the branch")


def _expected(
    cluster: ClusterReader,
    access: ClusterAccess,
    crds: Sequence[Manifest],
    trust: TrustRoot,
    in_force: PolicySide | Unread,
) -> tuple[tuple[Manifest, ...] | Unread, Rules | Unread]:
    """Return what this version would install there, and what the ceiling has to cover."""
    if isinstance(in_force, Unread):
        return in_force, in_force
    try:
        discovery, rbac = cluster.discovery(), cluster.rbac()
        found = wanted(
            in_force,
            access,
            rbac=rbac,
            discovery=discovery,
            crds=crds,
            trust=trust,
            uncovered=_uncovered(cluster),
        )
    except BreakglassError as error:
        return unread(error), unread(error)
    return found.bundle.manifests, found.ceiling


def _debug(cluster: ClusterReader, in_force: PolicySide | Unread) -> tuple[str, ...] | Unread | None:
    """Return what keeps the debug templates of the policy side in force from working there; None where it has none."""
    if isinstance(in_force, Unread):
        return in_force
    if not template_needs(in_force, cluster.name):
        return None
    try:
        namespaces = {key: cluster.get(key) for key in wanted_namespaces(in_force, cluster.name)}
        return debug_problems(in_force, cluster.name, cluster.discovery(), namespaces)
    except BreakglassError as error:
        return unread(error)


def _uncovered(cluster: ClusterReader) -> frozenset[str]:
    """Return the namespaces that the installed guard leaves out: `install` decides on them, by how many pods there were."""
    try:
        live = cluster.get(ObjectKey(ADMISSION, "ValidatingAdmissionPolicy", "", GUARD_PODS))
    except RefusedError:
        # That it can't be seen is told of every such object.
        return frozenset()
    return words_of(live.manifest, UNCOVERED) if live is not None else frozenset()


def _is_fixed(manifest: Manifest) -> bool:
    """Whether an object is judged by being what it should be; ceiling and trust root have judges of their own."""
    key = key_of(manifest)
    return key.kind != "TrustRoot" and (key.kind, key.name) != ("ClusterRole", CEILING)


def _live(
    cluster: ClusterReader, keys: Sequence[ObjectKey], pool: Pool
) -> Mapping[ObjectKey, LiveObject | Unread | None]:
    def get(key: ObjectKey) -> LiveObject | Unread | None:
        try:
            return cluster.get(key)
        except BreakglassError as error:
            return unread(error)

    return dict(zip(keys, pool.map(get, keys), strict=True))


def _signs(signer: Signer, trust: TrustRoot) -> bool | Unread:
    try:
        return is_believed(signer, trust)
    except UsageError as error:
        return unread(error)


def _behind(sources: Sources | None, checkpoint: Checkpoint | None) -> int | Unread:
    """Return how many commits since the last run change requests or the policy side."""
    if checkpoint is None:
        return 0
    if sources is None:
        return Unread("the repository can't be read", "see what is said of the clone")
    repository = sources.repository
    try:
        tip = repository.tip()
        fresh = takewhile(
            lambda touch: not repository.is_ancestor(touch.commit, checkpoint.commit), repository.touches(tip)
        )
        policy = repository.policy_line(tip, checkpoint.commit)
        return len({touch.commit for touch in fresh} | {step.commit for step in policy})
    except BreakglassError as error:
        return unread(error)
