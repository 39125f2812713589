"""What the administrator should know before an installation is applied."""

from __future__ import annotations

from gitops_breakglass.core.debug.needs import SessionNeeds, session_needs
from gitops_breakglass.core.install.ceiling_role import told
from gitops_breakglass.core.rbac.algebra import Attributes, allows
from gitops_breakglass.model.grant import TrustRoot
from gitops_breakglass.model.kube import PREFIX
from gitops_breakglass.model.policy import PolicySide, Rbac
from gitops_breakglass.model.rules import Rules
from gitops_breakglass.model.session_kinds import POD, SESSION_KINDS


def notes(
    ceiling: Rules, *, pinned: TrustRoot | None, trust: TrustRoot, rbac: Rbac, policy: PolicySide
) -> tuple[str, ...]:
    """Return a sentence for each thing to know; `pinned` is the trust root that is there now, if any."""
    sessions = _sessions(session_needs(policy, trust.cluster))
    return (*told(ceiling), *sessions, *_repinned(pinned, trust), *_namesakes(rbac), *_broken(policy))


def left_behind(held: Rules, needs: SessionNeeds) -> tuple[str, ...]:
    """Say what of debug sessions the sweeper could end by the rights that it has held, and can't any more."""
    kinds = [
        each.resource
        for each in SESSION_KINDS
        if allows(held, Attributes(verb="delete", group=each.group, resource=each.resource))
        and each not in needs.kinds | needs.follows
        and not (each == POD and needs.restarts)
    ]
    return (
        (
            f"No debug template makes these any more, so the rights on them go: {', '.join(kinds)}.",
            "Sessions that are still there could not be ended: see that there are none before you apply this.",
        )
        if kinds
        else ()
    )


def _sessions(needs: SessionNeeds) -> list[str]:
    said = []
    if needs.kinds:
        kinds = ", ".join(sorted(each.resource for each in needs.kinds))
        said.append(f"For debug sessions the reconciler can make {kinds}; in the namespaces {', '.join(needs.places)}.")
    if POD in needs.kinds | needs.follows:
        said.append("Such pods may be anything that those namespaces admit: bound it there by Pod Security labels.")
    if needs.injects:
        said.append(f"It can put containers into pods of the namespaces {', '.join(needs.injected)}.")
    return said


def _repinned(pinned: TrustRoot | None, trust: TrustRoot) -> list[str]:
    if pinned is None:
        return []
    changes = [
        ("repository", pinned.repository, trust.repository),
        ("policy commit", pinned.policy[:12], trust.policy[:12]),
        ("cluster", pinned.cluster_uid, trust.cluster_uid),
        ("cluster's name", pinned.cluster, trust.cluster),
        ("public keys", ", ".join(pinned.keys), ", ".join(trust.keys)),
    ]
    return [f"The trust root changes its {what}: {old} → {new}." for what, old, new in changes if old != new]


def _namesakes(rbac: Rbac) -> list[str]:
    found = {each.name for each in rbac.roles} | {each.name for each in rbac.bindings}
    names = ", ".join(sorted(name for name in found if name.startswith(PREFIX)))
    there = f"Objects of others whose names begin with {PREFIX} are there and stay as they are: {names}."
    return [f"{there} The guard lets nobody make more of them."] if names else []


def _broken(policy: PolicySide) -> list[str]:
    errors = sum(each.is_error for each in policy.findings)
    told = (
        f"The policy side has errors ({errors}): what they are about can't be granted. See `gitops-breakglass check`."
    )
    return [told] if errors else []
