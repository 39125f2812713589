"""Everything that `install` applies to one cluster, in the order in which it must."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from gitops_breakglass.core.debug.needs import SessionNeeds
from gitops_breakglass.core.deny.ruleset import RuleSet
from gitops_breakglass.core.install.admission import binding
from gitops_breakglass.core.install.ceiling_role import ceiling_role
from gitops_breakglass.core.install.fence import fence
from gitops_breakglass.core.install.guard import bindings_guard, roles_guard, windows
from gitops_breakglass.core.install.guard_denies import denies_binding, denies_guard
from gitops_breakglass.core.install.guard_parameters import parameters_guard
from gitops_breakglass.core.install.guard_pods import guard_pods
from gitops_breakglass.core.install.guard_records import evidence_guard, records_guard, resources_guard
from gitops_breakglass.core.install.guard_sessions import sessions_guard
from gitops_breakglass.core.install.guard_subjects import home_guard, tokens_guard
from gitops_breakglass.core.install.identities import (
    RECONCILER_ROLE,
    SWEEPER_ROLE,
    bindings,
    checked,
    reconciler_roles,
    service_accounts,
    sweeper_roles,
)
from gitops_breakglass.core.install.marks import GUARD_DENIES, marked
from gitops_breakglass.core.install.namespace import namespace
from gitops_breakglass.core.install.trust_root import trust_root
from gitops_breakglass.core.lease import empty_lease
from gitops_breakglass.model.grant import TrustRoot
from gitops_breakglass.model.kube import Manifest
from gitops_breakglass.model.lease import RECONCILER, SWEEPER
from gitops_breakglass.model.rules import Rules


@dataclass(frozen=True)
class InstallInput:
    """What differs between clusters: who acts there, what can be granted and how long, and whose word counts.

    Of pods, which rules the guard holds, and in which namespaces it does not look at any.
    """

    crds: Sequence[Manifest]
    reconciler: str
    sweeper: str
    ceiling: Rules
    longest: timedelta
    trust: TrustRoot
    pod_rules: Sequence[RuleSet] = ()
    uncovered: Collection[str] = ()
    needs: SessionNeeds = field(default_factory=SessionNeeds)
    """What its debug templates can make."""


@dataclass(frozen=True)
class Bundle:
    """The manifests in two parts. `bounds` must be in force before `rights` are given.

    `version` is what the guard calls itself when it refuses its probe.
    """

    bounds: tuple[Manifest, ...]
    rights: tuple[Manifest, ...]
    version: str

    @property
    def manifests(self) -> tuple[Manifest, ...]:
        """All of them, in apply order."""
        return (*self.bounds, *self.rights)


def bundle(given: InstallInput) -> Bundle:
    """Return the manifests: first what bounds the identities, then their rights, the ceiling and the trust root.

    Raises UsageError for usernames or a ceiling that would bound nothing.
    """
    checked(given.reconciler, given.sweeper)
    others = (
        *fence(given.reconciler, given.sweeper, given.needs),
        bindings_guard(given.reconciler),
        roles_guard(given.reconciler, given.sweeper),
        records_guard(given.reconciler, given.sweeper),
        evidence_guard(),
        resources_guard(given.reconciler, given.sweeper),
        parameters_guard(given.reconciler, given.sweeper),
        denies_guard(),
        tokens_guard(),
        home_guard(),
        *(sessions_guard(given.reconciler, given.longest) if given.needs.is_any else ()),
    )
    pods = guard_pods(given.pod_rules, given.uncovered)
    version = _version(*others, *pods, windows(given.reconciler, given.longest, version=""))
    # Last, since it is the one whose being in force can be proved, and with it that of those before.
    policies = (*others, windows(given.reconciler, given.longest, version=version))
    return Bundle(
        bounds=(
            namespace(),
            *(marked(each) for each in given.crds),
            *pods,
            *policies,
            *(_bound(each["metadata"]["name"]) for each in policies),
        ),
        rights=(
            *service_accounts(given.reconciler, given.sweeper),
            *reconciler_roles(given.needs),
            *sweeper_roles(given.needs),
            *bindings(RECONCILER_ROLE, given.reconciler),
            *bindings(SWEEPER_ROLE, given.sweeper),
            *ceiling_role(given.ceiling, given.reconciler),
            *(empty_lease(each) for each in (RECONCILER, SWEEPER)),
            trust_root(given.trust),
        ),
        version=version,
    )


def _bound(policy: str) -> Manifest:
    return denies_binding() if policy == GUARD_DENIES else binding(policy)


def _version(*policies: Manifest) -> str:
    return hashlib.sha256(json.dumps(policies, sort_keys=True).encode()).hexdigest()[:8]
