"""What a new access repository is told of the forge that it is for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.identity import Provider

ASKED = """\
apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: BreakglassSession
metadata:
  name: inc-4711
spec:
  escalation: pod-shell
  maxValidFor: 1h
  requestReason: "INC-4711: what happened"
"""
"""A request for what the new repository offers."""

HEADER = """\
# The program is pinned by the commit below. To renew it, change that in a pull request of its own.
"""

_NUMBER = re.compile(r"\A[1-9][0-9]{0,18}\Z", re.ASCII)
_ADDRESS = re.compile(r"\Ahttps?://[A-Za-z0-9.:-]+(?:/[A-Za-z0-9._-]+){2,}\Z", re.ASCII)
_TOOL = re.compile(r"\A[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)+@[0-9a-f]{40}\Z", re.ASCII)
_IMAGE = re.compile(r"\A[a-z0-9][a-z0-9._:/-]*@sha256:[0-9a-f]{64}\Z", re.ASCII)


@dataclass(frozen=True)
class NewForge:
    """Where changes are to be reviewed.

    `repository` is the forge's number of the repository, `url` its address in a browser, `tool` the repository that holds
    this program and a commit in it (`acme/gitops-breakglass@<40 digits>`), `image` an image with it, by digest (GitLab).
    """

    provider: Provider
    repository: str
    url: str
    tool: str
    api_url: str | None = None
    image: str | None = None


def new_forge(
    provider: Provider,
    repository: str | None,
    url: str | None,
    tool: str | None,
    api_url: str | None,
    image: str | None,
) -> NewForge:
    """Return the forge, as far as each value could be one. Raises UsageError, which names what is missing."""
    number = _held(_NUMBER, repository, "--repository-id", "the forge's number of the repository, as 123456789")
    address = _held(_ADDRESS, url, "--repository-url", "its address in a browser, as https://github.com/acme/access")
    pinned = _held(
        _TOOL, tool, "--tool-ref", "where this program is, as acme/gitops-breakglass@ and a whole commit hash"
    )
    if provider is Provider.GITLAB:
        image = _held(_IMAGE, image, "--image", "an image with this program, as registry.example.com/gbg@sha256:…")
    elif image is not None:
        raise UsageError("GitHub's jobs take the program from --tool-ref", hint="leave out --image")
    return NewForge(provider, number, address, pinned, api_url, image)


def _held(pattern: re.Pattern[str], value: str | None, option: str, what: str) -> str:
    if value is None or not pattern.match(value):
        said = f"{option} is missing" if value is None else f"{option} can't be {value!r}"
        raise UsageError(said, hint=f"give {what}")
    return value
