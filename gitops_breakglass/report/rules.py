"""Rules as they are listed and explained, as text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill, indent

from gitops_breakglass.core.rule_page import RulePage
from gitops_breakglass.report.findings.as_json import dumped

_WIDTH = 88


def rules_as_text(titles: Mapping[str, str]) -> str:
    """Return a line for each rule, by id."""
    width = max(map(len, titles), default=0)
    return "".join(f"{each:<{width}}  {title}\n" for each, title in titles.items())


def pages_as_text(pages: Sequence[RulePage]) -> str:
    """Return what the documentation says of each rule, examples indented."""
    return "\n".join(map(_page, pages))


def pages_as_json(pages: Sequence[RulePage]) -> str:
    """Return the same as JSON; its schema is schemas/output/rules.schema.json."""
    rules = [
        {
            "id": page.id,
            "title": page.title,
            "why": page.why,
            "refused": page.refused,
            "allowed": page.allowed,
            "remedy": page.remedy,
            "address": page.address,
        }
        for page in pages
    ]
    return dumped({"version": 1, "rules": rules})


def page_as_markdown(page: RulePage) -> str:
    """Return the section of one rule without its heading."""
    examples = (f"**Refused:**\n\n```yaml\n{page.refused}```", f"**Allowed:**\n\n```yaml\n{page.allowed}```")
    return "\n\n".join((page.why, *examples, page.remedy)) + "\n"


def _page(page: RulePage) -> str:
    parts = (
        f"{page.id}: {page.title.rstrip('.')}",
        _wrapped(page.why),
        f"Refused:\n\n{indent(page.refused, '  ').rstrip()}",
        f"Allowed:\n\n{indent(page.allowed, '  ').rstrip()}",
        f"What to do:\n\n{_wrapped(page.remedy)}",
    )
    return "\n\n".join(parts) + "\n"


def _wrapped(text: str) -> str:
    return "\n\n".join(
        fill(each, _WIDTH, break_on_hyphens=False, break_long_words=False) for each in text.split("\n\n")
    )
