"""What one run knows of a project, and that it is the project that is meant: GitLab is asked for both once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic

from gitops_breakglass.adapters.forge.access import ForgeAccess
from gitops_breakglass.adapters.forge.gitlab.facts import Facts
from gitops_breakglass.adapters.forge.gitlab.landing import Landed
from gitops_breakglass.adapters.forge.gitlab.people import People
from gitops_breakglass.adapters.forge.gitlab.problems import APPROVALS, NotRead, malformed
from gitops_breakglass.adapters.forge.gitlab.session import Session
from gitops_breakglass.model.unread import Unread

_SAME_RUN = 60.0
"""Seconds in which a question without a time belongs to the run before it."""


@dataclass
class Run:
    """What one run knows. It is asked once which project this is, and nothing is asked twice."""

    people: People
    now: datetime | None
    begun: float
    is_ours: bool = False
    found: dict[str, tuple[Facts, Landed] | Unread] = field(default_factory=dict)
    heads: dict[str, str | Unread] = field(default_factory=dict)
    """By their refs."""
    steps: set[str] = field(default_factory=set)
    """Commits of the policy side that were asked about; they take no turn from requests."""


class Runs:
    """One after the other: whoever asks gets the run that is going on, or a new one."""

    def __init__(self, session: Session, access: ForgeAccess) -> None:
        self.session = session
        self.access = access
        self._run: Run | None = None

    def recent(self, now: datetime | None = None) -> Run:
        """Return the run that is going on, or a new one: what was known in an earlier one is asked again."""
        run, at = self._run, monotonic()
        is_another = run is not None and (run.now not in {None, now} if now else at - run.begun > _SAME_RUN)
        if run is None or is_another:
            run = self._run = Run(People(self.session), now, at)
            self.session.transport.begin()
        run.now = run.now or now
        return run

    def begin(self, now: datetime | None) -> Run | Unread:
        """Return the run once it is known that this is the project that is meant, by its number and default branch.

        Raises UnreachableError where it is not, or nobody answers; Unread is what a token can't do, known without a call.
        """
        try:
            self.session.demand(APPROVALS)
        except NotRead as problem:
            return problem.unread
        run = self.recent(now)
        if not run.is_ours:
            try:
                self._demand_our_project()
            except NotRead as problem:
                raise problem.as_unreachable() from None
            run.is_ours = True
        return run

    def _demand_our_project(self) -> None:
        project = self.session.project_itself()
        if str(project.number("id")) != self.access.identity.repository:
            raise malformed("the project", "it is another project")
        branch = project.maybe_text("default_branch")
        if branch != self.access.branch:
            raise NotRead(
                f"the default branch of the project is {branch}, and the clone is read at {self.access.branch}",
                "name the branch with --branch, or set it right in GitLab",
            )
