"""From options to the access repository and its forge: which clone, which branch, whose word counts."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitops_breakglass.flows.sources import Sources
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.forge import forge_of
from gitops_breakglass.model.identity import Provider
from gitops_breakglass.model.policy import Configuration, PolicySide
from gitops_breakglass.model.request import Request
from gitops_breakglass.ports import Desk

if TYPE_CHECKING:
    # Git and the forges are loaded where they are asked for.
    from gitops_breakglass.adapters.fetch import Heads
    from gitops_breakglass.adapters.forge.access import ForgeAccess
    from gitops_breakglass.adapters.forge.github.forge import GithubForge
    from gitops_breakglass.adapters.forge.gitlab.forge import GitlabForge
    from gitops_breakglass.adapters.gitrepo import GitRepository

USUAL_REMOTE = "origin"
"""The remote that a forge's changes are read from, where none is named."""


@dataclass(frozen=True)
class RepositoryOptions:
    """Where the access repository is, and which branch counts."""

    path: Path
    branch: str
    remote: str | None


@dataclass(frozen=True)
class AccessRepository:
    """The access repository as one command meets it. What was read of commits is kept, however branches move."""

    options: RepositoryOptions

    def policy(self) -> PolicySide:
        """Return the newest policy side that can be read as the clone has it: how clusters are reached, and what to show.

        Raises UsageError where there is none.
        """
        return policy_at_tip(self._clone[1])

    def sources(self) -> Sources:
        """Return the readers as the clone has the repository now, with the forge that its configuration names.

        Raises UsageError where no policy side can be read, or that forge may not be asked from here.
        """
        git, plain = self._clone
        configuration = self.policy().configuration
        if configuration.provider is Provider.LOCAL:
            return plain
        return replace(plain, forge=self._forge(git, configuration))

    def alone(self) -> Sources:
        """Return the readers of the clone as it is now; no forge is asked by any of them."""
        return self._clone[1]

    def refreshed(self) -> Sources:
        """Return what `sources` returns, after fetching the default branch from the forge.

        Plain git is read as of its last fetch, which is its owner's matter. Raises RepositoryError too, where the
        branch can't be fetched.
        """
        git, _ = self._clone
        configuration = self.policy().configuration
        if configuration.provider is not Provider.LOCAL:
            self._heads(git, configuration).update_default_branch()
        return self.sources()

    def newest(self) -> str:
        """Return the commit at which the default branch is now, at the forge where there is one; raises what `refreshed` raises."""
        git, plain = self._clone
        configuration = self.policy().configuration
        if configuration.provider is not Provider.LOCAL:
            self._heads(git, configuration).update_default_branch()
        return plain.repository.tip()

    def desk(self) -> Desk:
        """Return where changes are opened and commented on. Raises UsageError for plain git, which has no such place."""
        git, _ = self._clone
        configuration = self.policy().configuration
        if configuration.provider is Provider.LOCAL:
            raise UsageError(
                "plain git has no place where changes are opened or commented on",
                hint="forge.provider in breakglass.yaml says which forge there is",
            )
        return self._forge(git, configuration)

    @cached_property
    def _clone(self) -> tuple[GitRepository, Sources]:
        """The branch that counts, and its readers with plain git for a forge.

        What counts at a forge is what the forge has; a local branch may hold more, or less. So without a remote that is
        named, a clone whose configuration has a forge is read at the usual remote, and one that has no such branch too.
        """
        from gitops_breakglass.adapters.gitrepo import GitRepository

        path, branch, remote = self.options.path, self.options.branch, self.options.remote
        named = GitRepository(path, branch=branch, remote=remote)
        here = named, self._readers(named)
        usual = GitRepository(path, branch=branch, remote=USUAL_REMOTE)
        if remote is not None or usual.resolve(f"refs/remotes/{USUAL_REMOTE}/{branch}") is None:
            return here
        is_here = named.resolve(f"refs/heads/{branch}") is not None
        if is_here and policy_at_tip(here[1]).configuration.provider is Provider.LOCAL:
            return here
        return usual, self._readers(usual)

    def _forge(self, git: GitRepository, configuration: Configuration) -> GithubForge | GitlabForge:
        access = self._access(configuration)
        heads = self._heads(git, configuration)
        if configuration.provider is Provider.GITHUB:
            from gitops_breakglass.adapters.forge.github.forge import GithubForge

            return GithubForge(git, heads, access)
        from gitops_breakglass.adapters.forge.gitlab.forge import GitlabForge

        return GitlabForge(git, heads, access)

    def _heads(self, git: GitRepository, configuration: Configuration) -> Heads:
        from gitops_breakglass.adapters.fetch import Heads

        return Heads(git, self._access(configuration))

    def _access(self, configuration: Configuration) -> ForgeAccess:
        from gitops_breakglass.adapters.forge.access import open_access

        return open_access(forge_of(configuration), self.options.branch, os.environ)

    def _readers(self, repository: GitRepository) -> Sources:
        from gitops_breakglass.adapters import yamlfile
        from gitops_breakglass.adapters.bundled import schema_catalog
        from gitops_breakglass.adapters.forge.local import LocalForge
        from gitops_breakglass.flows.load import load_policy, load_request

        catalog = schema_catalog()

        def read_request(path: str, content: bytes, blob: str) -> tuple[Request | None, tuple[Finding, ...]]:
            return load_request(path, content, blob=blob, loader=yamlfile.load, catalog=catalog)

        read_policy = partial(load_policy, loader=yamlfile.load, catalog=catalog)
        return Sources(repository, LocalForge(repository), read_policy, read_request)


def policy_at_tip(sources: Sources) -> PolicySide:
    """Return the newest readable policy side of the default branch, proved or not.

    It says how clusters are reached, and what to show. One broken file at the tip must not keep a run from ending what
    is over, so an older one serves. Raises UsageError where there is none.
    """
    repository = sources.repository
    tip = repository.tip()
    older = [touch.parent for name in ("breakglass.yaml", "identities.yaml") for touch in repository.touches(tip, name)]
    for commit in [tip, *older]:
        policy = sources.policy_at(commit)[0] if commit else None
        if policy is None:
            continue
        return policy
    first = next((finding for finding in sources.policy_at(tip)[1] if finding.is_error), None)
    msg = "the policy side of the default branch can't be read" + (
        f": {first.location}: {first.message}" if first else ""
    )
    raise UsageError(msg, hint="run `gitops-breakglass check` in the access repository")


def repository_options(function: click.decorators.FC) -> click.decorators.FC:
    """Add the options that name the access repository."""
    decorators = [
        click.option(
            "--repo",
            "repo",
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            default=Path(),
            help="The access repository.  [default: the current folder]",
        ),
        click.option("--branch", default="main", show_default=True, help="Its default branch."),
        click.option("--remote", default=None, help="Read the branch of this remote instead of the local one."),
    ]
    for decorator in reversed(decorators):
        function = decorator(function)
    return function
