"""`approve`: sign an approval of a request, or of a change of the policy side, on the local forge."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitops_breakglass.cli.repository import AccessRepository, RepositoryOptions, repository_options
from gitops_breakglass.cli.request import signing_key_option
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.report.terminal import printable

if TYPE_CHECKING:
    from gitops_breakglass.flows.ask.approve import Proposal


@click.command()
@click.argument("request", metavar="[CLUSTER/NAME]", required=False)
@click.option("--policy", metavar="BRANCH", help="Approve a branch that changes the policy side instead.")
@click.option("--reason", default="", help="Why it is approved; it becomes the message of the tag.")
@click.option("--as", "person", metavar="PERSON", help="Make sure that the key is this person's.")
@click.option("--yes", is_flag=True, help="Do not ask before signing.")
@signing_key_option
@repository_options
def approve(
    request: str | None,
    policy: str | None,
    reason: str,
    person: str | None,
    yes: bool,  # noqa: FBT001 - click passes every option by name
    key: str | None,
    repo: Path,
    branch: str,
    remote: str | None,
) -> None:
    """Approve the request CLUSTER/NAME: show it, then sign a tag on the head of its branch.

    On a terminal it asks before it signs. It is for the local forge; at GitHub and GitLab a review approves.
    """
    from gitops_breakglass.adapters.clock import SystemClock
    from gitops_breakglass.adapters.worktree import WorkTree
    from gitops_breakglass.flows.ask.approve import approve as sign
    from gitops_breakglass.flows.ask.approve import policy_proposal, request_proposal
    from gitops_breakglass.flows.ask.request import request_id

    if (request is None) == (policy is None):
        raise UsageError("say what is approved", hint="give either CLUSTER/NAME or --policy BRANCH")
    sources = AccessRepository(RepositoryOptions(repo, branch, remote)).sources()
    clone = WorkTree(repo, key, remote or "origin")
    now = SystemClock().now()
    if policy is not None:
        proposal = policy_proposal(policy, sources=sources, clone=clone, person=person, now=now)
    else:
        cluster, _, name = (request or "").partition("/")
        wanted = request_id(cluster, name)
        proposal = request_proposal(wanted, sources=sources, clone=clone, person=person, now=now)
    for line in _shown(proposal):
        click.echo(line)
    if not yes and sys.stdin.isatty():
        click.confirm(f"Sign this as {proposal.approver}?", abort=True)
    sign(proposal, clone=clone, reason=reason)
    click.echo(f"Approved by {proposal.approver}: tag {proposal.tag} on {proposal.head[:12]}.")
    if clone.has_remote():
        force = "--force " if proposal.replaces else ""
        click.echo(f"Next:\n  git push {force}{clone.remote} refs/tags/{proposal.tag}")


def _shown(proposal: Proposal) -> Iterator[str]:
    """Say what would be approved; whatever others wrote is made safe for a terminal."""
    author = proposal.author or "somebody whom the signatures do not name"
    yield f"{printable(proposal.what)}, proposed by {author}, on {printable(proposal.branch)} at {proposal.head[:12]}:"
    if proposal.content is None:
        yield from (f"  {each.status} {printable(each.path)}" for each in proposal.files)
        yield f"  (git diff --merge-base HEAD {proposal.head[:12]} shows the changes)"
    else:
        text = proposal.content.decode("utf-8", "backslashreplace")
        yield from (f"  {printable(line)}" for line in text.split("\n") if line)
    if proposal.is_own:
        yield "You proposed this yourself: your approval counts only where self-approval is allowed."
