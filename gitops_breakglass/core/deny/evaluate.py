"""Whether deny policies deny a request: which one, why, and what they found in the pod."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gitops_breakglass.core.deny.impersonation import default_reason, denies_impersonation, impersonation
from gitops_breakglass.core.deny.match import in_namespaces, rule_matches
from gitops_breakglass.core.deny.pods import judge_pod
from gitops_breakglass.core.deny.scope import in_scope
from gitops_breakglass.model.deny import (
    Answer,
    Ask,
    Circumstances,
    DenyPolicy,
    ImpersonationRule,
    NamespaceFilter,
    Pod,
    PodOverride,
    PodRules,
    Verdict,
)

NO_MATCH = Verdict(Answer.NO_MATCH)


def evaluate(
    policies: Iterable[DenyPolicy],
    ask: Ask,
    under: Circumstances,
    *,
    pod: Pod | None = None,
    override: PodOverride | None = None,
) -> Verdict:
    """Judge one request, as upstream's evaluator does.

    Policies are asked by precedence, and as they are given where it is the same. The first that denies is reported, with
    the score and the risks of the pod where it was the pod that it denied; else the first that warns; else, as allowed,
    the first whose pod rules let the pod through. Rules about impersonation, of all policies, come before everything else.
    `pod` is the one that is asked for, None where it could not be read or is none: pod rules go by the subresource alone,
    whatever the resource, so that a request for something else than a pod meets them without one.
    """
    # Requests for no resource, such as /metrics, are not what policies are about.
    if ask.path:
        return NO_MATCH
    meant = [each for each in sorted(policies, key=lambda each: each.precedence) if in_scope(each.scope, under)]
    if (denied := _impersonation(meant, ask)) is not None:
        return denied
    best = NO_MATCH
    for policy in meant:
        for rule in policy.rules:
            if rule_matches(rule, ask):
                unknown = _without_labels(rule.namespaces, ask)
                return Verdict(Answer.DENY, policy.name, unknown, location=rule.location)
        # Word by word: a `*` in this list stands for a subresource of that name, and "" for the resource itself.
        if policy.pods is None or ask.subresource not in policy.pods.subresources:
            continue
        verdict = _pod(policy.name, policy.pods, pod, override)
        if verdict.answer is Answer.DENY:
            return verdict
        if _STRENGTH[verdict.answer] > _STRENGTH[best.answer]:
            best = verdict
    return best


_STRENGTH = {Answer.NO_MATCH: 0, Answer.ALLOW: 1, Answer.WARN: 2, Answer.DENY: 3}
"""What is reported rather than what; of two alike the first."""


def _pod(name: str, rules: PodRules, pod: Pod | None, override: PodOverride | None) -> Verdict:
    said = judge_pod(rules, pod, override)
    return Verdict(said.answer, name, said.reason, said.score, said.factors, rules.location)


def _impersonation(policies: Sequence[DenyPolicy], ask: Ask) -> Verdict | None:
    asked = impersonation(ask.verb)
    if asked is None:
        return None
    for policy in policies:
        for rule in policy.impersonation:
            if denies_impersonation(rule, ask, asked):
                reason = _unknown_identity(rule, ask) or rule.reason or default_reason(ask, asked)
                return Verdict(Answer.DENY, policy.name, reason, location=rule.location)
    return None


def _unknown_identity(rule: ImpersonationRule, ask: Ask) -> str | None:
    return None if rule.action_verbs else _without_labels(rule.namespaces, ask)


def _without_labels(wanted: NamespaceFilter, ask: Ask) -> str | None:
    """Return what to say where a rule was taken to match because a namespace's labels are not known."""
    if in_namespaces(wanted, ask.namespace, ask.namespace_labels) is None:
        return f"the labels of namespace {ask.namespace} are not known, and by them it may be denied"
    return None
