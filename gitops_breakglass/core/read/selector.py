"""Label selectors, wherever a document has one."""

from __future__ import annotations

from gitops_breakglass.core.read.reading import Reading, words_of
from gitops_breakglass.model.deny import LabelExpression, Operator, SelectorTerm


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
