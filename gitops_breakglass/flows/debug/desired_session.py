"""What is to be on a cluster of one debug session now: by its decision, by what is left of its source, and by its pods."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from gitops_breakglass.core.authorize.lasting import left_of_session
from gitops_breakglass.core.debug.now import session_now
from gitops_breakglass.core.render.open_windows import Rendered
from gitops_breakglass.core.render.session import render_session, rights_now
from gitops_breakglass.core.render.status import taken_from
from gitops_breakglass.core.schedule import course_of
from gitops_breakglass.flows.debug.session_sights import Sights
from gitops_breakglass.flows.judge import ClusterFacts, hold
from gitops_breakglass.model.debug_grant import DebugGrant
from gitops_breakglass.model.enforcement import Compiled
from gitops_breakglass.model.grant import Record, Statement
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import DebugRequest
from gitops_breakglass.ports import ClusterReader, ClusterState

_NOTHING = Compiled((), ())


@dataclass(frozen=True)
class Sessions:
    """The debug sessions of one cluster in one run."""

    cluster: ClusterReader
    state: ClusterState
    facts: Callable[[], ClusterFacts]

    def now(
        self,
        statement: Statement,
        debug: DebugGrant,
        digest: str,
        *,
        record: Record,
        asked: tuple[DebugRequest, Sequence[PolicySide]],
    ) -> tuple[Rendered, Compiled] | str:
        """Return what is wanted of it and what deny policies leave, or why they leave nothing.

        `asked` is the request with the policy sides whose deny policies hold.
        """
        statement = replace(statement, debug=debug)
        # One-time access has one window.
        (window,) = course_of(statement, self.state.now).open
        session = session_now(statement, window, digest, self._sights.of(statement.uid, debug, record), self.state.now)
        held = _NOTHING
        if scopes := rights_now(statement, debug, session):
            request, sides = asked
            held = hold(scopes, request, str(statement.evidence.get("source", "")), sides, self.facts())
            if held.problems:
                return held.problems[0].message
        # What was taken at the decision is not there to be taken again.
        held = replace(held, enforcement=tuple(sorted({*taken_from(statement), *held.enforcement})))
        there = {each.key for each in self._sights.objects(statement.uid)}
        return render_session(statement, window, digest, session, held, there=there), held

    def begin(self, statement: Statement, debug: DebugGrant, digest: str) -> Rendered:
        """Return what a session makes first: its objects and containers. Who gets rights on them is seen once they are there."""
        windows = course_of(statement, self.state.now).open
        if not windows:
            return Rendered({}, {})
        session = session_now(statement, windows[0], digest, self._sights.of(statement.uid, debug), self.state.now)
        return Rendered(
            session.objects,
            {},
            followers=session.pods.followers,
            injections=session.injections,
            conflicts=session.conflicts,
        )

    @cached_property
    def _sights(self) -> Sights:
        return Sights(self.cluster, self.state)


def offered_now(
    statement: Statement, debug: DebugGrant, request: DebugRequest, policy: PolicySide | None
) -> DebugGrant | str:
    """Return what the policy side still offers of a session; one that can't be read takes nothing away."""
    return debug if policy is None else left_of_session(statement, debug, request, policy)
