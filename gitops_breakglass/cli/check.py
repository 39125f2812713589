"""`check`: schemas, rules and deny policies over the files of an access repository."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitops_breakglass.adapters.clock import SystemClock
from gitops_breakglass.adapters.folder import MARKER, Folder, read_folder, root_of
from gitops_breakglass.cli.telling import Telling, tell, telling_options
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.exits import ExitCode
from gitops_breakglass.report.terminal import printable

if TYPE_CHECKING:
    from gitops_breakglass.adapters.verdict_cache import VerdictCache


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=None,
    metavar="N",
    help="Judge in up to N processes (on Linux); a few hundred requests take one.  [default: one a core]",
)
@click.option(
    "--cache/--no-cache",
    default=None,
    help="Say again what was said of the same content, from your own cache folder.  [default: unless CI is set]",
)
@click.option(
    "--changed-since",
    "ref",
    default=None,
    metavar="REF",
    help="Tell only about files that differ from where REF and HEAD went apart; about all, where a policy file does.",
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
    ref: str | None,
    cache: bool | None,  # noqa: FBT001 - click gives all by name
) -> None:
    """Check requests and policies, with file, line and column of each finding.

    PATHS are files or folders of an access repository; without any it is the repository around the current folder. The
    whole policy side is read in any case, since it decides about every request; findings within PATHS are told.

    Exits with 0 where no finding is an error, with 3 where one is, with 2 where there is no access repository.
    """
    # The loader and the schemas take time to import, which --help need not spend.
    from gitops_breakglass.adapters import when_needed
    from gitops_breakglass.adapters.processes import ProcessPool, cores
    from gitops_breakglass.flows.check import Asked
    from gitops_breakglass.flows.check import check as run
    from gitops_breakglass.report.findings.told import Told

    root, within = locate(paths)
    cached = is_cached(wanted=cache)
    now = SystemClock().now()
    folder = read_folder(root, within=within)
    asked = Asked(within, None if ref is None else changes(root, ref))
    verdicts = open_cache(root, folder, now) if cached else None
    checked = run(
        folder.files,
        not_files=folder.not_files,
        asked=asked,
        loader=when_needed.load,
        catalog=when_needed.Schemas(),
        pool=ProcessPool(jobs or cores()),
        verdicts=verdicts,
    )
    if verdicts:
        verdicts.close()
    if asked.policy_changed:
        click.echo(f"the policy side differs from {printable(ref or '')}, so every file is told about", err=True)
    told = Told(
        checked.findings,
        checked.requests,
        checked.documents,
        checked.files,
        source=folder.text,
        pages=when_needed.rule_pages,
    )
    tell(told, Telling(form, color, reports))
    context.exit(ExitCode.CLEAN if checked.is_clean else ExitCode.FINDINGS)


def is_cached(*, wanted: bool | None) -> bool:
    """Whether to use the cache: as it was said, else unless this is CI, where a change may have written to anything."""
    return os.environ.get("CI", "").lower() in {"", "0", "false"} if wanted is None else wanted


def changes(root: Path, ref: str) -> frozenset[str]:
    """Return the paths that differ from where `ref` and HEAD went apart. Raises UsageError where there is no such place."""
    from gitops_breakglass.adapters.changed import changed_since

    return changed_since(root, read_folder(root), ref)


def open_cache(root: Path, folder: Folder, now: datetime) -> VerdictCache | None:
    """Return what was said before of the files of this repository; None, with a line to the user, where it can't be trusted."""
    from gitops_breakglass.adapters.program import program_digest
    from gitops_breakglass.adapters.verdict_cache import NotUsedError, VerdictCache, cache_file, cache_home

    try:
        file = cache_file(root, cache_home())
    except NotUsedError as error:
        click.echo(f"the cache is not used: {printable(str(error))}", err=True)
        return None
    return VerdictCache(file, folder.files, program=program_digest(), now=now)


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
