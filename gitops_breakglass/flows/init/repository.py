"""Makes a new access repository: the smallest one that is complete, explains itself, and passes `check`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from gitops_breakglass.core.validate import Schemas
from gitops_breakglass.flows.check import check
from gitops_breakglass.flows.init.forge import NewForge
from gitops_breakglass.flows.init.github import github_files
from gitops_breakglass.flows.init.gitlab import gitlab_files
from gitops_breakglass.flows.init.texts import (
    BY_ACCOUNTS,
    BY_KEYS,
    CLUSTER,
    CONFIGURATION,
    FORGE,
    IDENTITIES,
    IGNORED,
    LOCAL,
    POLICY,
    README,
)
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.identity import Provider
from gitops_breakglass.model.policy import KubernetesTarget, ManifestsTarget, Target
from gitops_breakglass.model.window import print_duration
from gitops_breakglass.ports import DocumentLoader

# What no YAML reader takes for anything but the text that it is.
_PLAIN = re.compile(r"\A[A-Za-z][A-Za-z0-9_.@/+-]*\Z", re.ASCII)
_NOT_TEXT = frozenset({"n", "no", "nan", "null", "off", "on", "true", "false", "y", "yes"})


@dataclass(frozen=True)
class NewPerson:
    """Somebody to begin with: `key` is their public key as `ssh-ed25519 AAAA…`, `account` number and login at the forge."""

    name: str
    email: str
    key: str | None = None
    account: tuple[int, str] | None = None


@dataclass(frozen=True)
class Wanted:
    """What the new repository is to hold. The first person asks; the others approve, or they alone if there are none.

    Without a `forge` it is plain git, where people have keys; with one they have accounts.
    """

    name: str
    cluster: str
    target: Target
    people: tuple[NewPerson, ...]
    min_duration: timedelta | None = None
    forge: NewForge | None = None


@dataclass(frozen=True)
class Made:
    """What was made, and what is not as it should be yet."""

    commit: str
    files: tuple[str, ...]
    findings: tuple[Finding, ...]


class Ground(Protocol):
    """The place for a new repository. Every method raises UsageError."""

    def new_key(self) -> str:
        """Make the reconciler's key pair, write nothing yet, and return the public half."""
        ...

    def build(self, files: Mapping[str, str], *, name: str, email: str) -> str:
        """Write the private key and the files, commit them, and return the commit."""
        ...


def init(wanted: Wanted, *, ground: Ground, loader: DocumentLoader, catalog: Schemas) -> Made:
    """Make the repository. Raises UsageError where it would not pass `check`, or the place is taken; nothing is left."""
    if not wanted.people:
        raise UsageError("a repository needs somebody who may ask", hint="name somebody with --person NAME EMAIL KEY")
    files = files_of(wanted, reconciler=ground.new_key())
    entries = {path: text.encode() for path, text in files.items()}
    checked = check(entries, loader=loader, catalog=catalog)
    if not checked.is_clean:
        errors = [finding for finding in checked.findings if finding.is_error]
        # That a file can't be used only follows from what is wrong in it.
        first = next((finding for finding in errors if finding.rule != "policy-incomplete"), errors[0])
        raise UsageError(f"the repository would not be clean: {first.location}: {first.message}", hint=first.hint)
    author = wanted.people[0]
    commit = ground.build(files, name=author.name, email=author.email)
    return Made(commit, tuple(sorted(files)), checked.findings)


def files_of(wanted: Wanted, *, reconciler: str) -> dict[str, str]:
    """Return the texts of the files, by path; `reconciler` is the public key of whoever signs decisions."""
    cluster = _scalar(wanted.cluster)
    names = [person.name for person in wanted.people]
    texts = {
        "README.md": README.format(name=wanted.name, cluster=wanted.cluster),
        ".gitignore": IGNORED,
        "breakglass.yaml": CONFIGURATION.format(
            forge=_forge(wanted),
            key=reconciler,
            defaults=_defaults(wanted),
            cluster=cluster,
            target=_target(wanted),
        ),
        "identities.yaml": IDENTITIES.format(
            who=BY_ACCOUNTS if wanted.forge else BY_KEYS,
            people="".join(_person(person, wanted.forge) for person in wanted.people),
            developers=_list(names),
            leads=_list(names[1:] or names),
        ),
        "policies/pod-shell.yaml": POLICY.format(cluster=cluster),
    }
    if wanted.forge:
        write = github_files if wanted.forge.provider is Provider.GITHUB else gitlab_files
        owners = [person.account[1] for person in wanted.people[1:] or wanted.people if person.account]
        texts |= write(wanted.forge, name=wanted.name, cluster=wanted.cluster, owners=owners)
    # A name that no folder could have is left to the check, which finds that there is no such cluster.
    if "/" not in wanted.cluster:
        texts[f"clusters/{wanted.cluster}.yaml"] = CLUSTER.format(cluster=cluster)
    return texts


def _forge(wanted: Wanted) -> str:
    forge = wanted.forge
    if forge is None:
        return LOCAL.format(name=_scalar(wanted.name))
    changes = "Pull" if forge.provider is Provider.GITHUB else "Merge"
    text = FORGE.format(changes=changes, provider=forge.provider, repository=forge.repository)
    return text + (f"  apiUrl: {_scalar(forge.api_url)}\n" if forge.api_url else "")


def _person(person: NewPerson, forge: NewForge | None) -> str:
    text = f"  - name: {_scalar(person.name)}\n    emails: [{_scalar(person.email)}]\n"
    if person.account and forge:
        number, login = person.account
        text += f"    {forge.provider}: {{id: {number}, login: {_scalar(login)}}}\n"
    if person.key:
        text += f"    sshKeys:\n      - {person.key}\n"
    return text


def _defaults(wanted: Wanted) -> str:
    if wanted.min_duration is None:
        return ""
    return f"defaults:\n  # Requests for less are refused; 60s unless it is set here.\n  minDuration: {print_duration(wanted.min_duration)}\n"


def _target(wanted: Wanted) -> str:
    match wanted.target:
        case ManifestsTarget(folder=folder):
            return f"manifests: {{folder: {_scalar(folder)}}}"
        case KubernetesTarget() as target:
            given = {"kubeconfig": target.kubeconfig, "context": target.context}
            words = ", ".join(f"{key}: {_scalar(value)}" for key, value in given.items() if value)
            return f"kubernetes: {{{words}}}"


def _list(names: Sequence[str]) -> str:
    return f"[{', '.join(map(_scalar, names))}]"


def _scalar(value: str) -> str:
    if _PLAIN.match(value) and value.lower() not in _NOT_TEXT:
        return value
    return json.dumps(value, ensure_ascii=False)
