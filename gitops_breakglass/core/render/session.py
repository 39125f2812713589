"""What a debug session makes in its window now: its objects as they were signed, and rights on the pods that are there."""

from __future__ import annotations

from collections.abc import Collection

from gitops_breakglass.core.debug.now import SessionNow
from gitops_breakglass.core.debug.rights import rights_on
from gitops_breakglass.core.names import grant_name
from gitops_breakglass.core.rbac.algebra import from_manifest
from gitops_breakglass.core.render.grant import render_window
from gitops_breakglass.core.render.guard import render_guards
from gitops_breakglass.core.render.narrow import narrow
from gitops_breakglass.core.render.open_windows import Rendered
from gitops_breakglass.model.debug_grant import DebugGrant
from gitops_breakglass.model.enforcement import MARKER_GROUP, MARKER_RESOURCE, MARKER_VERB, SESSION_MARKER, Compiled
from gitops_breakglass.model.grant import ScopedRules, Statement
from gitops_breakglass.model.kube import RBAC, ObjectKey, key_of
from gitops_breakglass.model.rules import PolicyRule
from gitops_breakglass.model.window import Window


def rights_now(statement: Statement, debug: DebugGrant, session: SessionNow) -> tuple[ScopedRules, ...]:
    """Return the rights on the pods that are there, within what was signed; deny policies have not been asked yet."""
    source = str(statement.evidence.get("source", ""))
    return narrow(statement.scopes, rights_on(debug, session.pods.names(), source))


def render_session(
    statement: Statement,
    window: Window,
    digest: str,
    session: SessionNow,
    held: Compiled,
    *,
    there: Collection[ObjectKey] = (),
) -> Rendered:
    """Return what is wanted of a session; `held` is what deny policies leave of its rights.

    A Role is made once there is a pod in its place, and then stays: `there` are the keys of what is there.
    """
    guards = render_guards(statement, window, held.guard, digest)
    rights = render_window(statement, window, _with_markers(statement, window, held.rendered, there), digest)
    made = {**session.objects, **{key_of(each): each for each in (*guards, *rights)}}
    return Rendered(
        objects=made,
        # All of it follows the pods that are there, within what was signed.
        enumerated={key_of(each): from_manifest(each["rules"]) for each in rights if "rules" in each},
        followers=session.pods.followers,
        injections=session.injections,
        conflicts=session.conflicts,
    )


def _with_markers(
    statement: Statement, window: Window, scopes: tuple[ScopedRules, ...], there: Collection[ObjectKey]
) -> tuple[ScopedRules, ...]:
    rules = {each.namespace: each.rules for each in scopes if each.rules}
    found = []
    for signed in statement.scopes:
        name = grant_name(statement.request, statement.uid, signed.namespace, window.start)
        if signed.namespace in rules or ObjectKey(RBAC, "Role", signed.namespace, name) in there:
            marker = _marker(statement.debug, signed.namespace)
            found.append(ScopedRules(signed.namespace, (*rules.get(signed.namespace, ()), marker), signed.source))
    return tuple(found)


def _marker(debug: DebugGrant | None, namespace: str) -> PolicyRule:
    """Return what gives nothing: the guard knows a session by it, and the containers that are the session's own.

    It keeps a Role from being empty while no pod is there.
    """
    own = {each.name for each in (debug.injections if debug else ()) if each.namespace == namespace}
    return PolicyRule((MARKER_VERB,), (MARKER_GROUP,), (MARKER_RESOURCE,), tuple(sorted({SESSION_MARKER, *own})))
