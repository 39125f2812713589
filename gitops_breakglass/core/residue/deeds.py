"""Whose an object is by the audit log: which call made it, and which calls changed it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from gitops_breakglass.core.residue.marks import tells
from gitops_breakglass.core.residue.scene import SECOND, Scene
from gitops_breakglass.core.residue.sorts import sort_of
from gitops_breakglass.model.request import account_username
from gitops_breakglass.model.residue import Certainty, Deed, Left, Met, Trace, Traces, kind_name
from gitops_breakglass.model.use import Call
from gitops_breakglass.model.window import print_time

_WRITES = frozenset({"create", "update", "patch"})
_DONE, _MADE = range(200, 300), 201
_SLACK = timedelta(seconds=2)
"""Several API servers answer for one cluster, and their clocks differ a little."""

Place = tuple[str, str, str, str]
"""Group, resource, namespace and name; the name is empty where the log does not have it."""


@dataclass(frozen=True)
class Doing:
    """One write of the subject, and how it is known to be that."""

    call: Call
    how: str


class Deeds:
    """The writes that a log tells of, by what they were about."""

    def __init__(self, calls: Iterable[Call], scene: Scene) -> None:
        self._scene = scene
        self._writes: defaultdict[Place, list[Call]] = defaultdict(list)
        for call in calls:
            if is_write(call) and call.is_over and call.target.resource:
                self._writes[_place(call)].append(call)
        self._through: frozenset[str] = frozenset()
        self._through = self._accounts_made()

    def by_log(self, met: Met) -> tuple[Left | None, bool]:
        """Return what the log says of an object, and whether that is all there is to say.

        It is not where nobody's call is found that made it, or changed it while access held: then its own marks tell more.
        """
        made = self._made(met)
        mine = next((doing for call in made if (doing := self._doing(call))), None)
        if mine is not None:
            return _left(met, Deed.MADE, Certainty.CERTAIN, mine, "made"), True
        changed = self._changed(met)
        mine = max(
            (doing for call in changed if (doing := self._doing(call))), key=lambda each: each.call.at, default=None
        )
        if mine is not None:
            return _borne(met, mine), True
        # What others are seen to have done is theirs; what nobody is seen to have done may be anybody's.
        in_window = met.created is not None and self._scene.span_of(met.created) is not None
        inside = [each for each in met.traces if tells(each) and self._scene.span_of(each.at)]
        return None, bool(made) or (not in_window and all(_is_among(each, changed) for each in inside))

    def unnamed(self, met: Met) -> tuple[Left | None, bool]:
        """Return what `by_log` returns, by calls whose object the log does not name, as the server made up the name."""
        place = (met.group, met.resource, met.key.namespace, "")
        then = [call for call in self._writes.get(place, ()) if _at_that_time(met, call)]
        doing = next((doing for call in then if (doing := self._doing(call))), None)
        if doing is None:
            return None, bool(then)
        return _left(met, Deed.MADE, Certainty.LIKELY, doing, "an object of this kind was made there just then"), True

    def gone(self, traces: Traces) -> int:
        """Return how many objects the subject made that are not there any more; of kinds that were not listed, none.

        Nothing is kept of a question such as a SelfSubjectAccessReview, which is made like an object and can't be listed.
        """
        places = {_place_of(each): each for each in traces.met}
        return sum(
            not (place in places and _is_of(places[place], call))
            for place, calls in self._writes.items()
            for call in calls
            if place[3] and _makes(call) and not call.target.subresource and self._doing(call) is not None
            if kind_name(call.target.group, call.target.resource) in traces.listed
        )

    def tokens(self) -> tuple[str, ...]:
        """Return a sentence for each token that the subject had issued, which leaves no object."""
        return tuple(
            f"a token of ServiceAccount {call.target.namespace}/{call.target.name} was issued at "
            f"{print_time(call.at)}: it works until its own end, or until the account is deleted"
            for calls in self._writes.values()
            for call in calls
            if call.target.kind == "serviceaccounts/token" and self._doing(call)
        )

    def _accounts_made(self) -> frozenset[str]:
        """Return the users of the ServiceAccounts that the subject made: what they do later goes back to it."""
        return frozenset(
            account_username(place[2], place[3])
            for place, calls in self._writes.items()
            if place[:2] == ("", "serviceaccounts") and place[3]
            for call in calls
            if _makes(call) and not call.target.subresource and self._doing(call)
        )

    def _doing(self, call: Call) -> Doing | None:
        """Return how a call goes back to the subject, or None where it does not."""
        user, held = self._scene.user, self._scene.span_of(call.received) is not None
        if call.user in self._through:
            return Doing(call, f"by {call.user}, which the subject had made")
        if not held:
            return None
        if call.via is not None and call.via.binding in self._scene.bindings:
            return Doing(call, f"by {call.user}, allowed by the grant{f', sent by {call.by}' if call.by else ''}")
        if user and call.by == user:
            return Doing(call, f"by {user} in the name of {call.user}")
        if user and call.user == user:
            return Doing(call, f"by {user}{f', sent by {call.by}' if call.by else ''}, with rights of other origin")
        return None

    def _made(self, met: Met) -> list[Call]:
        found = self._writes.get(_place_of(met), ())
        return [call for call in found if _makes(call) and _is_of(met, call) and not call.target.subresource]

    def _changed(self, met: Met) -> list[Call]:
        """Return the calls that changed an object that was there before, while access held."""
        found = self._writes.get(_place_of(met), ())
        return [
            call
            for call in found
            if not _makes(call)
            and (met.created is None or call.at >= met.created)
            and (self._scene.span_of(call.received) is not None or call.user in self._through)
        ]


def _is_among(trace: Trace, calls: Iterable[Call]) -> bool:
    return any(abs(trace.at - call.at) < _SLACK for call in calls)


def _borne(met: Met, doing: Doing) -> Left:
    """Return a change, with what can be told of whether the object still bears it."""
    call = doing.call
    if any(_is_among(trace, [call]) for trace in met.traces):
        return _left(met, Deed.CHANGED, Certainty.CERTAIN, doing, "changed, and still as it was set")
    if any(trace.at > call.at for trace in met.traces):
        told = "changed; it was changed again later, so what is left of it can't be told"
    else:
        told = "changed; no field is left that was set then, so it was taken away, or something was taken out"
    return _left(met, Deed.CHANGED, Certainty.POSSIBLE, doing, told)


def _left(met: Met, deed: Deed, certainty: Certainty, doing: Doing, told: str) -> Left:
    return Left(met.key, sort_of(met), deed, certainty, doing.call.at, f"{told} {doing.how}", met.owner)


def _makes(call: Call) -> bool:
    """Whether it made an object: a patch or an update does where there was none."""
    return call.target.verb == "create" or call.code == _MADE


def _is_of(met: Met, call: Call) -> bool:
    return met.uid == call.made if call.made else _at_that_time(met, call)


def _at_that_time(met: Met, call: Call) -> bool:
    created = met.created
    return created is not None and call.received - SECOND - _SLACK < created < call.at + _SLACK


def _place(call: Call) -> Place:
    target = call.target
    # A namespace's own calls name it twice.
    namespace = "" if (target.group, target.resource) == ("", "namespaces") else target.namespace
    return target.group, target.resource, namespace, target.name


def _place_of(met: Met) -> Place:
    return met.group, met.resource, met.key.namespace, met.key.name


def is_write(call: Call) -> bool:
    """Whether it is of those that residue is known by; of a whole log, the rest need not be kept."""
    return call.target.verb in _WRITES and call.code in _DONE and not call.is_dry
