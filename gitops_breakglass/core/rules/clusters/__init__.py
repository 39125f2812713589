"""Rules about clusters."""

from gitops_breakglass.core.rules.clusters import (
    cluster_name,
)

RULES = (cluster_name.RULE,)
