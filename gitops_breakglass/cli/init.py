"""`init`: a new access repository, with which `check` has nothing to find."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.identity import Provider
from gitops_breakglass.model.policy import KubernetesTarget, ManifestsTarget, Target
from gitops_breakglass.model.window import parse_duration

if TYPE_CHECKING:
    from gitops_breakglass.flows.init.forge import NewForge
    from gitops_breakglass.flows.init.repository import NewPerson


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--cluster", default="my-cluster", show_default=True, metavar="NAME", help="The first cluster.")
@click.option(
    "--person",
    "people",
    nargs=3,
    multiple=True,
    metavar="NAME EMAIL KEY",
    help="Somebody and the file of their public SSH key (local forge); once for each. All may ask, and "
    "all but the first approve.  [default: you, as git is configured]",
)
@click.option(
    "--account",
    "accounts",
    nargs=4,
    multiple=True,
    metavar="NAME EMAIL ID LOGIN",
    help="Somebody and the number and name of their account at GitHub or GitLab; once for each, as --person.",
)
@click.option(
    "--forge",
    type=click.Choice([each.value for each in Provider]),
    default=Provider.LOCAL.value,
    show_default=True,
    help="Where changes are reviewed; `local` is plain git.",
)
@click.option("--repository-id", metavar="NUMBER", help="The forge's number of the repository.")
@click.option("--repository-url", metavar="URL", help="Its address in a browser, as https://github.com/acme/access.")
@click.option("--api-url", metavar="URL", help="The address of the forge's API, where it is not the public one.")
@click.option(
    "--tool-ref",
    metavar="REPOSITORY@COMMIT",
    help="Where CI takes this program from: a repository of the same forge and a whole commit hash.",
)
@click.option("--image", metavar="IMAGE@DIGEST", help="The image with this program that GitLab's jobs run in.")
@click.option(
    "--kubeconfig",
    metavar="FILE",
    help="Reach the cluster by this file, as seen from FOLDER, instead of writing into a folder.",
)
@click.option("--context", "kube_context", metavar="NAME", help="Reach it by this context.")
@click.option(
    "--key",
    type=click.Path(path_type=Path),
    help="Where the reconciler's private key is written.  [default: FOLDER-reconciler.key]",
)
@click.option("--min-duration", metavar="DURATION", help="The shortest access that may be asked for.  [default: 60s]")
def init(
    folder: Path,
    cluster: str,
    people: tuple[tuple[str, str, str], ...],
    accounts: tuple[tuple[str, str, str, str], ...],
    forge: str,
    repository_id: str | None,
    repository_url: str | None,
    api_url: str | None,
    tool_ref: str | None,
    image: str | None,
    kubeconfig: str | None,
    kube_context: str | None,
    key: Path | None,
    min_duration: str | None,
) -> None:
    """Make a new access repository in FOLDER.

    It is a git repository with one cluster, one escalation and the people you name, ready for `check`, `install` and
    `request`. The reconciler's private key is written beside it, not into it.

    With --forge github or gitlab it has the CI that runs it, owners of its rules, and a page for those who ask: give
    --repository-id, --repository-url, --tool-ref and each --account; for GitLab --image too.
    """
    from gitops_breakglass.adapters import yamlfile
    from gitops_breakglass.adapters.bundled import schema_catalog
    from gitops_breakglass.adapters.new_repository import NewRepository
    from gitops_breakglass.flows.init.repository import Wanted
    from gitops_breakglass.flows.init.repository import init as run

    name = folder.absolute().name
    key_file = key or folder.with_name(f"{name}-reconciler.key")
    try:
        shortest = None if min_duration is None else parse_duration(min_duration)
    except ValueError as error:
        raise UsageError(f"--min-duration: {error}", hint="as in --min-duration 30s") from error
    at = new_forge_of(Provider(forge), repository_id, repository_url, tool_ref, api_url, image)
    ground = NewRepository(folder, key_file)
    persons = tuple(_with_accounts(accounts, people) if at else _people(people, accounts))
    target = _target(cluster, kubeconfig, kube_context, within_reach=at is not None)
    wanted = Wanted(name, cluster, target, persons, shortest, at)
    made = run(wanted, ground=ground, loader=yamlfile.load, catalog=schema_catalog())
    click.echo(f"made {folder} at {made.commit[:12]}:")
    for path in made.files:
        click.echo(f"  {path}")
    click.echo(f"The reconciler's private key is {key_file}: it signs decisions, so keep it out of git.")
    if len(persons) == 1:
        click.echo(
            f"{persons[0].name} is alone, and nobody approves their own request: add a second person to identities.yaml."
        )
    click.echo(f"Next:\n  cd {folder} && gitops-breakglass install --cluster {cluster} --apply")
    if at:
        click.echo(f"  git remote add origin {at.url}.git && git push --set-upstream origin main")
        click.echo(
            "  put the private key where CI has it, then delete the file; protect the branch: docs/ci.md of this program"
        )


def new_forge_of(
    provider: Provider,
    repository: str | None,
    url: str | None,
    tool: str | None,
    api_url: str | None,
    image: str | None,
) -> NewForge | None:
    """Return the forge that the options name, or None for plain git. Raises UsageError."""
    from gitops_breakglass.flows.init.forge import new_forge

    if provider is not Provider.LOCAL:
        return new_forge(provider, repository, url, tool, api_url, image)
    if any((repository, url, tool, api_url, image)):
        raise UsageError("plain git has no address, number or CI", hint="say --forge github or --forge gitlab as well")
    return None


def _target(cluster: str, kubeconfig: str | None, kube_context: str | None, *, within_reach: bool) -> Target:
    if kubeconfig or kube_context:
        return KubernetesTarget(kubeconfig, kube_context)
    # What a job of a forge writes into a folder is gone with the job.
    return KubernetesTarget(context=cluster) if within_reach else ManifestsTarget(f"out/{cluster}")


def _with_accounts(
    given: tuple[tuple[str, str, str, str], ...], keys: tuple[tuple[str, str, str], ...]
) -> Iterator[NewPerson]:
    from gitops_breakglass.flows.init.repository import NewPerson

    if keys or not given:
        raise UsageError(
            "at a forge people are known by their accounts", hint="name each: --account NAME EMAIL ID LOGIN"
        )
    for name, email, number, login in given:
        if not re.fullmatch(r"[1-9][0-9]{0,18}", number, re.ASCII):
            raise UsageError(f"the account of {name} has no number {number!r}", hint="--account NAME EMAIL ID LOGIN")
        yield NewPerson(name, email, account=(int(number), login))


def _people(
    given: tuple[tuple[str, str, str], ...], accounts: tuple[tuple[str, str, str, str], ...]
) -> Iterator[NewPerson]:
    from gitops_breakglass.adapters.new_repository import configured_person, public_key_in

    if accounts:
        raise UsageError("in plain git people are known by their keys", hint="say --forge, or --person NAME EMAIL KEY")
    if not given:
        configured = configured_person()
        if configured is None:
            raise UsageError(
                "git is not configured with an e-mail and an SSH key to sign with, so nobody is known who could ask",
                hint="name somebody: --person NAME EMAIL ~/.ssh/id_ed25519.pub",
            )
        email, key = configured
        yield _person(re.sub(r"[^A-Za-z0-9_-]+", "-", email.partition("@")[0]).strip("-"), email, key)
    for name, email, file in given:
        yield _person(name, email, public_key_in(Path(file)))


def _person(name: str, email: str, key: str) -> NewPerson:
    from gitops_breakglass.core.read.ssh_key import parse_public_key
    from gitops_breakglass.flows.init.repository import NewPerson

    try:
        return NewPerson(name, email, parse_public_key(key).text)
    except ValueError as error:
        raise UsageError(
            f"the key of {name} is no public SSH key: {error}", hint="give a file ending in .pub"
        ) from error
