"""Rights that give nothing: by them a grant's Roles say which pod rules it is held to."""

from __future__ import annotations

from gitops_breakglass.model.enforcement import MARKER_GROUP, MARKER_RESOURCE, MARKER_VERB
from gitops_breakglass.model.rules import PolicyRule, Rules

MARKERS: Rules = (PolicyRule((MARKER_VERB,), (MARKER_GROUP,), (MARKER_RESOURCE,)),)
"""What the reconciler has to hold to give markers. Whoever holds all of them is held to none, so no grant gives that."""
