"""`preview`: when the access of a request would hold."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitops_breakglass.cli import wiring
from gitops_breakglass.cli.repository import AccessRepository, RepositoryOptions, repository_options
from gitops_breakglass.model.errors import BreakglassError, UsageError
from gitops_breakglass.model.exits import ExitCode
from gitops_breakglass.model.window import parse_time

if TYPE_CHECKING:
    from gitops_breakglass.core.timing import Timing
    from gitops_breakglass.flows.preview import Previewed
    from gitops_breakglass.model.request import RequestId

_MOST = 1000


@click.command()
@click.argument("request")
@click.option(
    "--from", "since", metavar="TIME", help="Look from this time on, as 2026-01-31T09:00:00Z.  [default: now]"
)
@click.option(
    "--count",
    type=click.IntRange(1, _MOST),
    default=10,
    show_default=True,
    help="How many windows are told; those that touch or overlap are one.",
)
@click.option("--zone", metavar="NAME", help="Tell times in this zone too, as Europe/Berlin.")
@click.option("--offline", is_flag=True, help="Ask no cluster how CLUSTER/NAME was decided.")
@wiring.format_choice("text", "json", "markdown", what="the windows are")
@repository_options
@click.pass_context
def preview(
    context: click.Context,
    request: str,
    since: str | None,
    count: int,
    zone: str | None,
    offline: bool,  # noqa: FBT001 - click gives all by name
    form: str,
    repo: Path,
    branch: str,
    remote: str | None,
) -> None:
    """Tell when the access of REQUEST would hold: the next windows, in UTC and in the zone of its schedule.

    REQUEST is a file, wherever it lies, or CLUSTER/NAME of the access repository. A file is taken as if it were merged at
    --from. Of CLUSTER/NAME it is told how it was decided, where its cluster can be read and has a decision; else it
    is taken as its file in the work tree, and that is said. Exits with 3 where the file can't be read as a request.
    """
    from gitops_breakglass.adapters.clock import SystemClock

    at = SystemClock().now() if since is None else _time(since)
    _known(zone)
    wanted = None if Path(request).is_file() else _request_id(request)
    decided = None
    if wanted is not None and not offline:
        decided = _decided(wanted, RepositoryOptions(repo, branch, remote), at, count)
    if decided is not None:
        _tell(decided, form, zone)
        return
    place = Path(request) if wanted is None else _file_of(wanted, repo)
    done = _of_file(place, at, count)
    if done.findings:
        from gitops_breakglass.report.findings.text import as_text

        click.echo(as_text(done.findings), nl=False, err=True)
    if done.timing is None:
        context.exit(ExitCode.FINDINGS)
    _tell(done.timing, form, zone)


def _of_file(place: Path, at: datetime, count: int) -> Previewed:
    """Read a file, with the policy side of the access repository that it lies in, if any."""
    import sys

    from gitops_breakglass.adapters import when_needed
    from gitops_breakglass.adapters.folder import read_folder, root_of
    from gitops_breakglass.adapters.stream import read_bounded
    from gitops_breakglass.flows.preview import preview_file

    content = read_bounded(str(place), sys.stdin.buffer)[1]
    root = root_of(place.parent)
    return preview_file(
        str(place),
        content,
        {} if root is None else read_folder(root, within=("policies",)).files,
        loader=when_needed.load,
        schemas=when_needed.Schemas(),
        at=at,
        count=count,
        cluster=None if root is None else _cluster_of(place.absolute().relative_to(root)),
    )


def _cluster_of(path: Path) -> str | None:
    from gitops_breakglass.core.read.request_path import read_path

    found = read_path(path.as_posix()).value
    return None if found is None else found.cluster


def _decided(wanted: RequestId, options: RepositoryOptions, at: datetime, count: int) -> Timing | None:
    """Return what the cluster says was decided; where it can't be asked, that is said, and it is none."""
    from gitops_breakglass.adapters.signing import Ed25519Signer
    from gitops_breakglass.flows.preview import preview_record
    from gitops_breakglass.report.terminal import printable

    try:
        accesses = AccessRepository(options).policy().configuration.clusters
        with wiring.open_clusters(accesses, (wanted.cluster,), options.path) as (cluster,):
            return preview_record(cluster, wanted, Ed25519Signer().verify, at=at, count=count)
    except BreakglassError as error:
        click.echo(f"how {wanted} was decided is not known here: {printable(error.message)}", err=True)
        return None


def _file_of(wanted: RequestId, repo: Path) -> Path:
    from gitops_breakglass.adapters.folder import root_of

    place = (root_of(repo) or repo) / wanted.path
    if not place.is_file():
        raise UsageError(
            f"there is no file {wanted.path}, nor is a decision on {wanted} known here",
            hint="give the path of a request file, or CLUSTER/NAME of one in the access repository (--repo); "
            "of a change that is not merged, `gate --change` shows the windows",
        )
    return place


def _request_id(text: str) -> RequestId:
    from gitops_breakglass.core.read.request_path import read_path
    from gitops_breakglass.model.request import RequestId

    cluster, _, name = text.partition("/")
    found = read_path(RequestId(cluster, name).path).value
    if found is None:
        raise UsageError(
            f"{text!r} is neither a file nor a request", hint="give the path of a request file, or CLUSTER/NAME"
        )
    return found


def _tell(timing: Timing, form: str, zone: str | None) -> None:
    from gitops_breakglass.report import preview as report

    written = {
        "text": report.preview_as_text,
        "json": report.preview_as_json,
        "markdown": report.preview_as_markdown,
    }
    click.echo(written[form](timing, zone), nl=False)


def _known(zone: str | None) -> None:
    from gitops_breakglass.core.zones import is_zone

    if zone is not None and not is_zone(zone):
        raise UsageError(f"--zone: there is no time zone {zone!r}", hint="as in --zone Europe/Berlin")


def _time(text: str) -> datetime:
    try:
        return parse_time(text)
    except ValueError as error:
        raise UsageError(f"--from: {error}", hint="as in --from 2026-01-31T09:00:00Z") from error
