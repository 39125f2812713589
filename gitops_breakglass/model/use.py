"""Evidence of use: calls as the API server's audit log has them, and what they come to for one request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gitops_breakglass.model.kube import ObjectKey
from gitops_breakglass.model.request import Subject

MOST_USED = 300
MOST_STREAMS = 50
MOST_SEEN = 128
"""What a record keeps at most of each."""


class Stage(StrEnum):
    """How far a call had come when its event was written; `RequestReceived` says nothing of use and is left out."""

    STARTED = "ResponseStarted"
    """Headers were sent and the call goes on: a watch, an exec, a log that is followed."""
    COMPLETE = "ResponseComplete"
    PANIC = "Panic"
    """The API server broke it off; it is over, too."""


@dataclass(frozen=True, order=True)
class Allowance:
    """What RBAC said that it allowed a call by: the first binding that it found, of several that may have allowed it."""

    binding: ObjectKey
    role_kind: str
    role: str
    subject: Subject


@dataclass(frozen=True, order=True)
class Target:
    """What a call was about: a resource (`pods`, `exec`) and its object, or a `url` that is no resource.

    `namespace` is empty for what has none, and for a list over all of them; `name` for a call about no one object.
    """

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    url: str = ""

    @property
    def kind(self) -> str:
        """The resource with its subresource, as rules have it: `pods/exec`."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource

    def __str__(self) -> str:
        """`get pods/exec shop/web-0`, as people say it."""
        where = "/".join(part for part in (self.namespace, self.name) if part)
        return " ".join(part for part in (self.verb, self.url or self.kind, where) if part)


@dataclass(frozen=True)
class Call:
    """One audit event, reduced to what is asked of it."""

    audit_id: str
    """The caller may have chosen it (`Audit-ID` is a header of requests too), so that alone it tells no calls apart."""
    stage: Stage
    user: str
    """As whom it was authorized."""
    by: str
    """Who sent it, where that was somebody else who impersonated `user`; else empty."""
    target: Target
    received: datetime
    """When the API server received it, by its own clock; every event of a call has the same."""
    at: datetime
    """When this stage was reached."""
    allowed: bool
    """Whether the authorizer let it pass; what admission said is in `code`."""
    code: int = 0
    """The answer's HTTP status; 0 where the event has none."""
    refused: bool = False
    """Whether it was authorized and then refused, by an admission policy, a webhook or a quota."""
    via: Allowance | None = None
    """None where RBAC named no binding: it was refused, or another authorizer allowed it."""
    made: str = ""
    """The uid of what it made, where the event has the answer's object."""
    is_dry: bool = False
    """Whether it was to be tried only (`dryRun`), so that nothing came of it."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more will pass over it."""
        return self.stage is not Stage.STARTED


@dataclass(frozen=True)
class Unreadable:
    """An event that is none, and why."""

    why: str


@dataclass(frozen=True, order=True)
class Stream:
    """A call that has begun to be answered and whose end has not been seen."""

    since: datetime
    id: str
    """As in `Seen`."""
    user: str
    target: Target
    by: str = ""
    audit_id: str = ""
    """By which the audit log has it."""

    def __str__(self) -> str:
        """`alice: get pods/exec shop/web-0`."""
        return f"{self.user}: {self.target}"


@dataclass(frozen=True, order=True)
class Seen:
    """A call that has been counted; `over` once its end was seen."""

    received: datetime
    id: str
    """A hash over the audit id, the time, who called, and what for."""
    over: bool
    refused: bool = False


@dataclass(frozen=True)
class Use:
    """What is known of the use of one request's grant. Nobody signed it: it ends access early or is told, no more."""

    since: datetime | None = None
    """From when on the source has been seen without a gap; None where it never was."""
    until: datetime | None = None
    """Up to when: no call that the source could have shown is missing between the two."""
    first: datetime | None = None
    last: datetime | None = None
    """The last sign of use. A call that another grant of the same subject let pass counts, if this one would have."""
    calls: int = 0
    """How many RBAC said were allowed by its bindings; at least that many where `is_cut`."""
    refused: int = 0
    """Of them, those that admission refused."""
    impersonated: int = 0
    """Of them, those that somebody else made in the subject's name."""
    used: tuple[Target, ...] = ()
    """What was asked for, each thing once and sorted; what admission refused is left out."""
    streams: tuple[Stream, ...] = ()
    """Those that are open, as far as has been seen."""
    seen: tuple[Seen, ...] = ()
    """The newest calls that were counted: an event that comes again changes nothing."""
    idle_at: datetime | None = None
    """When it was found unused for so long that it ended."""
    is_cut: bool = False
    """Whether there was more than is kept: of what was used, of streams, or of calls older than those still remembered."""

    def unused(self, start: datetime) -> timedelta:
        """Return for how long it has been seen unused, counted from the grant's start, the last use or the first look.

        Time that no source has shown is no time without use.
        """
        if self.since is None or self.until is None:
            return timedelta()
        return max(self.until - max(each for each in (start, self.since, self.last) if each is not None), timedelta())


NO_USE = Use()


@dataclass(frozen=True, order=True)
class Mark:
    """A call of our own, by the id that the API server answered it with: found in a log, it shows how far the log has come."""

    at: datetime
    audit_id: str


@dataclass(frozen=True)
class Coverage:
    """Between which times a source has shown everything, as far as our own calls prove it."""

    since: datetime | None = None
    until: datetime | None = None
    pending: tuple[Mark, ...] = ()
    """Our calls that have not been found yet."""


@dataclass(frozen=True)
class Batch:
    """What a source has that was not taken yet."""

    calls: tuple[Call, ...] = ()
    begins: datetime | None = None
    """Where it does not go on from what was taken before, or something in it is lost: from when on it is whole; else None."""
    is_cut_off: bool = False
    """Whether something is lost after the last of the calls, so that what comes next is whole from its own beginning on."""
    more: bool = False
    """Whether there is more, to be taken next."""
    unreadable: int = 0
    """How many events could not be read."""
    why: str = ""
    """Why the first of them could not."""
