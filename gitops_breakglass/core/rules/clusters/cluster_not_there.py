"""Every cluster that the policy side names is there."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.glob import SPECIAL, matches_any, problem
from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Finding, Severity

_ID = "cluster-not-there"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    clusters = facts.policy.clusters
    for document in facts.documents:
        reading = Reading(document)
        for path in _lists(reading):
            exact = document.kind == "DenyPolicy"
            for index, word in enumerate(reading.texts(*path)):
                if word == "*" or (exact and not SPECIAL.isdisjoint(word)) or problem(word) is not None:
                    continue
                if word not in clusters and not any(matches_any((word,), name) for name in clusters):
                    what = "there is no cluster" if SPECIAL.isdisjoint(word) else "no cluster is called like"
                    yield Finding(
                        _ID,
                        f"{what} {word}",
                        document.at(*path, index),
                        Severity.WARNING,
                        hint=nearest(word, clusters) or "the ClusterConfig documents in clusters/ say what there is",
                    )
    yield from _usernames(facts)


def _usernames(facts: PolicyFacts) -> Iterator[Finding]:
    clusters = facts.policy.clusters
    for document in facts.of_kind("Identities"):
        reading = Reading(document)
        for index in range(reading.count("people")):
            path = ("people", index, "usernames")
            for name in reading.keys(*path):
                if name not in clusters:
                    yield Finding(
                        _ID,
                        f"{reading.text('people', index, 'name')} has a username on {name}, and there is no such cluster",
                        document.at(*path, name),
                        Severity.WARNING,
                        hint=nearest(name, clusters) or "elsewhere their general username holds, or their e-mail",
                    )


def _lists(reading: Reading) -> Iterator[Path]:
    match reading.document.kind:
        case "BreakglassEscalation":
            yield from (("spec", "allowed", "clusters"), ("spec", "clusterConfigRefs"))
        case "DenyPolicy":
            yield ("spec", "appliesTo", "clusters")
        case "Freeze":
            yield ("clusters",)
        case "Configuration":
            for index in range(reading.count("offers")):
                yield ("offers", index, "clusters")


RULE = Rule(
    _ID,
    "the clusters that a policy names are there",
    "What is offered on a cluster that there is not is offered nowhere, and what is forbidden there is forbidden nowhere.",
    on_policy=_on_policy,
)
