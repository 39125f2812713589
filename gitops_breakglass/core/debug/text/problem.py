"""What is wrong with a debug template, and where."""

from __future__ import annotations

from gitops_breakglass.core.go_template.error import TemplateError
from gitops_breakglass.model.finding import Location


class TextProblem(ValueError):
    """A template that can't be used: `message`, with line and column in the text, and the place in the repository."""

    def __init__(self, message: str, location: Location, hint: str | None = None) -> None:
        super().__init__(f"{location}: {message}")
        self.message = message
        self.location = location
        self.hint = hint


def problem_of(error: TemplateError, text: str, at: Location, hint: str | None = None) -> TextProblem:
    """Return a problem for an error; `at` is where the key or item stands that holds the text."""
    what = str(error).removeprefix(f"{error.line}:{error.column}: ")
    place = f"line {error.line}, column {error.column} of the template"
    return TextProblem(f"{what} ({place})", _within(at, text, error.line), hint)


def _within(at: Location, text: str, line: int) -> Location:
    """Return the line of the file, for a text that begins below its key: one with several lines, as they are written."""
    if "\n" not in text or not at.line:
        return at
    return Location(at.path, at.line + line)
