"""How much of anything a grant may take to be enforced, and whether the guard's parameters are within that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from gitops_breakglass.core.deny.compile.refuse import Problem, too_many
from gitops_breakglass.core.deny.glob_regex import any_regex
from gitops_breakglass.model.enforcement import GuardRule
from gitops_breakglass.model.finding import Location

MOST_NAMES = 500
"""Names in one rule of a Role; a Role that lists more is neither read by anybody nor kept up to date cheaply."""
MOST_PODS = 2000
"""Pods that one parameter lists as let through; beyond that it would be read slower than the calls that it judges."""
MOST_NAMESPACES = 200
"""Above this many, a grant would be more Roles than anybody reads."""
MOST_CHARACTERS = 600_000
"""Of all rules of a grant together: an object above 1.5 MB is not stored, and letters may take several bytes there."""
MOST_OF_PATTERNS = 200_000
"""Of the patterns of one rule, as one expression."""
MOST_TERMS = 100
"""Selector terms of one rule, and expressions of one term."""
MOST_VALUES = 1000
_FEWER = "say it in fewer and wider patterns, or leave the names out"


def too_large(rules: Iterable[GuardRule], locations: Mapping[str, Location]) -> list[Problem]:
    """Return why these rules can't be parameters, for each policy that asks for too much."""
    sizes: Counter[str] = Counter()
    found: list[Problem] = []
    for each in rules:
        patterns = max(len(any_regex(each.names)), len(any_regex(each.namespaces.patterns)))
        terms = each.namespaces.terms
        lists = [len(terms), *(len(term.expressions) for term in terms)]
        values = max((len(one.values) for term in terms for one in term.expressions), default=0)
        for what, count, most in (
            ("the names or namespaces of one rule come to {} characters", patterns, MOST_OF_PATTERNS),
            ("one rule has {} terms", max(lists), MOST_TERMS),
            ("one expression has {} values", values, MOST_VALUES),
        ):
            if count > most:
                found.append(too_many(each.policy, locations[each.policy], what.format(count), most, _FEWER))
        words = (each.names, each.namespaces.patterns, each.except_names, each.places)
        labels = sum(len(str(term)) for term in terms)
        sizes[each.policy] += patterns + labels + sum(len(word) + 4 for some in words for word in some)
    if (size := sizes.total()) > MOST_CHARACTERS:
        largest = max(sizes, key=lambda name: (sizes[name], name))
        what = f"what has to be refused comes to {size} characters, most of them by this policy"
        found.append(too_many(largest, locations[largest], what, MOST_CHARACTERS, _FEWER))
    return found
