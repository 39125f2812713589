"""Rights in words, as the status of a grant tells what is kept away from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from gitops_breakglass.core.rbac.cells import Cell, Verbs
from gitops_breakglass.model.deny import NamespaceFilter

_MOST = 6
"""Words of one kind; who wants all of them has the policy."""


def rights_in_words(cells: Mapping[Cell, Verbs]) -> str:
    """Return verbs and resources as one phrase, such as `delete, get secrets and update deployments.apps`."""
    by_verbs: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    by_kind: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for (group, resource, _), verbs in cells.items():
        by_kind[group, resource].update(verbs)
    for (group, resource), held in by_kind.items():
        main, slash, subresource = resource.partition("/")
        by_verbs[tuple(sorted(held))].add(f"{main}{f'.{group}' if group else ''}{slash}{subresource}")
    told = [f"{', '.join(verbs)} {few(sorted(kinds))}" for verbs, kinds in sorted(by_verbs.items())]
    return " and ".join([*told[:_MOST], *([f"{len(told) - _MOST} more"] if len(told) > _MOST else [])])


def named(names: Sequence[str]) -> str:
    """Return the names that are meant, with the space before it; nothing where every name is."""
    return f" named {few(names)}" if names else ""


def inside(wanted: NamespaceFilter, places: Iterable[str] = ()) -> str:
    """Return the namespaces that are meant, with the space before it; nothing where every one is."""
    if not wanted.is_empty:
        told = [*wanted.patterns, *(["those with its labels"] if wanted.terms else [])]
        return f" in namespaces {few(told)}"
    meant = sorted(set(places))
    return f" in {few(meant)}" if meant and "" not in meant else ""


def few(words: Sequence[str]) -> str:
    """Return a list in one line, cut where it would be long."""
    return ", ".join([*words[:_MOST], *([f"and {len(words) - _MOST} more"] if len(words) > _MOST else [])])
