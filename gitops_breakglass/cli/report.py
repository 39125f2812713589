"""`report`: what became of one request, for whoever asks afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitops_breakglass.cli import wiring
from gitops_breakglass.cli.repository import AccessRepository, RepositoryOptions, repository_options
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.exits import ExitCode
from gitops_breakglass.model.policy import ClusterAccess, KubernetesTarget, ManifestsTarget
from gitops_breakglass.model.request import RequestId

if TYPE_CHECKING:
    from gitops_breakglass.core.request_report import RequestReport
    from gitops_breakglass.flows.report_request import LogLines
    from gitops_breakglass.ports import ClusterReader, TraceReader

_FILE = click.Path(dir_okay=False, path_type=Path)
_LOG = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("request", metavar="CLUSTER/NAME")
@click.option(
    "--audit-log", "logs", type=_LOG, multiple=True, help="A file of the API server's audit log, plain or .gz."
)
@click.option("--kubeconfig", metavar="FILE", help="Look with these rights.  [default: as breakglass.yaml says]")
@click.option("--context", "kube_context", metavar="NAME", help="The kubeconfig's context.")
@click.option("--next-request", type=_FILE, help="Write a request for what was used, as requests/CLUSTER/NAME.yaml.")
@click.option("--next-role", type=_FILE, help="Write roles for what was used, for the policy side.")
@wiring.format_choice("text", "json", "markdown", what="the report is")
@repository_options
@click.pass_context
def report(
    context: click.Context,
    request: str,
    logs: tuple[Path, ...],
    kubeconfig: str | None,
    kube_context: str | None,
    next_request: Path | None,
    next_role: Path | None,
    form: str,
    repo: Path,
    branch: str,
    remote: str | None,
) -> None:
    """Tell who had what by a request, what was used of it, and what it left on the cluster; reads only.

    Every object that may be listed is looked at by its metadata alone. How sure it is that something is left by the request
    is told with each: certain by the audit log, else likely or possible; and what can't be seen is told, too.
    The audit log is the one that breakglass.yaml names, or --audit-log, several where it was rotated. Exits with 3 where a file that was asked for can't be written
    honestly, and says why.
    """
    from gitops_breakglass.report.request_report import report_as_markdown, report_as_text
    from gitops_breakglass.report.request_report_json import report_as_json

    wanted = _request_id(request)
    access = AccessRepository(RepositoryOptions(repo, branch, remote))
    for file in (next_request, next_role):
        if file is not None and file.exists():
            raise UsageError(f"{file} is there already", hint="name a file that is not; a request's name is used once")
    target = KubernetesTarget(kubeconfig, kube_context) if kubeconfig or kube_context else None
    with ExitStack() as stack:
        found = _report(wanted, target, access, logs, stack)
    if found.silent_log:
        click.echo(f"{found.silent_log} tells nothing of the time in which access held", err=True)
    write: Callable[[RequestReport], str] = {"json": report_as_json, "markdown": report_as_markdown}.get(
        form, report_as_text
    )
    click.echo(write(found), nl=False)
    problems = [*_next_request(found, next_request, access), *_next_role(found, next_role)]
    for problem in problems:
        click.echo(problem, err=True)
    context.exit(ExitCode.FINDINGS if problems else ExitCode.CLEAN)


def _report(
    wanted: RequestId,
    target: KubernetesTarget | None,
    access: AccessRepository,
    logs: Sequence[Path],
    stack: ExitStack,
) -> RequestReport:
    from gitops_breakglass.adapters.signing import Ed25519Signer
    from gitops_breakglass.flows.report_request import report_request

    configured = _configured(wanted.cluster, access) if target is None else None
    cluster, traces = _opened(wanted.cluster, target, configured, access.options.path, stack)
    files = logs or _configured_log(configured, access.options.path)
    return report_request(cluster, wanted, Ed25519Signer().verify, traces=traces, log=_log(files))


def _configured(name: str, access: AccessRepository) -> ClusterAccess:
    clusters = access.policy().configuration.clusters
    if name not in clusters:
        raise UsageError(
            f"breakglass.yaml has no cluster {name}",
            hint=f"it has {', '.join(sorted(clusters)) or 'none'}; elsewhere, give --kubeconfig",
        )
    return clusters[name]


def _opened(
    name: str, target: KubernetesTarget | None, configured: ClusterAccess | None, repository: Path, stack: ExitStack
) -> tuple[ClusterReader, TraceReader | None]:
    """Open the cluster as whoever asks reaches it; one of `target` and `configured` is there."""
    if configured is not None and isinstance(configured.target, ManifestsTarget):
        from gitops_breakglass.adapters.clock import SystemClock
        from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster

        return ManifestsCluster(name, repository / configured.target.folder, SystemClock()), None
    if configured is not None and isinstance(configured.target, KubernetesTarget):
        target = configured.target
    auditor = wiring.open_auditor(name, target or KubernetesTarget(), stack, repository)
    return auditor, auditor


def _configured_log(configured: ClusterAccess | None, repository: Path) -> tuple[Path, ...]:
    """Return the log that breakglass.yaml names, if it can be read here; that it can't be is said."""
    file = None if configured is None else wiring.audit_file(configured, repository)
    if file is None:
        return ()
    try:
        file.open("rb").close()
    except OSError as error:
        click.echo(f"The audit log {file} of breakglass.yaml can't be read here: {error.strerror}.", err=True)
        return ()
    return (file,)


def _log(files: Sequence[Path]) -> LogLines | None:
    from gitops_breakglass.adapters.audit_log.whole import whole
    from gitops_breakglass.flows.report_request import LogLines

    return LogLines(f"the audit log {', '.join(map(str, files))}", whole(files)) if files else None


def _next_request(found: RequestReport, file: Path | None, access: AccessRepository) -> Iterator[str]:
    """Write the file, and yield what keeps it from being written or what it can't say."""
    from gitops_breakglass.core.next_request import next_request
    from gitops_breakglass.core.read.request_path import read_path
    from gitops_breakglass.report.terminal import printable

    if file is None:
        return
    if found.use is None:
        yield f"{file} is not written: there is no evidence of what was used"
        return
    target = read_path(RequestId(found.statement.cluster, file.stem).path).value
    if target is None or file.suffix != ".yaml":
        raise UsageError(
            f"{file.name} can't be the name of a request",
            hint="lower-case letters, digits and dashes, 52 at most, and .yaml",
        )
    offers = access.policy().configuration.offers
    made = next_request(found.statement, found.use.needed.scopes, target, offers)
    if made.text:
        file.write_text(made.text, encoding="utf-8")
        click.echo(f"Wrote {file}, which fits the offer {', '.join(map(printable, made.offers))}.", err=True)
    for problem in made.problems:
        yield printable(f"{file} is not written: {problem}; --next-role writes roles for the policy side")
    for each in made.beyond:
        yield printable(f"not in {file}: {each}, which was used on the whole cluster; --next-role writes a role for it")


def _next_role(found: RequestReport, file: Path | None) -> Iterator[str]:
    from gitops_breakglass.core.next_request import next_roles

    if file is None:
        return
    if found.use is None or not found.use.needed.scopes:
        yield f"{file} is not written: {'nothing was used' if found.use else 'there is no evidence of what was used'}"
        return
    file.write_text(next_roles(found.statement, found.use.needed.scopes), encoding="utf-8")
    click.echo(f"Wrote {file}.", err=True)


def _request_id(text: str) -> RequestId:
    cluster, _, name = text.partition("/")
    if not cluster or not name:
        raise UsageError(f"{text!r} is no request", hint="write it as CLUSTER/NAME")
    return RequestId(cluster, name)
