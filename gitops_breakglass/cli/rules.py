"""`rules`: what is checked, and why."""

from __future__ import annotations

import click

from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.model.errors import UsageError


@click.command()
@click.argument("rule_id", metavar="[ID]", required=False)
def rules(rule_id: str | None) -> None:
    """List the rules that `check` knows, or explain the one that is called ID."""
    from gitops_breakglass.core.rules import ALL_RULES, page_of

    if rule_id is None:
        width = max(len(rule.id) for rule in ALL_RULES)
        for rule in ALL_RULES:
            click.echo(f"{rule.id:<{width}}  {rule.title}")
        return
    for rule in ALL_RULES:
        if rule.id == rule_id:
            click.echo(f"{rule.id}: {rule.title}\n")
            click.echo(click.wrap_text(rule.why, width=88))
            click.echo(f"\nExamples and what to do: {page_of(rule)}")
            return
    hint = nearest(rule_id, (rule.id for rule in ALL_RULES)) or "`gitops-breakglass rules` lists them"
    raise UsageError(f"there is no rule {rule_id!r}", hint=hint)
