"""What one occurrence of recurring access may make, listed in its record before any of it is there."""

from __future__ import annotations

from collections.abc import Iterable

from gitops_breakglass.core.names import grant_name
from gitops_breakglass.core.render.grant import render_window
from gitops_breakglass.model.grant import Occurrence, Statement
from gitops_breakglass.model.kube import NAMESPACE, OUR_API, PARAMETERS_KIND, ObjectKey, key_of
from gitops_breakglass.model.window import Window


def occurrence_of(statement: Statement, window: Window, digest: str, made: Iterable[ObjectKey]) -> Occurrence:
    """Return the occurrence with the keys of all that it may make: what was signed, what is `made` now, its parameters.

    The parameters are listed also where no deny policy asks for them yet, since one may before the window ends.
    """
    name = grant_name(statement.request, statement.uid, "", window.start)
    signed = (key_of(each) for each in render_window(statement, window, statement.scopes, digest))
    parameters = ObjectKey(OUR_API, PARAMETERS_KIND, NAMESPACE, name)
    return Occurrence(window.start, window.end, tuple(sorted({*signed, *made, parameters})))
