"""`explain`: may somebody do something on a cluster, through what, and what would change the answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitops_breakglass.cli import wiring
from gitops_breakglass.cli.repository import AccessRepository, RepositoryOptions, repository_options
from gitops_breakglass.model.errors import BreakglassError, UsageError
from gitops_breakglass.model.exits import ExitCode

if TYPE_CHECKING:
    from gitops_breakglass.flows.sources import Sources
    from gitops_breakglass.model.deny import Ask
    from gitops_breakglass.ports import ClusterReader


@click.command()
@click.argument("subject")
@click.argument("verb")
@click.argument("resource", metavar="RESOURCE[/SUB]")
@click.argument("name", required=False, default="")
@click.option("--cluster", required=True, metavar="NAME", help="The cluster that it is about.")
@click.option("-n", "--namespace", default="", metavar="NS", help="The namespace; without one, none or all of them.")
@click.option("--group", default=None, metavar="API-GROUP", help="The resource's API group.  [default: the core group]")
@click.option("--at", "time", default=None, metavar="TIME", help="When, as 2026-01-31T09:00:00Z.  [default: now]")
@click.option("--pod", "pod_file", metavar="FILE", help="The pod as the API has it.  [default: the cluster's]")
@click.option(
    "--namespace-labels", "labels", metavar="K=V,…", help="Labels of the namespace.  [default: the cluster's]"
)
@click.option("--no-cluster", is_flag=True, help="Answer from the repository alone, and say what that leaves open.")
@repository_options
@wiring.format_option
@click.pass_context
def explain(
    context: click.Context,
    subject: str,
    verb: str,
    resource: str,
    name: str,
    cluster: str,
    namespace: str,
    group: str | None,
    time: str | None,
    pod_file: str | None,
    labels: str | None,
    no_cluster: bool,  # noqa: FBT001 - click gives all by name
    repo: Path,
    branch: str,
    remote: str | None,
    form: str,
) -> None:
    """Tell whether a grant lets SUBJECT do VERB on RESOURCE, through what, what stops it, and the smallest change.

    SUBJECT is a name of identities.yaml, an e-mail, or a username of the cluster. RESOURCE is as rules have it, pods/exec
    say, also as deployments.apps; with a slash in front it is a URL. What SUBJECT may do without any grant is the cluster's own
    matter, and not looked at. Everything is read, nothing is changed.

    Exits with 0 where the answer is yes, with 3 where it is no, with 7 where it could not be found out.
    """
    from gitops_breakglass.adapters.clock import SystemClock
    from gitops_breakglass.adapters.signing import Ed25519Signer
    from gitops_breakglass.cli.policy import read_labels, read_pod_file
    from gitops_breakglass.flows.explain import Asked
    from gitops_breakglass.flows.explain import explain as run
    from gitops_breakglass.model.explanation import Reply
    from gitops_breakglass.report.explanation import explanation_as_json, explanation_as_text

    ask = read_ask(verb, resource, name, namespace, group)
    asked = Asked(
        subject,
        cluster,
        ask,
        at=read_time(time),
        pod=read_pod_file(pod_file, ask),
        labels=None if labels is None else read_labels(labels),
    )
    access = AccessRepository(RepositoryOptions(repo, branch, remote))
    with _reading(access, cluster, repo, alone=no_cluster) as (sources, reader):
        said = run(asked, sources, reader, verify=Ed25519Signer().verify, now=SystemClock().now())
    click.echo(explanation_as_json(said) if form == "json" else explanation_as_text(said), nl=False)
    codes = {Reply.YES: ExitCode.CLEAN, Reply.NO: ExitCode.FINDINGS, Reply.UNKNOWN: ExitCode.UNREACHABLE}
    context.exit(codes[said.reply])


@contextmanager
def _reading(
    access: AccessRepository, cluster: str, repo: Path, *, alone: bool
) -> Iterator[tuple[Sources, ClusterReader | None]]:
    """Open what is to be read: the repository alone, or with the forge and the cluster."""
    if alone:
        yield access.alone(), None
        return
    with wiring.open_clusters(access.policy().configuration.clusters, [cluster], repo) as (opened,):
        try:
            sources = access.refreshed()
        except BreakglassError as error:
            # Who has access now is asked most while the forge is down; the records on the cluster say it.
            click.echo(f"the forge can't be asked: {error.in_one_line()}", err=True)
            sources = access.alone()
        yield sources, opened


def read_ask(verb: str, resource: str, name: str, namespace: str, group: str | None) -> Ask:
    """Return the call of the words of the command line. Raises UsageError where they contradict each other."""
    from gitops_breakglass.model.deny import Ask

    if resource.startswith("/"):
        if name or namespace or group:
            raise UsageError("a URL has no name, namespace or group", hint="leave them out")
        return Ask(verb=verb, path=resource)
    kind, _, subresource = resource.partition("/")
    kind, dot, own = kind.partition(".")
    if dot and group not in (None, own):
        raise UsageError(f"{resource} is of group {own}, and --group says {group}", hint="leave one of them out")
    return Ask(verb, own if dot else group or "", kind, subresource, namespace, name)


def read_time(text: str | None) -> datetime | None:
    """Return the time of an option; None for none. Raises UsageError where it is no time."""
    from gitops_breakglass.model.window import parse_time

    try:
        return None if text is None else parse_time(text)
    except ValueError as error:
        raise UsageError(f"--at: {error}", hint="RFC 3339, with `Z` or an offset") from error
