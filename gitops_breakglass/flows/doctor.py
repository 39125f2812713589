"""Whether everything is there, and set up as it should be; asks repository, forge and clusters, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, cast

from gitops_breakglass.core.doctor.check import unread
from gitops_breakglass.core.doctor.cluster import judge_cluster, not_installed, unreachable
from gitops_breakglass.core.doctor.owners import PLACES, judge_owners
from gitops_breakglass.core.doctor.repository import (
    clone_is_broken,
    clone_is_whole,
    forge_answers,
    forge_is_silent,
    judge_identities,
    judge_policy,
    judge_teams,
)
from gitops_breakglass.core.doctor.settings import judge_settings
from gitops_breakglass.core.identity_findings import teams_of
from gitops_breakglass.core.read.kinds import IDENTITIES
from gitops_breakglass.flows.cluster_look import Looking, look_at
from gitops_breakglass.flows.identities import against_forge
from gitops_breakglass.flows.sources import Sources
from gitops_breakglass.model.doctor import Diagnosis
from gitops_breakglass.model.errors import BreakglassError, UnreachableError
from gitops_breakglass.model.identity import Provider
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.ports import ClusterReader, ForgeSettings

if TYPE_CHECKING:
    from gitops_breakglass.ports import DocumentLoader


class Opener(Protocol):
    """The access repository, opened where it is asked for. Raises UsageError or RepositoryError."""

    def policy(self) -> PolicySide:
        """Return the newest policy side that can be read."""
        ...

    def sources(self) -> Sources:
        """Return the readers, with the forge that the configuration names."""
        ...


@dataclass(frozen=True)
class Doctor:
    """Looks at the repository and its forge. `clock` is the machine's."""

    repository: Opener
    branch: str
    loader: DocumentLoader
    clock: Callable[[], datetime]

    def on_repository(self) -> Iterator[Diagnosis]:
        """Look at clone, policy side and forge; what can't be opened is said, and nothing more is asked of it."""
        try:
            policy = self.repository.policy()
        except BreakglassError as error:
            yield clone_is_broken(unread(error))
            return
        try:
            sources = self.repository.sources()
            tip = sources.repository.tip()
            sources.repository.touches(tip)
        except BreakglassError as error:
            yield clone_is_broken(unread(error))
            return
        yield clone_is_whole(tip)
        yield judge_policy(sources.policy_at(tip)[1], tip)
        if policy.configuration.provider is not Provider.LOCAL:
            yield from self._on_forge(sources, policy, tip)

    def _on_forge(self, sources: Sources, policy: PolicySide, tip: str) -> Iterator[Diagnosis]:
        now = self.clock()
        try:
            # Every forge but plain git has settings, and says so itself.
            settings = cast("ForgeSettings", sources.forge).settings()
            sources.forge.unmerged(since=now)
        except BreakglassError as error:
            yield forge_is_silent(unread(error))
            return
        yield forge_answers(sources.forge.identity)
        yield from judge_settings(settings, branch=self.branch, now=now)
        entries = [each for each in sources.repository.entries(tip) if each.path in (*PLACES, IDENTITIES)]
        texts = sources.repository.blobs(each.blob for each in entries)
        files = {each.path: texts[each.blob].decode(errors="replace") for each in entries}
        yield from judge_owners(files, policy.configuration.provider)
        documents = self.loader(files.get(IDENTITIES, "").encode(), IDENTITIES).documents
        if len(documents) == 1:
            findings = against_forge(documents[0], sources.forge)
            yield judge_identities(findings)
            if teams_of(documents[0], policy.configuration.provider):
                yield judge_teams(findings)


def on_clusters(clusters: Sequence[ClusterReader], looking: Looking, policy: PolicySide) -> Iterator[Diagnosis]:
    """Look at each cluster; one that does not answer is said to be unknown, and the others go on."""
    for cluster in clusters:
        try:
            look = look_at(cluster, looking, policy)
        except UnreachableError as error:
            yield unreachable(cluster.name, unread(error))
        except BreakglassError as error:
            yield not_installed(cluster.name, unread(error))
        else:
            yield from judge_cluster(look, policy.configuration)
