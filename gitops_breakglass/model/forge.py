"""A forge as a place: which one, which repository, and how it is set up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from gitops_breakglass.model.identity import Provider
from gitops_breakglass.model.policy import Configuration
from gitops_breakglass.model.unread import Unread

PUBLIC = {Provider.GITHUB: "https://api.github.com", Provider.GITLAB: "https://gitlab.com/api/v4"}
"""Where the APIs of the public forges are."""


@dataclass(frozen=True)
class ForgeIdentity:
    """Which repository at which forge: what is proved by one forge says nothing about another."""

    provider: Provider
    repository: str = ""
    """The forge's number of the repository; any word on the local forge."""
    api_url: str | None = None
    """The address of the forge's API; None is the public one."""

    @property
    def address(self) -> str:
        """The address of the API, without a slash at its end; empty for the local forge."""
        return (self.api_url or PUBLIC.get(self.provider, "")).rstrip("/")

    def __str__(self) -> str:
        """The kind of forge, where it is, and the repository there."""
        return f"{self.provider} {self.address} (repository {self.repository})" if self.address else str(self.provider)


def forge_of(configuration: Configuration) -> ForgeIdentity:
    """Return which forge a configuration names."""
    return ForgeIdentity(configuration.provider, configuration.repository, configuration.api_url)


Known: TypeAlias = bool | Unread
"""Yes, no, or why it can't be said."""


@dataclass(frozen=True)
class Settings:
    """How the repository is set up at its forge, as far as the token may see it."""

    name: str
    """`owner/name`, as the forge has it now."""
    default_branch: str
    protected: Known
    """Whether nobody can push to the default branch past a review."""
    reviews_required: Known
    """Whether the forge itself asks for a review before a merge."""
    stale_approvals_dismissed: Known
    """Whether an approval is taken back when something is pushed after it."""
    last_push_needs_approval: Known
    """Whether whoever pushed last can't be the only one who approved."""
    owners_required: Known
    """Whether an owner of the changed folders (CODEOWNERS) has to approve."""
    bots_may_approve: Known
    """Whether a job of CI may approve changes."""
    merge_methods: tuple[str, ...] | Unread
    """`merge`, `squash`, `rebase`: the ways in which a change may be merged."""
    skew: timedelta | Unread
    """How far the forge's clock is ahead of ours."""
    last_success: datetime | Unread | None
    """When the reconciling job last ended well by the forge's records; None: never."""
    environment_restricted: Known | None = None
    """Whether only the default branch may use the secrets of the job's environment; None where there are no environments."""
    pipeline_variables_restricted: Known | None = None
    """Whether only who may set the variables of CI may give a run others; None where runs take none."""
