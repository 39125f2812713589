"""One cluster: whether what `install` makes is there, the ceiling suffices, and the last run stands where it should."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from gitops_breakglass.core.doctor.check import Check
from gitops_breakglass.core.doctor.debug import judge_debug
from gitops_breakglass.core.doctor.installed import Changed, compare
from gitops_breakglass.core.doctor.settings import clock
from gitops_breakglass.core.install.ceiling_role import CEILING
from gitops_breakglass.core.rbac.ceiling import missing_from_ceiling
from gitops_breakglass.core.rbac.manifest import describe, from_manifest
from gitops_breakglass.model.doctor import Diagnosis
from gitops_breakglass.model.grant import Checkpoint, TrustRoot
from gitops_breakglass.model.kube import LiveObject, Manifest, ObjectKey, key_of
from gitops_breakglass.model.policy import Configuration
from gitops_breakglass.model.rules import Rules
from gitops_breakglass.model.unread import Unread

_AGAIN = "run `gitops-breakglass install` again, as the cluster's administrator"
_REACHABLE = Check(
    "cluster-reachable", "A cluster that can't be reached gets no grants, and only its own sweeper ends any."
)
_TRUST = Check("trust-root", "It pins whose policy and whose signatures count on the cluster; without it nothing does.")
_BOUNDS = Check("bounds", "Custom resources, fence and guard hold the reconciler's own identity to what was granted.")
_RIGHTS = Check(
    "rights", "Reconciler and sweeper need their rights to grant and to end, and more of them than they need is a risk."
)
_CEILING = Check("ceiling", "What the reconciler does not hold itself, the API server does not let it grant.")
_KEY = Check("reconciler-key", "Decisions signed with another key than those that are pinned are not believed.")
_CLOCK = Check("cluster-clock", "Windows begin and end by the cluster's clock; people and forges go by others.")
_RECONCILED = Check("reconciled", "What landed since the last run is neither granted nor ended yet.")
_MOST_NAMED = 5


@dataclass(frozen=True)
class ClusterLook:
    """What was read of one cluster. `Unread` is what could not be; None is what this kind of cluster has not."""

    name: str
    skew: timedelta | None = None
    """How far the API server's clock is ahead of ours; None for a folder of manifests."""
    uid: str = ""
    trust: TrustRoot | None = None
    checkpoint: Checkpoint | None = None
    checkpoint_problem: str | None = None
    expected: tuple[Manifest, ...] | Unread = ()
    """What this version would install there for the policy side in force."""
    live: Mapping[ObjectKey, LiveObject | Unread | None] = field(default_factory=dict)
    """Of each of these what is there; None where nothing is."""
    needed: Rules | Unread | None = None
    """What the policy side in force can grant there."""
    coming: Rules | Unread | None = None
    """What the newest policy side can grant there, whether it is in force yet or not."""
    signs: bool | Unread | None = None
    """Whether the key that was given makes signatures that the trust root pins; None: no key was given."""
    debug: tuple[str, ...] | Unread | None = None
    """What keeps debug templates from working there; None where it has none."""
    behind: int | Unread = 0
    """How many commits of the default branch came after the last run."""


def unreachable(name: str, why: Unread) -> Diagnosis:
    """Say that nothing can be known of a cluster."""
    return _REACHABLE.unknown(why, name)


def not_installed(name: str, why: Unread) -> Diagnosis:
    """Say that the cluster answers, and what is ours can't be read there."""
    return _TRUST.error(why.message, why.hint, name)


def judge_cluster(look: ClusterLook, configuration: Configuration) -> Iterator[Diagnosis]:
    """Say of everything whether it is as it should be."""
    yield _REACHABLE.ok("it answers", look.name)
    if look.skew is not None:
        yield clock(_CLOCK, "the API server's clock", look.skew, look.name)
    if look.trust is None:
        yield _TRUST.error(
            "nothing is installed", "run `gitops-breakglass install`, as the cluster's administrator", look.name
        )
        return
    yield _trust(look, look.trust, configuration)
    if look.signs is not None:
        yield _key(look)
    yield from _installed(look)
    if look.needed is not None:
        yield _ceiling(look, look.needed)
    if look.debug is not None:
        yield judge_debug(look.debug, look.name)
    yield _reconciled(look)


def _trust(look: ClusterLook, trust: TrustRoot, configuration: Configuration) -> Diagnosis:
    keys = {each.text for each in configuration.reconciler_keys}
    wrong = [
        f"its {what} is {pinned}, not {wanted}"
        for what, pinned, wanted in (
            ("repository", trust.repository, configuration.repository),
            ("cluster", trust.cluster_uid, look.uid),
            ("cluster's name", trust.cluster, look.name),
        )
        if pinned != wanted
    ]
    if wrong:
        return _TRUST.error(f"the trust root is of elsewhere: {'; '.join(wrong)}", _AGAIN, look.name)
    if set(trust.keys) != keys:
        lacking, more = len(keys - set(trust.keys)), len(set(trust.keys) - keys)
        message = (
            f"of the public keys in breakglass.yaml {lacking} are not pinned, and {more} are pinned that are not there"
        )
        return _TRUST.warning(message, _AGAIN, look.name)
    return _TRUST.ok(f"it pins {trust.repository} at {trust.policy[:12]}", look.name)


def _key(look: ClusterLook) -> Diagnosis:
    if isinstance(look.signs, Unread):
        return _KEY.unknown(look.signs, look.name)
    if look.signs:
        return _KEY.ok("its signatures are believed", look.name)
    hint = "use the reconciler's key, or add its public half to breakglass.yaml and install again"
    return _KEY.error("the key is not one that the trust root pins", hint, look.name)


def _installed(look: ClusterLook) -> Iterator[Diagnosis]:
    if look.expected == ():
        return
    if isinstance(look.expected, Unread):
        yield _BOUNDS.unknown(look.expected, look.name)
        return
    for check, what, manifests in (
        (_BOUNDS, "custom resources, fence and guard", [each for each in look.expected if not _is_right(each)]),
        (_RIGHTS, "the rights of reconciler and sweeper", [each for each in look.expected if _is_right(each)]),
    ):
        yield _compared(check, what, manifests, look)


def _compared(check: Check, what: str, manifests: list[Manifest], look: ClusterLook) -> Diagnosis:
    gone, other, hidden = compare(manifests, look.live)
    if gone or other:
        said = [
            f"{word}: {_some(keys)}"
            for word, keys in (("not there", gone), ("not as this version has it", other))
            if keys
        ]
        return check.error(f"{what}: {'; '.join(said)}", _AGAIN, look.name)
    if hidden:
        first = next(each for each in look.live.values() if isinstance(each, Unread))
        hint = "run doctor with --kubeconfig of an administrator: the reconciler's identity need not see them"
        return check.unknown(Unread(f"{what} can't be seen ({_some(hidden)}): {first.message}", hint), look.name)
    return check.ok(f"{what} are as this version installs them", look.name)


def _ceiling(look: ClusterLook, needed: Rules | Unread) -> Diagnosis:
    if isinstance(needed, Unread):
        return _CEILING.unknown(needed, look.name)
    live = next((each for key, each in look.live.items() if key.kind == "ClusterRole" and key.name == CEILING), None)
    if isinstance(live, Unread):
        return _CEILING.unknown(live, look.name)
    held = from_manifest(live.manifest.get("rules")) if live is not None else ()
    if missing := missing_from_ceiling(held, needed):
        beyond = f"the policy side has grown beyond it, so this can't be granted: {_told(missing)}"
        return _CEILING.error(beyond, _AGAIN, look.name)
    if not isinstance(look.coming, Unread) and (missing := missing_from_ceiling(held, look.coming or ())):
        beyond = (
            f"the newest policy side goes beyond it, so this can't be granted once it is in force: {_told(missing)}"
        )
        return _CEILING.warning(beyond, _AGAIN, look.name)
    return _CEILING.ok("it covers everything that the policy side can grant", look.name)


def _told(rules: Rules) -> str:
    more = f" and {len(rules) - _MOST_NAMED} more" if len(rules) > _MOST_NAMED else ""
    return "; ".join(describe(each) for each in rules[:_MOST_NAMED]) + more


def _reconciled(look: ClusterLook) -> Diagnosis:
    if look.checkpoint_problem is not None:
        hint = "find out who changed it; installing again begins anew"
        return _RECONCILED.error(f"the checkpoint is not believed: {look.checkpoint_problem}", hint, look.name)
    if look.checkpoint is None:
        return _RECONCILED.warning("no run has come here yet", "run `gitops-breakglass reconcile`", look.name)
    if isinstance(look.behind, Unread):
        return _RECONCILED.unknown(look.behind, look.name)
    if look.behind:
        count = (
            "one commit of the default branch has"
            if look.behind == 1
            else f"{look.behind} commits of the default branch have"
        )
        hint = "see that the job that reconciles runs, and look again in some minutes"
        return _RECONCILED.warning(f"{count} come since the last run", hint, look.name)
    return _RECONCILED.ok("the last run saw the newest commit of the default branch", look.name)


def _is_right(manifest: Manifest) -> bool:
    kinds = {"ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding", "Lease"}
    return key_of(manifest).kind in kinds


def _some(keys: Sequence[ObjectKey | Changed]) -> str:
    more = f" and {len(keys) - _MOST_NAMED} more" if len(keys) > _MOST_NAMED else ""
    return ", ".join(map(str, keys[:_MOST_NAMED])) + more
