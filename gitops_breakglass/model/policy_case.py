"""Cases of deny policies: what is asked, what the answer should be, and what it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gitops_breakglass.model.deny import Answer, Ask, Circumstances, DenyPolicy, Pod, PodOverride, Verdict
from gitops_breakglass.model.finding import Finding, Location


@dataclass(frozen=True)
class Expected:
    """What a case says of the answer. Only what `given` names is compared; None then means that there is none."""

    given: frozenset[str]
    decision: Answer | None = None
    policy: str | None = None
    reason: str | None = None
    score: int | None = None
    factors: tuple[str, ...] = ()


@dataclass(frozen=True)
class PolicyCase:
    """One case. Without `policies` of its own it is judged by those that the command was given."""

    name: str
    location: Location
    ask: Ask
    under: Circumstances
    expected: Expected
    pod: Pod | None = None
    """None where there is no pod, or it could not be read: the same to whoever judges."""
    policies: tuple[DenyPolicy, ...] | None = None
    override: PodOverride | None = None
    has_override: bool = False
    """Whether the case says what the override is, none included; else it is that of the escalation."""


@dataclass(frozen=True)
class Difference:
    """One field of an answer that is another than was expected; both as JSON has them."""

    field: str
    expected: object
    found: object


@dataclass(frozen=True)
class CaseResult:
    """What came of a case: nothing differs where it passed. Without a verdict it could not be read, as `findings` say."""

    name: str
    location: Location
    verdict: Verdict | None
    differences: tuple[Difference, ...] = ()
    findings: Sequence[Finding] = ()

    @property
    def passed(self) -> bool:
        """Whether the answer is the one that was expected."""
        return self.verdict is not None and not self.differences
