"""Rules about clusters."""

from gitops_breakglass.core.rules.clusters import (
    cluster_credentials,
    cluster_name,
    cluster_not_there,
    frozen,
)

RULES = (
    cluster_credentials.RULE,
    cluster_name.RULE,
    cluster_not_there.RULE,
    frozen.RULE,
)
