"""`ledger`: what was decided, granted and ended, verified, shown, exported, and anchored outside of the cluster."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitops_breakglass.cli import wiring
from gitops_breakglass.cli.repository import AccessRepository, RepositoryOptions, repository_options
from gitops_breakglass.cli.request import signing_key_option
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.exits import ExitCode

if TYPE_CHECKING:
    from gitops_breakglass.model.ledger import Anchor, LedgerReport

file_option = click.option(
    "--file",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read what `ledger export` has written instead of clusters.",
)


@click.group()
def ledger() -> None:
    """Verify, show, export or anchor the ledger of what was decided, granted and ended.

    Each cluster has a ledger of its own. A reconciler writes and signs it, and each entry holds the hash of the one before.
    """


@ledger.command()
@file_option
@click.option(
    "--anchor", "anchors", multiple=True, metavar="HASH", help="An entry that has to be in it: HASH, or NUMBER:HASH."
)
@repository_options
@wiring.cluster_option
@wiring.format_option
@click.pass_context
def verify(
    context: click.Context,
    file: Path | None,
    anchors: tuple[str, ...],
    repo: Path,
    branch: str,
    remote: str | None,
    clusters: tuple[str, ...],
    form: str,
) -> None:
    """Tell whether the ledger holds: no entry edited, missing, doubled, forked, rolled back or of elsewhere.

    It is held against the cluster's checkpoint and records, against each --anchor, and against the signed tags
    breakglass/ledger/CLUSTER/NUMBER of the clone. Exits with 3 where anything is wrong, and with 7 where a cluster could
    not be read. An --anchor is of one ledger, so name its cluster or a file.
    """
    from gitops_breakglass.core.ledger_anchor import read_anchor
    from gitops_breakglass.report.ledger import verify_as_json, verify_as_text

    given = [read_anchor(each) for each in anchors]
    if given and file is None and len(clusters) != 1:
        raise UsageError("an anchor is of one ledger", hint="name its cluster with --cluster, or an export with --file")
    reports = _reports(AccessRepository(RepositoryOptions(repo, branch, remote)), clusters, file, given)
    click.echo(verify_as_json(reports) if form == "json" else verify_as_text(reports), nl=False)
    context.exit(_exit(reports))


@ledger.command()
@file_option
@repository_options
@wiring.cluster_option
@wiring.format_option
@click.pass_context
def show(
    context: click.Context,
    file: Path | None,
    repo: Path,
    branch: str,
    remote: str | None,
    clusters: tuple[str, ...],
    form: str,
) -> None:
    """Tell who had what, from whom approved, when, and how late it ended.

    Only what holds is shown. Exits as `ledger verify` does.
    """
    from gitops_breakglass.core.ledger_story import episodes
    from gitops_breakglass.report.ledger import show_as_json, show_as_text

    reports = _reports(AccessRepository(RepositoryOptions(repo, branch, remote)), clusters, file, ())
    told = [each for report in reports if report.verdict for each in episodes(report.verdict.entries)]
    click.echo(show_as_json(told) if form == "json" else show_as_text(told), nl=False)
    for report in reports:
        if report.verdict is None or report.verdict.findings:
            click.echo(f"{report.source}: not all of it is shown; run `gitops-breakglass ledger verify`", err=True)
    context.exit(_exit(reports))


@ledger.command()
@repository_options
@wiring.cluster_option
def export(repo: Path, branch: str, remote: str | None, clusters: tuple[str, ...]) -> None:
    """Write every entry of one cluster's ledger as a line of JSON, signature and all, to be kept elsewhere.

    `ledger verify --file` verifies it without the cluster.
    """
    from gitops_breakglass.flows.ledger import lines_on
    from gitops_breakglass.report.ledger import exported

    accesses = AccessRepository(RepositoryOptions(repo, branch, remote)).policy().configuration.clusters
    with wiring.open_clusters(accesses, clusters, repo) as opened:
        if len(opened) != 1:
            raise UsageError(
                "an export is of one ledger", hint=f"name one of {', '.join(sorted(accesses))} with --cluster"
            )
        click.echo(exported(lines_on(opened[0])), nl=False)


@ledger.command()
@click.option("--tag", is_flag=True, help="Sign a tag on it in the clone, as `approve` does.")
@signing_key_option
@repository_options
@wiring.cluster_option
@click.pass_context
def anchor(
    context: click.Context,
    tag: bool,  # noqa: FBT001 - click passes every option by name
    key: str | None,
    repo: Path,
    branch: str,
    remote: str | None,
    clusters: tuple[str, ...],
) -> None:
    """Print the last entry of each ledger that holds, as NUMBER:HASH, to be kept where nobody who writes it can.

    With --tag it is signed into the clone as the tag breakglass/ledger/CLUSTER/NUMBER; push that to a place where tags
    can't be deleted. Exits as `ledger verify` does.
    """
    from gitops_breakglass.adapters.worktree import WorkTree
    from gitops_breakglass.flows.ledger import anchor as sign

    repository = AccessRepository(RepositoryOptions(repo, branch, remote))
    reports = _reports(repository, clusters, None, ())
    clone = WorkTree(repo, key, remote or "origin")
    for report in reports:
        if report.verdict is None or report.verdict.findings:
            click.echo(f"{report.source}: it does not hold; run `gitops-breakglass ledger verify`", err=True)
            continue
        click.echo(f"{report.source} {report.verdict.head}")
        if tag:
            name = sign(report, clone=clone, commit=repository.policy().commit)
            click.echo(f"Signed: tag {name}.")
            if clone.has_remote():
                click.echo(f"Next:\n  git push {clone.remote} refs/tags/{name}")
    context.exit(_exit(reports))


def _reports(
    repository: AccessRepository, clusters: tuple[str, ...], file: Path | None, given: Sequence[Anchor]
) -> list[LedgerReport]:
    from gitops_breakglass.adapters.gitrepo import GitRepository
    from gitops_breakglass.adapters.ledger_tags import LedgerTags
    from gitops_breakglass.adapters.signing import Ed25519Signer
    from gitops_breakglass.flows.ledger import verify_cluster, verify_export

    policy, path = repository.policy(), repository.options.path
    proves = Ed25519Signer().verify
    if file is not None:
        if clusters:
            raise UsageError("--file is read instead of a cluster", hint="leave --cluster out")
        return [verify_export(file.read_bytes(), str(file), proves, policy, given=given)]
    tags = LedgerTags(GitRepository(path))
    with wiring.open_clusters(policy.configuration.clusters, clusters, path) as opened:
        return [verify_cluster(each, proves, given=given, tags=tags, policy=policy) for each in opened]


def _exit(reports: Sequence[LedgerReport]) -> ExitCode:
    """Findings weigh more than what could not be read: they are certain."""
    if any(report.verdict is not None and report.verdict.findings for report in reports):
        return ExitCode.FINDINGS
    return ExitCode.UNREACHABLE if any(report.verdict is None for report in reports) else ExitCode.CLEAN
