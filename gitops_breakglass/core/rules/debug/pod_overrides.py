"""Overrides change the pod's host fields alone."""

from __future__ import annotations

from gitops_breakglass.core.rules.debug.sample import found_in_samples
from gitops_breakglass.core.rules.rule import Rule

_ID = "pod-overrides"

RULE = Rule(
    _ID,
    "overrides change the pod's host fields alone",
    "Upstream takes more than hostNetwork, hostPID and hostIPC and drops it without a word. Whoever wrote it counts "
    "on it.",
    on_policy=found_in_samples(_ID),
)
