"""Which policy was in force when: each commit of the policy side is proved by the one in force before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from gitops_breakglass.core.authorize import PolicyCase, authorize_policy, unproved_base
from gitops_breakglass.flows import teams
from gitops_breakglass.flows.sources import Sources
from gitops_breakglass.model.change import Change
from gitops_breakglass.model.decision import Denied, Pending, Unknown
from gitops_breakglass.model.errors import UnreachableError
from gitops_breakglass.model.finding import Finding, Location, Severity
from gitops_breakglass.model.forge import ForgeIdentity, forge_of
from gitops_breakglass.model.identity import Provider
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.ports import PolicyStep

_ONE_FORGE = "a repository moves to another forge by running install again, at a commit that names it"


@dataclass(frozen=True)
class PolicyHistory:
    """The proved commits of the policy side, oldest first, what could not be proved, and what is broken in force."""

    sources: Sources
    proved: tuple[str, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def in_force(self) -> str:
        """The commit whose policy side is in force now."""
        return self.proved[-1]

    def at(self, commit: str) -> PolicySide | None:
        """Return the policy side that was in force at a commit of the default branch, or None where it can't be read."""
        for proved in reversed(self.proved):
            if self.sources.repository.is_ancestor(proved, commit):
                return self.sources.policy_at(proved)[0]
        return self.sources.policy_at(self.proved[0])[0]

    def judges(self, commit: str) -> tuple[PolicySide, ...]:
        """Return the policy sides that judge what landed on `commit`: the one in force there and the one in force now.

        Nothing where one of them can't be read, since then the stricter of both is not known.
        """
        base, current = self.at(commit), self.now()
        if base is None or current is None:
            return ()
        return (base,) if base.commit == current.commit else (base, current)

    def now(self) -> PolicySide | None:
        """Return the policy side in force now, or None where it can't be read."""
        return self.sources.policy_at(self.in_force)[0]


def policy_history(
    sources: Sources, start: str, *, tip: str, sights: Mapping[str, datetime], now: datetime
) -> PolicyHistory:
    """Walk the default branch from `start`, a commit that is trusted, and prove each change of the policy side.

    Raises UnreachableError where the forge that is asked is not the one that the policy side there names.
    """
    repository = sources.repository
    pinned = sources.policy_at(start)[0]
    if pinned is not None and (elsewhere := _elsewhere(pinned, sources.forge.identity)) is not None:
        raise UnreachableError(elsewhere, hint=_ONE_FORGE)
    proved = [start]
    tree = repository.policy_tree(start)
    findings: list[Finding] = []
    steps = repository.policy_line(tip, start)
    begun: Change | None = None
    for step, following in zip_longest(steps, steps[1:]):
        if step.after == tree:
            # Put back as it was: what is in force is there again.
            findings.clear()
            continue
        policy = sources.policy_at(proved[-1])[0]
        if policy is None:
            findings.append(
                _finding(step.commit, "the policy side in force can't be read, so nothing can follow it", None)
            )
            break
        if step.before != tree and not (begun and step.commit in begun.landed_as):
            # Known without a question: else who pushes a thousand of them has each run ask a thousand times.
            reason = unproved_base("it")
            findings.append(_finding(step.commit, reason.message, reason.hint))
            continue
        if _goes_on(begun, step, following):
            continue
        change = sources.forge.landed_policy(step, tip=tip, sights=sights, now=now)
        if isinstance(change, Change) and _goes_on(change, step, following):
            # What a rebase puts in between is nothing that anybody approved: it lands with the last of its commits.
            begun = change
            continue
        before = step.before
        if isinstance(change, Change) and change.landed_as:
            before = repository.policy_tree(change.base)
        verdict = authorize_policy(
            PolicyCase(change, teams.for_policy_change(sources, policy), tree, before, step.after), now=now
        )
        if isinstance(verdict, Denied | Pending | Unknown):
            reason = verdict.reasons[0]
            findings.append(_finding(step.commit, reason.message, reason.hint))
        elif (side := sources.policy_at(step.commit)[0]) is None:
            findings.append(
                _finding(step.commit, "it was approved but can't be read, so the one before stays", "mend it")
            )
        elif (elsewhere := _elsewhere(side, sources.forge.identity)) is not None:
            findings.append(_finding(step.commit, elsewhere, _ONE_FORGE))
        else:
            proved.append(step.commit)
            tree = step.after
    # Part of what is in force may be left out of it, or taken at its strictest: whoever is refused for that looks here.
    broken = (each for each in sources.policy_at(proved[-1])[1] if each.is_error)
    return PolicyHistory(sources, tuple(proved), (*findings, *broken))


def _goes_on(change: Change | None, step: PolicyStep, following: PolicyStep | None) -> bool:
    """Whether the change that brought a commit of the policy side brought the next one too."""
    return change is not None and following is not None and {step.commit, following.commit} <= {*change.landed_as}


def _elsewhere(policy: PolicySide, asked: ForgeIdentity) -> str | None:
    """Return that a policy side names another forge than the one that is asked; what one proves is nothing at another."""
    named = forge_of(policy.configuration)
    if named.provider is asked.provider is Provider.LOCAL:
        # Plain git has no numbers: its name of a repository is the trust root's matter.
        return None
    if (named.provider, named.repository, named.address) == (asked.provider, asked.repository, asked.address):
        return None
    return f"the policy side at {policy.commit[:12]} is judged at {named}, and {asked} is asked"


def _finding(commit: str, message: str, hint: str | None) -> Finding:
    return Finding(
        "policy-not-in-force",
        f"the policy side of {commit[:12]} is not in force: {message}",
        Location("breakglass.yaml"),
        Severity.ERROR,
        hint,
    )
