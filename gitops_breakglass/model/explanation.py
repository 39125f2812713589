"""Why somebody may, or may not, do something on a cluster: the question, every way to it, and what would change the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gitops_breakglass.model.deny import Answer, Ask, Verdict
from gitops_breakglass.model.enforcement import Enforcement
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.window import Window


class Reply(StrEnum):
    """The answer as far as grants go; `unknown` where it hangs on what was not found out."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Standing(StrEnum):
    """How a way stands at the time that is asked about."""

    OPEN = "open"
    """A grant whose window is open, or an escalation or offer that the subject may ask for."""
    NOT_YET = "not-yet"
    """A grant whose window begins later."""
    ENDED = "ended"
    DENIED = "denied"
    WAITING = "waiting"
    """A request that was merged, and that is not decided yet."""
    NOT_PROVED = "not-proved"
    """A request that was merged, of which nobody was asked how it was decided; or whether its author is the subject."""
    CLOSED = "closed"
    """An escalation or offer that the subject may not ask for."""


@dataclass(frozen=True)
class Question:
    """May the subject do what is asked, on the cluster, at the time? `person` is their name in identities.yaml."""

    subject: str
    person: str | None
    username: str | None
    cluster: str
    ask: Ask
    at: datetime


@dataclass(frozen=True)
class Holding:
    """The rule that gives it: in words, of which role, where that is known, and the namespace or "" for the cluster."""

    rule: str
    source: str
    namespace: str
    location: Location | None = None


@dataclass(frozen=True)
class Way:
    """One way to what is asked: a request that was merged, an escalation, or an offer."""

    kind: str
    """`request`, `escalation` or `offer`."""
    name: str
    location: Location
    standing: Standing
    source: str = ""
    """Of a request, the escalation or offer that it is one of."""
    holding: Holding | None = None
    verdict: Verdict | None = None
    """What the deny policies say; None where it holds nothing that they could deny."""
    window: Window | None = None
    """The one that is open, or else the one that is next or was last."""
    recurs: bool = False
    """Whether there are several windows."""
    why: str = ""
    """Why it stands as it does."""
    unsure: tuple[str, ...] = ()
    """What of its rights could not be known."""
    enforcement: tuple[Enforcement, ...] = ()
    """How deny policies are enforced for it, as of the last run."""

    @property
    def gives(self) -> bool:
        """Whether its rights hold what is asked and no policy denies it."""
        return self.holding is not None and not self.is_denied

    @property
    def is_denied(self) -> bool:
        """Whether its rights hold what is asked and a policy denies it."""
        return self.verdict is not None and self.verdict.answer is Answer.DENY


@dataclass(frozen=True)
class Explanation:
    """The answer, what it rests on, and the smallest change that would make it another one, if there is any."""

    question: Question
    reply: Reply
    because: str
    requests: tuple[Way, ...] = ()
    offered: tuple[Way, ...] = ()
    change: str | None = None
    unknown: tuple[str, ...] = ()
    """What was not found out, so that the answer may be another one."""
