"""A copy keeps the token or Secrets of its pod only where they are."""

from gitops_breakglass.core.rules.debug.operations.told import told
from gitops_breakglass.core.rules.rule import Rule

RULE = Rule(
    "copy-keeps",
    "a copy keeps a token or Secrets only in the namespace where they are",
    "Service accounts and Secrets belong to a namespace. In another one the names mean nothing, or mean something "
    "else of the same name, which nobody reviewed.",
    on_debug=told("copy-keeps"),
)
