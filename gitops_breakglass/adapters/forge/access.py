"""How a forge is reached: where its API is, by which token, and what the token may be sent to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.forge import PUBLIC, ForgeIdentity
from gitops_breakglass.model.identity import Provider

OUR_TOKEN = "GITOPS_BREAKGLASS_TOKEN"  # noqa: S105 - the variable's name
_TOKENS = {Provider.GITHUB: ("GITHUB_TOKEN",), Provider.GITLAB: ("GITLAB_TOKEN",)}
_JOB_TOKEN = "CI_JOB_TOKEN"  # noqa: S105 - as above
API_URL = "GITOPS_BREAKGLASS_API_URL"
_RUNNERS = {Provider.GITHUB: "GITHUB_API_URL", Provider.GITLAB: "CI_API_V4_URL"}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class ForgeAccess:
    """One repository at one forge, and the token to ask for it with; the token is in no text that this gives of itself."""

    identity: ForgeIdentity
    branch: str
    """The default branch, as the clone is read."""
    token: str | None = field(default=None, repr=False)
    is_job_token: bool = False
    """Whether it is a token of one job of GitLab's CI, which can read little."""

    @property
    def api_url(self) -> str:
        """The address of the API, without a slash at its end."""
        return self.identity.address

    @property
    def git_user(self) -> str:
        """The name that git gives to the forge beside the token."""
        if self.identity.provider is Provider.GITHUB:
            return "x-access-token"
        return "gitlab-ci-token" if self.is_job_token else "oauth2"

    def is_of_forge(self, url: str) -> bool:
        """Whether a git remote lies at the forge that the token is for, so that it may be told the token."""
        api, remote = urlsplit(self.api_url), urlsplit(url)
        hosts = {(api.hostname, api.port)}
        if api.hostname == "api.github.com":
            hosts = {("github.com", None)}
        return is_private(url) and remote.username is None and (remote.hostname, remote.port) in hosts


def open_access(identity: ForgeIdentity, branch: str, environment: Mapping[str, str]) -> ForgeAccess:
    """Return how to reach the forge that a configuration names.

    The configuration may be one that nobody has approved yet, so it never says alone where a token goes: that is the
    public forge, or what the operator's environment says. Raises UsageError where they differ.
    """
    provider = identity.provider
    wanted = identity.address
    told = [environment[name] for name in (API_URL, _RUNNERS[provider]) if environment.get(name)]
    # A job of one forge has a token for that one, whichever a file says that it is for.
    elsewhere = [environment[name] for name in _RUNNERS.values() if environment.get(name)]
    meant = next(iter((*told, *elsewhere)), PUBLIC[provider])
    if place_of(wanted) != place_of(meant) or (elsewhere and not told):
        raise UsageError(
            f"breakglass.yaml has the API of {provider} at {wanted}, and this machine knows it at {meant}",
            hint=f"if {wanted} is right, set {API_URL} to it where this runs; a file in a repository never says alone "
            "where a token is sent",
        )
    token, is_job_token = _token(provider, environment)
    return ForgeAccess(identity, branch, token, is_job_token)


def is_private(url: str) -> bool:
    """Whether nobody on the way can read what is sent to an address: by TLS, or within this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def place_of(url: str) -> tuple[str, str, int | None, str]:
    """Return scheme, host, port (that of the scheme where none is named) and path of an address, without a slash at its end."""
    parts = urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname or "", port, parts.path.rstrip("/")


def _token(provider: Provider, environment: Mapping[str, str]) -> tuple[str | None, bool]:
    for name in (OUR_TOKEN, *_TOKENS[provider]):
        if token := environment.get(name, "").strip():
            return token, provider is Provider.GITLAB and token == environment.get(_JOB_TOKEN)
    job = environment.get(_JOB_TOKEN, "").strip() if provider is Provider.GITLAB else ""
    return job or None, bool(job)
