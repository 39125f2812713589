"""The guard on subjects: what a grant lets somebody do must not outlive it, nor reach what ends it.

RBAC can't say "create Secrets, but not those that hold a lasting token", nor "delete Pods, but not in our namespace". So
where a request is allowed by a grant's binding (the authorizer names it), admission says it. Rights that the subject has
without any grant stay as they are, unless a grant gives the same right at the time.
"""

from __future__ import annotations

from gitops_breakglass.core.install.admission import Clause, Matched, literal, policy
from gitops_breakglass.model.kube import NAMESPACE, PREFIX, Manifest

TOKENS = "gitops-breakglass-guard-tokens"
HOME = "gitops-breakglass-guard-home"

_WRITES = ("CREATE", "UPDATE", "DELETE", "CONNECT")


def _by_verb(verb: str) -> str:
    """Return the CEL for whether a grant's binding is what allows this; `verb` is CEL for a verb of RBAC."""
    return f"authorizer.requestResource.check({verb}).reason().contains({literal(f'Binding {chr(34)}{PREFIX}')})"


# An operation may stand for two verbs of RBAC. One expression may ask the authorizer twice at most: it costs that much.
_VERBS = {
    "CREATE": ("'create'",),
    "UPDATE": ("'update'", "'patch'"),
    "CONNECT": ("'create'", "'get'"),
    "DELETE": ("request.?name.orValue('') == '' ? 'deletecollection' : 'delete'",),
}


def by_grant(operation: str) -> str:
    """Return the CEL for whether a grant's binding is what allows a request that is this operation."""
    return " || ".join(map(_by_verb, _VERBS[operation]))


_BY_GRANT = (
    " : ".join(f"request.operation == '{each}' ? {by_grant(each)}" for each in ("CREATE", "UPDATE", "CONNECT"))
    + f" : {by_grant('DELETE')}"
)
_VARIABLES = {"byGrant": _BY_GRANT}

NO_TOKENS = Clause(
    "!variables.byGrant",
    "the guard: a Secret of this type holds a token that never ends, so nobody makes one by a grant",
)
NOT_AT_HOME = Clause(
    "!variables.byGrant",
    f"the guard: nobody changes anything in the namespace {NAMESPACE} by a grant",
)


def tokens_guard() -> Manifest:
    """Return the policy on Secrets that hold tokens of service accounts."""
    matched = Matched("", ("v1",), ("secrets",), ("CREATE", "UPDATE"))
    condition = "object.?type.orValue('') == 'kubernetes.io/service-account-token'"
    return policy(TOKENS, matched, clauses=(NO_TOKENS,), variables=_VARIABLES, condition=condition)


def home_guard() -> Manifest:
    """Return the policy on our own namespace and everything in it."""
    matched = Matched("*", ("*",), ("*/*",), _WRITES)
    condition = (
        f"request.?namespace.orValue('') == {literal(NAMESPACE)}"
        f" || (request.resource.resource == 'namespaces' && request.?name.orValue('') == {literal(NAMESPACE)})"
    )
    return policy(HOME, matched, clauses=(NOT_AT_HOME,), variables=_VARIABLES, condition=condition)
