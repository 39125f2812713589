"""`check`: schemas, rules and deny policies over the files of an access repository."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from gitops_breakglass.adapters.folder import MARKER, read_folder, root_of
from gitops_breakglass.cli.telling import Telling, tell, telling_options
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.outcome import ExitCode


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=None,
    metavar="N",
    help="Judge in up to N processes (on Linux); a few hundred requests take one.  [default: one a core]",
)
@telling_options
@click.pass_context
def check(
    context: click.Context,
    paths: tuple[Path, ...],
    form: str,
    color: str,
    reports: list[tuple[str, Path]],
    jobs: int | None,
) -> None:
    """Check requests and policies, with file, line and column of each finding.

    PATHS are files or folders of an access repository; without any it is the repository around the current folder. The
    whole policy side is read in any case, since it decides about every request; findings within PATHS are told.

    Exits with 0 where no finding is an error, with 3 where one is, with 2 where there is no access repository.
    """
    # The loader and the schemas take time to import, which --help need not spend.
    from gitops_breakglass.adapters import yamlfile
    from gitops_breakglass.adapters.bundled import rule_pages, schema_catalog
    from gitops_breakglass.adapters.processes import ProcessPool, cores
    from gitops_breakglass.flows.check import Asked
    from gitops_breakglass.flows.check import check as run
    from gitops_breakglass.report.findings.told import Told

    root, within = locate(paths)
    folder = read_folder(root, within=within)
    checked = run(
        folder.files,
        not_files=folder.not_files,
        asked=Asked(within),
        loader=yamlfile.load,
        catalog=schema_catalog(),
        pool=ProcessPool(jobs or cores()),
    )
    told = Told(
        checked.findings, checked.requests, checked.documents, checked.files, source=folder.text, pages=rule_pages
    )
    tell(told, Telling(form, color, reports))
    context.exit(ExitCode.CLEAN if checked.is_clean else ExitCode.FINDINGS)


def locate(paths: Sequence[Path]) -> tuple[Path, tuple[str, ...]]:
    """Return the one repository around the paths, and the paths within it. Raises UsageError."""
    places = [path.absolute() for path in paths] or [Path.cwd()]
    found = [root_of(place if place.is_dir() else place.parent) for place in places]
    root = found[0]
    if root is None or any(each != root for each in found):
        what = (
            "these paths are not in one access repository"
            if len(places) > 1
            else f"{places[0]} is in no access repository"
        )
        raise UsageError(what, hint=f"an access repository has a {MARKER} at its root; `gitops-breakglass check PATH`")
    if not paths:
        return root, ()
    return root, tuple(place.relative_to(root).as_posix().removeprefix(".") for place in places)
