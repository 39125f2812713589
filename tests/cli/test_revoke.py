"""`revoke` at the command line: what it takes for the name of what is to end."""

import pytest
from click.testing import CliRunner

from gitops_breakglass.cli.main import main


@pytest.mark.parametrize("words", [["prod/"], ["/inc-1"], ["/"], ["inc-1"], [], ["--all"], ["prod/x", "--all"]])
def test_half_a_name_ends_nothing_at_all(words):
    result = CliRunner().invoke(main, ["revoke", *words])
    assert (result.exit_code, "name what to revoke" in result.stderr) == (2, True)
