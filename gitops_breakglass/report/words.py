"""How rules, times and numbers are put into words, the same in every report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gitops_breakglass.model.rules import PolicyRule, Rules


def moment(at: datetime) -> str:
    """Return a time as people compare it: to the second, in UTC."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def many(number: int, noun: str) -> str:
    """Return `1 object`, `2 objects`."""
    return f"{number} {noun}{'s' * (number != 1)}"


def people(names: Sequence[str], unnamed: int) -> str:
    """Return `alice, ben and 2 more who are not named`; empty where there is nobody."""
    told = ", ".join(names)
    if not unnamed:
        return told
    verb = "is" if unnamed == 1 else "are"
    return f"{told} and {unnamed} more who {verb} not named" if told else f"{unnamed} who {verb} not named"


def approvers(names: Sequence[str], unnamed: int, *, by_team: bool) -> str:
    """Return who may approve, with the members of a team beside them who can't be seen; empty where there is nobody."""
    told, team = people(names, unnamed), "members of a team who can't be seen from here"
    if not by_team:
        return told
    return f"{told}, or {team}" if told else team


def approved_by(names: Sequence[str], merged_by: str = "") -> str:
    """Return who approved what was granted; where nobody had to, that, and who merged it where that is known."""
    merged = f", and {merged_by} merged it" if merged_by else ""
    return ", ".join(names) or f"nobody: no approval was asked for{merged}"


def rule_lines(rules: Rules, most: int = 12) -> list[str]:
    """Return a line per rule, verbs first; the rest is counted."""
    lines = [_rule(each) for each in rules[:most]]
    return lines + ([f"and {many(len(rules) - most, 'more rule')}"] if len(rules) > most else [])


def _rule(rule: PolicyRule) -> str:
    verbs = ", ".join(rule.verbs)
    if rule.non_resource_urls:
        return f"{verbs}  {', '.join(rule.non_resource_urls)}"
    groups = [group for group in rule.api_groups if group]
    what = ", ".join(rule.resources)
    where = f" ({', '.join(groups)})" if groups else ""
    names = f" named {', '.join(rule.resource_names)}" if rule.resource_names else ""
    return f"{verbs}  {what}{where}{names}"
