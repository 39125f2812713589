"""The image for debugging a node is one image."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.glob import SPECIAL
from gitops_breakglass.core.rules.debug.blocks import TEMPLATE, readings
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "node-debug-image"
_PATH = ("spec", "kubectlDebug", "nodeDebug", "allowedImages")


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for reading in readings(facts, TEMPLATE):
        images = reading.texts(*_PATH)
        if images and SPECIAL & set(images[0]):
            yield Finding(
                _ID,
                f"upstream takes {images[0]} as the name of an image, and there is none of that name",
                reading.document.at(*_PATH, 0),
                Severity.WARNING,
                hint="put an image with its tag or digest first",
            )
        if len(images) > 1:
            yield Finding(
                _ID,
                "upstream uses the first image and reads no other",
                reading.document.at(*_PATH, 1),
                Severity.WARNING,
                hint="put the image that is meant first",
            )


RULE = Rule(
    _ID,
    "the first image for debugging nodes is an image, not a glob",
    "The list looks like a filter. Upstream takes its first entry as the image, as it stands, so that a glob makes a pod that "
    "never starts.",
    on_policy=_on_policy,
)
