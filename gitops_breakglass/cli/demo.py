"""`demo`: the whole story on this machine, with every command shown."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.exits import ExitCode

if TYPE_CHECKING:
    from gitops_breakglass.flows.story import Telling

_NEXT = """
That was the main job. What to try next:

  - play it yourself: `gitops-breakglass demo --folder DIR` leaves everything in DIR
  - hear it say no: let alice approve her own request, change the file after the approval, or merge without one; `gate`
    and `plan` say why nothing comes of it
  - begin with your own key: `gitops-breakglass init FOLDER`
  - read docs/quickstart.md, and docs/install.md for a real cluster
"""


@click.command()
@click.option("--folder", type=click.Path(path_type=Path), help="Play in this new folder, and leave it there.")
@click.option("--keep", is_flag=True, help="Leave the temporary folder there.")
@click.option(
    "--seconds",
    type=click.IntRange(5, 600),
    default=10,
    show_default=True,
    help="How long the access lasts.",
)
@click.pass_context
def demo(
    context: click.Context,
    folder: Path | None,
    keep: bool,  # noqa: FBT001
    seconds: int,
) -> None:
    """Run the whole story on this machine, with every command shown.

    Makes an access repository, asks, approves, merges, grants into a folder of manifests, and lets the access end. Takes
    less than a minute, needs git and OpenSSH, and touches nothing outside of its folder. Exits with 1 where anything
    turns out otherwise than told.
    """
    from gitops_breakglass.adapters.shell import FolderShell
    from gitops_breakglass.flows.demo import Scene, story
    from gitops_breakglass.flows.story import TurnedOutOtherwise, tell

    place = place_for(folder)
    shell = FolderShell(place)
    telling = telling_on_terminal()
    telling.say("Break-glass access through git, from a request to its end. Lines with a $ are typed at a shell:")
    for line in shell.preamble():
        telling.typed(line)
    try:
        tell(story(Scene(seconds)), shell, telling)
    except TurnedOutOtherwise as failure:
        click.echo(f"\nThe demo stops here: {failure}. Its folder is left as it is: {place}", err=True)
        context.exit(ExitCode.BUG)
    click.echo(_NEXT)
    if folder is None and not keep:
        shutil.rmtree(place)
        click.echo(f"{place} is removed again; with --keep it stays.")
    else:
        click.echo(f"Everything is in {place}.")


def place_for(folder: Path | None) -> Path:
    """Return an empty folder to play in. Raises UsageError where the one that is named is not empty."""
    if folder is None:
        return Path(tempfile.mkdtemp(prefix="gitops-breakglass-demo-")).resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UsageError(f"{folder} is not empty", hint="name a new folder")
    except OSError as error:
        raise UsageError(f"{folder} can't be used: {error.strerror}", hint="name a new folder") from error
    return folder.resolve()


def telling_on_terminal() -> Telling:
    """Return how a story is told on standard output: typed lines stand out, unless NO_COLOR is set."""
    from gitops_breakglass.flows.story import Telling

    color = False if os.environ.get("NO_COLOR") else None

    def output(text: str) -> None:
        click.echo("".join(f"    {line}\n" for line in text.splitlines()), nl=False)

    return Telling(
        say=lambda text: click.echo(f"\n{text}\n"),
        typed=lambda line: click.secho(f"$ {line}", color=color, bold=True),
        output=output,
    )
