"""Which policy was in force when: each commit of the policy side is proved by the one in force before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gitops_breakglass.core.authorize import PolicyCase, authorize_policy
from gitops_breakglass.flows.sources import Sources
from gitops_breakglass.model.decision import Denied, Pending, Unknown
from gitops_breakglass.model.finding import Finding, Location, Severity
from gitops_breakglass.model.policy import PolicySide


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
    """Walk the default branch from `start`, a commit that is trusted, and prove each change of the policy side."""
    repository = sources.repository
    proved = [start]
    tree = repository.policy_tree(start)
    findings: list[Finding] = []
    for step in repository.policy_line(tip, start):
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
        change = sources.forge.landed_policy(step, tip=tip, sights=sights, now=now)
        verdict = authorize_policy(PolicyCase(change, policy, tree, step.before), now=now)
        if isinstance(verdict, Denied | Pending | Unknown):
            reason = verdict.reasons[0]
            findings.append(_finding(step.commit, reason.message, reason.hint))
        elif sources.policy_at(step.commit)[0] is None:
            findings.append(
                _finding(step.commit, "it was approved but can't be read, so the one before stays", "mend it")
            )
        else:
            proved.append(step.commit)
            tree = step.after
    # Part of what is in force may be left out of it, or taken at its strictest: whoever is refused for that looks here.
    broken = (each for each in sources.policy_at(proved[-1])[1] if each.is_error)
    return PolicyHistory(sources, tuple(proved), (*findings, *broken))


def _finding(commit: str, message: str, hint: str | None) -> Finding:
    return Finding(
        "policy-not-in-force",
        f"the policy side of {commit[:12]} is not in force: {message}",
        Location("breakglass.yaml"),
        Severity.ERROR,
        hint,
    )
