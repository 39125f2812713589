"""The rules of every deny policy, one after the other, as rules about them go through them."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts
from gitops_breakglass.model.document import Path


def each_rule(facts: PolicyFacts, field: str) -> Iterator[tuple[Reading, Path]]:
    """Go through the entries of `spec.<field>` of the deny policies, each as its document and its path there."""
    for document in facts.of_kind("DenyPolicy"):
        reading = Reading(document)
        for index in range(reading.count("spec", field)):
            yield reading, ("spec", field, index)
