"""`rules`: what is checked, and why."""

from __future__ import annotations

import click

from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.model.errors import UsageError


@click.command()
@click.argument("rule_ids", metavar="[ID]...", nargs=-1)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How rules are written to standard output.",
)
def rules(rule_ids: tuple[str, ...], form: str) -> None:
    """List the rules that `check` knows, or explain those that are called ID.

    An explanation says why the rule is there, shows what it refuses and what it allows, and says what to do.
    """
    from gitops_breakglass.adapters.bundled import rule_pages
    from gitops_breakglass.core.rules import ALL_RULES
    from gitops_breakglass.report.rules import pages_as_json, pages_as_text, rules_as_text

    titles = {rule.id: rule.title for rule in ALL_RULES}
    for each in rule_ids:
        if each not in titles:
            hint = nearest(each, titles) or "`gitops-breakglass rules` lists them"
            raise UsageError(f"there is no rule {each!r}", hint=hint)
    if form == "text" and not rule_ids:
        click.echo(rules_as_text(titles), nl=False)
        return
    pages = [rule_pages()[each] for each in dict.fromkeys(rule_ids or titles)]
    click.echo(pages_as_json(pages) if form == "json" else pages_as_text(pages), nl=False)
