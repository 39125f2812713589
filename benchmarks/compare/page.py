"""Writes docs/comparison.md, and renews the part of it that is ours."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from benchmarks.compare.cases import Case
from benchmarks.compare.tools import Answer

OURS = "gitops-breakglass check"
_ESCAPED = re.compile("[^\n -~]")
_HEAD = """# Side by side

What `gitops-breakglass check` and three other tools say of the same {count} broken files. Each has one mistake of those that people make.
`python -m benchmarks.compare` runs all four and writes this page; a test holds our part of it to what `check` says now.

The others are given what they can use of ours. They are good at what they are made for, which is less:

- **kubeconform** {kubeconform}: `-strict`, and the JSON Schema of each kind. It reads one document at a time.
- **conftest** {conftest}: a policy of a few lines that judges each document by the JSON Schema of its kind. Rego can say whatever
  our rules say, of several files too (`--combine`); somebody has to write it.
- **check-jsonschema** {check-jsonschema}: the JSON Schema of the kind, chosen for it by hand; that of all kinds of the folder where the
  kind is misspelt.

None of them knows what a request may ask for: who there is, which escalation is offered on the cluster, how long.

"""


def page(answers: Sequence[tuple[Case, Mapping[str, Answer]]], versions: Mapping[str, str]) -> str:
    """Return the whole page."""
    tools = list(answers[0][1])
    head = _HEAD.replace("{count}", str(len(answers)))
    for tool, version in versions.items():
        head = head.replace(f"{{{tool}}}", version)
    rows = [f"| The mistake | {' | '.join(tools)} |", f"|---|{'---|' * len(tools)}"]
    rows += [f"| [{case.title}](#{case.name}) | {' | '.join(map(_cell, said.values()))} |" for case, said in answers]
    counts = (f"**{sum(said[tool].refused for _, said in answers)}**" for tool in tools)
    rows.append(f"| found | {' | '.join(counts)} |")
    table = "\n".join(rows) + "\n\n“line” means that the line is named.\n"
    return head + table + "".join(_section(case, said) for case, said in answers)


def block(case: Case, answer: Answer) -> str:
    """Return our part of one section, between its marks."""
    return f"<!-- {case.name} -->\n{_fenced(OURS, answer)}<!-- /{case.name} -->\n"


def renewed(text: str, case: Case, answer: Answer) -> str:
    """Return the page with our part of one section as it is now."""
    pattern = re.compile(f"<!-- {case.name} -->\n.*?<!-- /{case.name} -->\n", re.DOTALL)
    return pattern.sub(lambda _: block(case, answer), text)


def _section(case: Case, said: Mapping[str, Answer]) -> str:
    content = case.content.decode()
    parts = [f"\n## {case.name}\n\n{case.title}. `{case.path}`:\n\n```yaml\n{_visible(content)}```\n"]
    for tool, answer in said.items():
        parts.append("\n" + (block(case, answer) if tool == OURS else _fenced(tool, answer)))
    return "".join(parts)


def _fenced(tool: str, answer: Answer) -> str:
    text = _visible(answer.text) or "(nothing)"
    return f"**{tool}**\n\n```text\n{text}\n```\n"


def _cell(answer: Answer) -> str:
    return ("yes, line" if answer.has_line else "yes") if answer.refused else "no"


def _visible(text: str) -> str:
    """Return text in which nothing hides; tabs and other characters than plain ones are written out."""
    return _ESCAPED.sub(
        lambda match: match[0] if match[0] in "…→“”│" else match[0].encode("unicode_escape").decode(), text
    )
