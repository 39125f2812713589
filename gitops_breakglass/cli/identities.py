"""`identities`: who is who, against the forge."""

from __future__ import annotations

from pathlib import Path

import click

from gitops_breakglass.cli import repository
from gitops_breakglass.cli.telling import Telling, tell, telling_options
from gitops_breakglass.model.exits import ExitCode


@click.group()
def identities() -> None:
    """Compare identities.yaml with the forge."""


@identities.command()
@repository.repository_options
@telling_options
@click.pass_context
def check(
    context: click.Context,
    repo: Path,
    branch: str,
    remote: str | None,
    form: str,
    color: str,
    reports: list[tuple[str, Path]],
) -> None:
    """Look up every account and team of identities.yaml at the forge.

    Tells of accounts that are gone or called otherwise, of teams that the token can't see, of members who have no entry,
    and what `check` finds in the file. It reads the file as it lies in the folder, so that a change can be looked at before
    it is proposed.

    Exits with 0 where nothing is wrong, with 3 where something is, with 7 where something could not be found out.
    """
    from gitops_breakglass.adapters import when_needed
    from gitops_breakglass.adapters.folder import read_folder
    from gitops_breakglass.core.read.kinds import IDENTITIES
    from gitops_breakglass.flows.identities import check_identities, is_known
    from gitops_breakglass.report.findings.told import Told

    options = repository.RepositoryOptions(repo, branch, remote)
    folder = read_folder(repo)
    forge = repository.AccessRepository(options).sources().forge
    findings = check_identities(folder.files, forge, loader=when_needed.load, catalog=when_needed.Schemas())
    told = Told(findings, documents=1, files=(IDENTITIES,), source=folder.text, pages=when_needed.rule_pages)
    tell(told, Telling(form, color, reports))
    if any(each.is_error for each in findings):
        context.exit(ExitCode.FINDINGS)
    context.exit(ExitCode.CLEAN if is_known(findings) else ExitCode.UNREACHABLE)
