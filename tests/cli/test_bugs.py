"""E10, E11: what is told of an error that nobody thought of: where it was, and nothing that it says."""

import click
import pytest
from click.testing import CliRunner

from gitops_breakglass.cli.main import LazyGroup
from gitops_breakglass.model.errors import BugError

SAID = "ghs_canary\n::add-mask::a\n##[stop-commands]x \x1b[2J"


class Broken(LazyGroup):
    """The program with one command, which runs into an error."""

    error: BaseException

    def get_command(self, ctx, cmd_name):
        @click.command()
        def gate():
            raise self.error

        return gate


def told(error):
    program = Broken()
    program.error = error
    return CliRunner().invoke(program, ["gate"])


@pytest.mark.parametrize("error", [ValueError(SAID), KeyError(SAID), OSError(5, SAID), BugError.of(ValueError(SAID))])
@pytest.mark.threat("E10", "E11")
def test_e10_e11_nothing_that_an_unforeseen_error_says_reaches_the_log_but_its_place_does(error):
    result = told(error)
    assert (result.exit_code, result.stdout) == (1, "")
    first, *places, hint = result.stderr.splitlines()
    assert first.startswith("error: a bug of ours: ")
    assert places[-1].startswith(f"  {__file__}:")
    assert hint.startswith("  hint: please report these lines")
    assert not [each for each in ("canary", "::", "##[", "\x1b") if each in result.stderr]


@pytest.mark.parametrize(
    ("error", "code"), [(click.UsageError("no such thing"), 2), (click.exceptions.Exit(3), 3), (click.Abort(), 1)]
)
def test_what_a_command_means_to_end_with_is_no_bug(error, code):
    result = told(error)
    assert result.exit_code == code
    assert "bug" not in result.stderr
