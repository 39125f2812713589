"""The command line: one command a module, loaded only when it is called."""

from __future__ import annotations

import importlib
import sys
from typing import NoReturn

import click

from gitops_breakglass import __version__
from gitops_breakglass.model.errors import BreakglassError, BugError, RepositoryError, UnreachableError

COMMANDS = {
    "init": "Make a new access repository.",
    "check": "Check requests and policies, with file, line and column of each finding.",
    "request": "Write a request on a branch of its own, and with --open propose it.",
    "preview": "Tell when the access of a request would hold: its next windows.",
    "approve": "Sign the approval of a request or of a policy change (local forge).",
    "gate": "Tell who has approved a change, who still may, and what it would let whom do.",
    "plan": "Tell what reconcile would do now; reads only.",
    "reconcile": "End what is over, decide what was merged, and apply it.",
    "sweep": "End what is over: cluster and clock, nothing else.",
    "status": "Tell each request's state, window, and what is on the cluster for it.",
    "report": "Tell what was used of a request, and what it left on the cluster.",
    "revoke": "End access now.",
    "policy": "Ask deny policies about a call, and test them as code.",
    "explain": "Tell why somebody may, or may not, do something on a cluster.",
    "ledger": "Verify, show, export or anchor what was decided and how it ended.",
    "install": "Prepare a cluster, once, as its administrator.",
    "doctor": "Tell what is missing or weak; changes nothing.",
    "identities": "Compare people and teams with the forge.",
    "close-timed-out": "Close the changes that nobody approved in time.",
    "rules": "List the built-in rules, or explain one.",
    "demo": "Run the whole story on this machine, with every command shown.",
}


class LazyGroup(click.Group):
    """A group that knows its commands' names without loading them, and tells errors as people need them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the commands in the order in which one meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load one command."""
        if cmd_name not in COMMANDS:
            return None
        module = cmd_name.replace("-", "_")
        command: click.Command = getattr(importlib.import_module(f"gitops_breakglass.cli.{module}"), module)
        _name_variables(cmd_name, command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands from the table above, so that help loads none of them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; an error with a next step is told with it, and has its exit code; any other is a bug of ours."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise
        except BugError as error:
            _tell_bug(error, error)
        except BreakglassError as error:
            # Not above: with it comes most of the model, which is more than half of what help would import.
            from gitops_breakglass.model.exits import ExitCode
            from gitops_breakglass.report.terminal import printable

            click.echo(f"error: {printable(error.message)}", err=True)
            if error.hint:
                # Our own words, which may be lines to be typed.
                lines = [printable(line) for line in error.hint.split("\n")]
                click.echo("  hint: " + "\n    ".join(lines), err=True)
            unreachable = isinstance(error, UnreachableError | RepositoryError)
            sys.exit(ExitCode.UNREACHABLE if unreachable else ExitCode.USAGE)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told in this way
            _tell_bug(BugError.of(error), error)


def _tell_bug(bug: BugError, error: Exception) -> NoReturn:
    """Tell where something happened that nobody thought of, and end with 1.

    Not what the exception says: it may repeat what a stranger wrote, for the runner to obey, or what a secret is.
    """
    import traceback

    from gitops_breakglass.model.exits import ExitCode
    from gitops_breakglass.report.terminal import printable

    click.echo(f"error: {printable(bug.message)}", err=True)
    for frame in traceback.extract_tb(error.__traceback__):
        click.echo(f"  {printable(frame.filename)}:{frame.lineno} in {frame.name}", err=True)
    hint = "please report these lines; what the error says is left out, since anybody may have written it"
    click.echo(f"  hint: {hint}", err=True)
    sys.exit(ExitCode.BUG)


def _name_variables(name: str, command: click.Command) -> None:
    """Let each option be given by the variable of its name, those of commands below too."""
    for option in command.params:
        # Click would take the variable of Python's name, which nobody knows who reads the help.
        if isinstance(option, click.Option):
            option.envvar = variable_of(name, option)
    for below, each in command.commands.items() if isinstance(command, click.Group) else ():
        _name_variables(f"{name}_{below}", each)


def variable_of(command: str, option: click.Option) -> str:
    """Return the environment variable of an option: `GITOPS_BREAKGLASS_PLAN_REPO` for `plan --repo`."""
    word = max(option.opts, key=len).lstrip("-")
    return f"GITOPS_BREAKGLASS_{command}_{word}".replace("-", "_").upper()


@click.group(cls=LazyGroup, context_settings={"max_content_width": 100})
@click.version_option(__version__, prog_name="gitops-breakglass")
def main() -> None:
    """Break-glass access to Kubernetes through pull requests.

    A request is one YAML file in a git repository. Review and merge approve it; `reconcile` grants it; it ends when its
    window does. Start with `gitops-breakglass demo`.

    Exit codes: 0 clean, 1 a bug of ours, 2 usage or configuration, 3 findings, 4 changes pending, 5 held by a brake,
    6 some actions failed, 7 forge or cluster unreachable.
    """


__all__ = ["main"]
