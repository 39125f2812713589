"""What is wrong with a template."""

from __future__ import annotations


class TemplateError(ValueError):
    """A template that can't be read or rendered; line and column count from 1, in characters."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(f"{line}:{column}: {message}")
        self.line = line
        self.column = column


class ValueProblem(ValueError):
    """What a function can't do with its arguments; whoever knows the place makes a TemplateError of it."""


def error_at(source: str, at: int, message: str) -> TemplateError:
    """Return an error with the line and column of an offset."""
    before = source[:at]
    return TemplateError(message, before.count("\n") + 1, at - before.rfind("\n"))
