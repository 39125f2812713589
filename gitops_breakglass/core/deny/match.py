"""Whether one rule of a deny policy is about one request."""

from __future__ import annotations

from collections.abc import Mapping

from gitops_breakglass.core.deny.scope import is_for_place
from gitops_breakglass.core.glob import matches_any
from gitops_breakglass.core.labels import holds
from gitops_breakglass.model.deny import Ask, DenyRule, NamespaceFilter
from gitops_breakglass.model.rules import ALL


def rule_matches(rule: DenyRule, ask: Ask) -> bool:
    """Whether the rule denies the request; where that hangs on labels that are not known, it does.

    Verbs, groups and resources are compared word by word, and an empty list of them matches nothing. Subresources,
    names and namespaces are conditions: an empty list sets none, so that a rule without `subresources` is about the
    resource itself and everything below it.
    """
    # What most rules fail on comes first, and without a call: every rule is asked for every request.
    return (
        (ask.resource in rule.resources or ALL in rule.resources)
        and (ask.verb in rule.verbs or ALL in rule.verbs)
        and has_word(rule.api_groups, ask.group)
        and (not rule.subresources or has_word(rule.subresources, ask.subresource))
        and is_for_place(rule, ask.namespace)
        and names_match(rule.resource_names, ask.name)
        and in_namespaces(rule.namespaces, ask.namespace, ask.namespace_labels) is not False
    )


def has_word(words: tuple[str, ...], word: str) -> bool:
    """Whether the word is listed, or `*` is; there are no globs here, so `pods/*` is a word like others."""
    return word in words or ALL in words


def names_match(patterns: tuple[str, ...], name: str) -> bool:
    """Whether an object's name is meant; a request that carries no name is met only by no patterns at all or by `*`."""
    return not patterns or matches_any(patterns, name)


def in_namespaces(wanted: NamespaceFilter, namespace: str, labels: Mapping[str, str] | None) -> bool | None:
    """Whether a namespace is meant; None where its labels would tell and are not known.

    `namespace` is "" for what is in none: the pattern `*` is about that too, `?*` is not, and selectors are only where
    somebody gives labels all the same.
    """
    if wanted.is_empty or (wanted.patterns and matches_any(wanted.patterns, namespace)):
        return True
    if labels is not None:
        return any(holds(term, labels) for term in wanted.terms)
    return None if wanted.terms and namespace else False
