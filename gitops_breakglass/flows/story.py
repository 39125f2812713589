"""Tells a story in commands: each is shown, run, and has to end as the story says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from gitops_breakglass.model.story import Ended, Go, Run, Say, Step


class Shell(Protocol):
    """Runs lines as a shell in a terminal would."""

    def run(self, line: str, folder: str) -> Ended:
        """Run one line in a folder below the story's own."""
        ...


@dataclass(frozen=True)
class Telling:
    """Where the story is told: sentences, typed lines, and what commands print."""

    say: Callable[[str], None]
    typed: Callable[[str], None]
    output: Callable[[str], None]


class TurnedOutOtherwise(Exception):
    """A step did not end as the story says; the message says how it was to end."""


def tell(steps: Sequence[Step], shell: Shell, telling: Telling, *, folder: str = ".") -> None:
    """Tell the steps, beginning in this folder of the story's. Raises TurnedOutOtherwise at the first that fails."""
    for step in steps:
        match step:
            case Say(text=text):
                telling.say(text)
            case Go():
                telling.typed(f"cd {step.typed}")
                folder = step.folder
            case Run(line=line):
                telling.typed(line)
                ended = shell.run(line, folder)
                telling.output(ended.output)
                _hold_to(step, ended)


def _hold_to(step: Run, ended: Ended) -> None:
    if ended.code != step.code:
        raise TurnedOutOtherwise(f"`{step.line}` was to exit with {step.code}, and exited with {ended.code}")
    for text in step.prints:
        if text not in ended.output:
            raise TurnedOutOtherwise(f"`{step.line}` was to print {text!r}, and did not")
    if step.nothing and ended.output.strip():
        raise TurnedOutOtherwise(f"`{step.line}` was to print nothing")
