"""Label selectors, as Kubernetes holds them against labels."""

from __future__ import annotations

from collections.abc import Mapping

from gitops_breakglass.model.deny import LabelExpression, Operator, SelectorTerm


def holds(term: SelectorTerm, labels: Mapping[str, str]) -> bool:
    """Whether everything that the term asks of labels is so; a term that asks nothing holds for any."""
    return all(labels.get(name) == value for name, value in term.labels) and all(
        _is_so(each, labels) for each in term.expressions
    )


def _is_so(expression: LabelExpression, labels: Mapping[str, str]) -> bool:
    there = expression.key in labels
    match expression.operator:
        case Operator.IN:
            return there and labels[expression.key] in expression.values
        case Operator.NOT_IN:
            # A label that is not there is in no list.
            return not there or labels[expression.key] not in expression.values
        case Operator.EXISTS:
            return there
        case Operator.DOES_NOT_EXIST:
            return not there
