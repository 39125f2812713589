"""`init`: a new access repository, with which `check` has nothing to find."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.policy import KubernetesTarget, ManifestsTarget, Target
from gitops_breakglass.model.window import parse_duration

if TYPE_CHECKING:
    from gitops_breakglass.flows.init import NewPerson


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--cluster", default="my-cluster", show_default=True, metavar="NAME", help="The first cluster.")
@click.option(
    "--person",
    "people",
    nargs=3,
    multiple=True,
    metavar="NAME EMAIL KEY",
    help="Somebody and the file of their public SSH key; several times for several. The first may ask, all others "
    "approve.  [default: you, as git is configured]",
)
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
    kubeconfig: str | None,
    kube_context: str | None,
    key: Path | None,
    min_duration: str | None,
) -> None:
    """Make a new access repository in FOLDER.

    It is a git repository with one cluster, one escalation and the people you name, ready for `check`, `install` and
    `request`. The reconciler's private key is written beside it, not into it.
    """
    from gitops_breakglass.adapters import yamlfile
    from gitops_breakglass.adapters.bundled import schema_catalog
    from gitops_breakglass.adapters.new_repository import NewRepository
    from gitops_breakglass.flows.init import Wanted
    from gitops_breakglass.flows.init import init as run

    name = folder.absolute().name
    key_file = key or folder.with_name(f"{name}-reconciler.key")
    try:
        shortest = None if min_duration is None else parse_duration(min_duration)
    except ValueError as error:
        raise UsageError(f"--min-duration: {error}", hint="as in --min-duration 30s") from error
    ground = NewRepository(folder, key_file)
    persons = tuple(_people(people))
    wanted = Wanted(name, cluster, _target(cluster, kubeconfig, kube_context), persons, shortest)
    made = run(wanted, ground=ground, loader=yamlfile.load, catalog=schema_catalog())
    click.echo(f"made {folder} at {made.commit[:12]}:")
    for path in made.files:
        click.echo(f"  {path}")
    click.echo(f"The reconciler's private key is {key_file}: keep it out of git, where decisions are to be signed.")
    if len(persons) == 1:
        click.echo(
            f"{persons[0].name} is alone, and nobody approves their own request: add a second person to identities.yaml."
        )
    click.echo(f"Next:\n  cd {folder} && gitops-breakglass install --cluster {cluster} --apply")


def _target(cluster: str, kubeconfig: str | None, kube_context: str | None) -> Target:
    if kubeconfig or kube_context:
        return KubernetesTarget(kubeconfig, kube_context)
    return ManifestsTarget(f"out/{cluster}")


def _people(given: tuple[tuple[str, str, str], ...]) -> Iterator[NewPerson]:
    from gitops_breakglass.adapters.new_repository import configured_person, public_key_in

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
    from gitops_breakglass.flows.init import NewPerson

    try:
        return NewPerson(name, email, parse_public_key(key).text)
    except ValueError as error:
        raise UsageError(
            f"the key of {name} is no public SSH key: {error}", hint="give a file ending in .pub"
        ) from error
