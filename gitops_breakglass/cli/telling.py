"""The options by which a command is told how to write its findings, and the writing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gitops_breakglass.model.errors import UsageError

if TYPE_CHECKING:
    from gitops_breakglass.report.findings.told import Told
    from gitops_breakglass.report.terminal import Paint

FORMATS = ("text", "json", "github", "sarif", "gitlab-codequality", "junit", "markdown")
"""The names of report.findings.formats, which takes a while to import."""
_OUTPUTS = {("/", "dev"), ("/", "proc")}
"""Where the system has links to what a program has open, such as /dev/stdout."""
_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True)
class Telling:
    """How findings are to be written."""

    form: str = "text"
    color: str = "auto"
    reports: Sequence[tuple[str, Path]] = ()
    """Formats and the files that they go to, beside what is written to standard output."""


def told_in(formats: Sequence[str]) -> Callable[[_Command], _Command]:
    """Add `--format`, `--report` and `--color` to a command, which gets them as `form`, `reports` and `color`."""

    def add(command: _Command) -> _Command:
        for option in (
            click.option(
                "--color",
                type=click.Choice(["auto", "always", "never"]),
                default="auto",
                show_default=True,
                help="Colours in text; auto: on a terminal, as NO_COLOR and FORCE_COLOR say.",
            ),
            click.option(
                "--report",
                "reports",
                multiple=True,
                metavar="FORMAT=FILE",
                callback=partial(_reports, formats),
                help="Write a report to a file as well. May be given more than once.",
            ),
            click.option(
                "--format",
                "form",
                type=click.Choice(formats),
                default="text",
                show_default=True,
                help="How findings are written to standard output.",
            ),
        ):
            command = option(command)
        return command

    return add


def telling_options(command: _Command) -> _Command:
    """Add the options with every format that findings can be told in."""
    return told_in(FORMATS)(command)


def tell(told: Told, telling: Telling) -> None:
    """Write the findings to standard output and to files, and what was looked at to standard error.

    Raises UsageError where a file can't be written.
    """
    from gitops_breakglass.report.findings.formats import Format, written
    from gitops_breakglass.report.findings.text import explain, summary

    for form, file in telling.reports:
        write_report(file, written(Format(form), told))
    paint = paint_for(telling.color)
    click.echo(written(Format(telling.form), told, paint), nl=False, color=paint.is_on)
    click.echo(summary(told), err=True)
    click.echo(explain(told), nl=False, err=True)


def paint_for(choice: str) -> Paint:
    """Return the colours that the option, the environment and the terminal come to."""
    from gitops_breakglass.report.terminal import Paint

    return Paint(is_on=wants_color(choice, os.environ, is_terminal=sys.stdout.isatty()))


def wants_color(choice: str, environ: Mapping[str, str], *, is_terminal: bool) -> bool:
    """Return whether to write colours: what the option says, else NO_COLOR, else FORCE_COLOR, else a terminal's presence."""
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return environ["FORCE_COLOR"] != "0"
    return is_terminal and environ.get("TERM") != "dumb"


def _reports(
    formats: Sequence[str], _context: click.Context, _option: click.Parameter, values: Sequence[str]
) -> list[tuple[str, Path]]:
    found = []
    for value in values:
        form, _, file = value.partition("=")
        if form not in formats or not file:
            raise click.BadParameter(f"{value!r} is not FORMAT=FILE, with one of {', '.join(formats)} as the format")
        found.append((form, Path(file)))
    return found


def write_report(file: Path, text: str) -> None:
    """Write a report. Raises UsageError where the file can't be written, or a link leads elsewhere.

    Where `check` runs, a change may have put a link there, to have anything overwritten that the job may write.
    """
    ways = [file] if file.is_absolute() else [file, *file.parents]
    if link := next((each for each in ways if each.is_symlink() and each.parts[:2] not in _OUTPUTS), None):
        raise UsageError(f"{file} is not written: {link} is a link", hint="remove the link, or name another file")
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file} can't be written: {error.strerror}", hint="its folder has to be there") from error
