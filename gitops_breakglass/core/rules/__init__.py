"""The rules that are built in; each judges one request or the policy side, and each has its section in docs/rules/."""

from gitops_breakglass.core.rules import (
    clusters,
    debug,
    deny,
    documents,
    escalations,
    people,
    providers,
    recommendations,
    requests,
    roles,
    yaml,
)
from gitops_breakglass.core.rules.debug import operations
from gitops_breakglass.core.rules.rule import DebugCheck, RequestCheck, Rule

AREAS: dict[str, tuple[Rule, ...]] = {
    "yaml": yaml.RULES,
    "documents": documents.RULES,
    "requests": requests.RULES,
    "escalations": escalations.RULES,
    "people": people.RULES,
    "clusters": clusters.RULES,
    "providers": providers.RULES,
    "roles": roles.RULES,
    "deny": deny.RULES,
    "debug": debug.RULES,
    "operations": operations.RULES,
    "recommendations": recommendations.RULES,
}
"""Every rule by what it is about: a folder here, and a page in docs/rules/."""

ALL_RULES: tuple[Rule, ...] = tuple(
    sorted((rule for rules in AREAS.values() for rule in rules), key=lambda rule: rule.id.casefold())
)
"""Every rule, in the order of their ids."""


def page_of(rule: Rule) -> str:
    """Return where the docs explain the rule, with its section."""
    area = next(name for name, rules in AREAS.items() if rule in rules)
    return f"docs/rules/{area}.md#{rule.id.lower()}"


REQUEST_CHECKS: tuple[RequestCheck, ...] = tuple(rule.on_request for rule in ALL_RULES if rule.on_request)
"""What every request is judged by, in the same order."""
DEBUG_CHECKS: tuple[DebugCheck, ...] = tuple(rule.on_debug for rule in ALL_RULES if rule.on_debug)
"""What debug sessions are judged by beside it."""
