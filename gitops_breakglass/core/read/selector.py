"""Label selectors and filters of namespaces, wherever a document has one."""

from __future__ import annotations

from collections.abc import Mapping

from gitops_breakglass.core.read.reading import Reading, words_of
from gitops_breakglass.model.deny import LabelExpression, NamespaceFilter, Operator, SelectorTerm


def read_term(reading: Reading, *path: str | int) -> SelectorTerm:
    """Return the labels and expressions of the selector at `path`."""
    expressions = tuple(
        LabelExpression(
            key=reading.text(*path, "matchExpressions", index, "key") or "",
            operator=Operator(reading.text(*path, "matchExpressions", index, "operator") or Operator.EXISTS),
            values=reading.texts(*path, "matchExpressions", index, "values"),
        )
        for index in range(reading.count(*path, "matchExpressions"))
    )
    return SelectorTerm(tuple(sorted(words_of(reading.node(*path, "matchLabels")).items())), expressions)


def read_namespaces(reading: Reading, *path: str | int) -> NamespaceFilter:
    """Return the filter of namespaces at `path`, which is empty where there is none.

    It is a mapping of `patterns` and `selectorTerms`; in the seeds' dialect of the debug kinds it is a list of globs.
    """
    if not isinstance(reading.node(*path), Mapping):
        return NamespaceFilter(reading.texts(*path))
    terms = range(reading.count(*path, "selectorTerms"))
    return NamespaceFilter(
        reading.texts(*path, "patterns"), tuple(read_term(reading, *path, "selectorTerms", index) for index in terms)
    )
