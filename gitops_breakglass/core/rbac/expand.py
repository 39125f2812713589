"""Rules without wildcards: each replaced by what one API server serves now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from gitops_breakglass.core.rbac.algebra import canonical
from gitops_breakglass.core.rbac.cells import Cell, Verbs, cells_of, from_cells, urls_of
from gitops_breakglass.model.rules import ALL, Discovery, Rules

STOCK_URLS = (
    "/api",
    "/api/*",
    "/apis",
    "/apis/*",
    "/flagz",
    "/healthz",
    "/healthz/*",
    "/livez",
    "/livez/*",
    "/metrics",
    "/metrics/slis",
    "/openapi",
    "/openapi/*",
    "/readyz",
    "/readyz/*",
    "/statusz",
    "/version",
    "/version/",
)
"""What the stock roles system:discovery, system:public-info-viewer and system:monitoring of 1.36 name; all of it is read."""

Served = Mapping[tuple[str, str], Verbs]
"""The verbs of each group and resource."""


def expand(rules: Rules, discovery: Discovery) -> Rules:
    """Return the rules, in canonical form, with every wildcard of verbs, groups and resources replaced by what is served.

    A rule that names its group, resource and verb stays, served or not: it may wait for a CRD. Beside a wildcard group
    or resource a verb stays only where the resource serves it. A bare wildcard URL becomes `get` on STOCK_URLS.
    """
    served = _served(discovery)
    cells: defaultdict[Cell, set[str]] = defaultdict(set)
    for (group, resource, name), verbs in cells_of(rules).items():
        if ALL in group or ALL in resource:
            for kind in served:
                if group in (ALL, kind[0]) and _takes(resource, kind[1]):
                    cells[*kind, name] |= served[kind] if ALL in verbs else verbs & served[kind]
        else:
            cells[group, resource, name] |= _spelled(verbs, served.get((group, resource), frozenset()))
    return canonical(from_cells({cell: frozenset(verbs) for cell, verbs in cells.items()}, _urls(rules)))


def _served(discovery: Discovery) -> Served:
    found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for each in discovery.resources:
        found[each.group, each.name].update(each.verbs)
    return {kind: frozenset(verbs) for kind, verbs in found.items()}


def _takes(pattern: str, resource: str) -> bool:
    """Whether a resource of a rule is this one: by name, `*`, or `*/scale`. `pods/*` is no pattern and takes nothing."""
    subresource = resource.partition("/")[2]
    return pattern in (ALL, resource) or (bool(subresource) and pattern == f"{ALL}/{subresource}")


def _spelled(verbs: Verbs, served: Verbs) -> Verbs:
    """Return the verbs with a wildcard spelled out; a star inside a word means nothing to Kubernetes and goes."""
    return frozenset(verb for verb in verbs if ALL not in verb) | (served if ALL in verbs else frozenset())


def _urls(rules: Rules) -> dict[str, Verbs]:
    """Return the URLs of the rules with their verbs, the wildcards `*` and `/*` spelled out."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    read = frozenset({"get"})
    for url, verbs in urls_of(rules).items():
        spelled = _spelled(verbs, read)
        if url in (ALL, f"/{ALL}"):
            for stock in STOCK_URLS:
                found[stock] |= spelled & read
        else:
            found[url] |= spelled
    return {url: frozenset(verbs) for url, verbs in found.items()}
