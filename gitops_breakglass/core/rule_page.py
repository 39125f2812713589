"""What the documentation says of one rule: why it is there, what it refuses, what it allows, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SITE = "https://gitops-breakglass.dev/docs/rules"
_HEADING = re.compile(r"^## `([^`\n]+)`\n", re.MULTILINE)
_PARTS = re.compile(
    r"\A\n(?P<title>.+?)\n\n"
    r"\*\*Why\.\*\* (?P<why>.+?)\n\n"
    r"\*\*Refused:\*\*\n\n```yaml\n(?P<refused>.+?)```\n\n"
    r"\*\*Allowed:\*\*\n\n```yaml\n(?P<allowed>.+?)```\n\n"
    r"\*\*What to do\.\*\* (?P<remedy>.+?)\s*\Z",
    re.DOTALL,
)


@dataclass(frozen=True)
class RulePage:
    """One section of the pages of rules. Sentences are on one line each paragraph; examples are YAML, ending in a newline."""

    id: str
    file: str
    """The name of the page below docs/rules/."""
    title: str
    why: str
    refused: str
    allowed: str
    remedy: str

    @property
    def address(self) -> str:
        """The section for a browser."""
        return f"{_SITE}/{self.file}#{self.id.lower()}"


def read_pages(text: str, file: str) -> Iterator[RulePage]:
    """Yield the sections of a page of docs/rules/; one that has another form is left out."""
    parts = _HEADING.split(text)[1:]
    for rule, section in zip(parts[::2], parts[1::2], strict=True):
        if match := _PARTS.match(section):
            title, why, remedy = (_flowed(match[name]) for name in ("title", "why", "remedy"))
            yield RulePage(rule, file, title, why, match["refused"], match["allowed"], remedy)


def _flowed(text: str) -> str:
    """Return paragraphs whose lines were broken by hand as one line each."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))
