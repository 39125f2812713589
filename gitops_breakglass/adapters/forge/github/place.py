"""The access repository as GitHub has it now, found by its number, which no renaming changes."""

from __future__ import annotations

from dataclasses import dataclass

from gitops_breakglass.adapters.forge.access import ForgeAccess
from gitops_breakglass.adapters.forge.github.session import Session
from gitops_breakglass.adapters.forge.github.unanswered import Need, Unanswered


@dataclass(frozen=True)
class Place:
    """The repository as it was found by its number: how it is called now, and which branch counts."""

    path: str
    """`/repos/owner/name`, which begins the path of every question about it."""
    id: int
    owner: str
    name: str
    branch: str


def find_repository(session: Session, access: ForgeAccess) -> Place:
    """Ask for the repository by its number, which stays when it is renamed, and see that it is the one that is meant."""
    wanted = access.identity.repository
    if not wanted.isdecimal():
        raise Unanswered(f"breakglass.yaml names the repository {wanted}", "give its number at GitHub")
    data = session.get(f"/repositories/{wanted}", Need.METADATA)
    owner, name, branch = data.of("owner").text("login"), data.text("name"), data.text("default_branch")
    path = f"/repos/{owner}/{name}"
    if str(data.number("id")) != wanted:
        raise Unanswered(f"{owner}/{name} is not the repository {wanted}", "see that the API's address is right")
    if branch != access.branch:
        raise Unanswered(
            f"the default branch of {owner}/{name} is {branch}, and {access.branch} is read here",
            "say which one counts with --branch, after a look at who changed it",
        )
    if data.flag("archived"):
        raise Unanswered(
            f"{owner}/{name} is archived, so nothing lands there", "unarchive it, or use the one that took its place"
        )
    return Place(path, int(wanted), owner, name, branch)
