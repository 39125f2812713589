"""An installed cluster and people enough: grants of theirs by pull requests, and many at once from signed statements."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.expiry.following import seconds_of
from benchmarks.expiry.meter import Subject, wait_allowed
from benchmarks.measure import say
from gitops_breakglass.adapters.cluster.kubernetes import KubernetesCluster
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.adapters.signing import Ed25519Signer
from gitops_breakglass.core.names import request_uid
from gitops_breakglass.core.record import digest_of
from gitops_breakglass.core.render.grant import render_window
from gitops_breakglass.core.statement import parse_statement, print_statement
from gitops_breakglass.flows.apply import Hands, apply
from gitops_breakglass.flows.reconcile import settle
from gitops_breakglass.model.grant import Statement
from gitops_breakglass.model.kube import EXPIRES_AT, key_of
from gitops_breakglass.model.outcome import Failed
from gitops_breakglass.model.plan import ClusterPlan, Create
from gitops_breakglass.model.policy import KubernetesTarget
from gitops_breakglass.model.request import RequestId
from gitops_breakglass.model.request import Subject as Person
from gitops_breakglass.model.window import Window
from tests.cluster.faulty_stage import CLUSTER, FaultyStage
from tests.cluster.harness.tokens import MORE_TOKENS

_FEW = 20
"""So many grants take as long as one, most of which is reading what is there."""
PATTERN = "pattern"
"""The one request whose signed decision others are made after."""


def token_of(name: str) -> str:
    """Return a subject's token: no secret, as it is good on a throwaway server on loopback only."""
    return f"{name}-token"


class ExpiryStage(FaultyStage):
    """One cluster, `asking` people who may ask for a shell, and names for `many` more subjects, who stand in no file."""

    def __init__(self, folder: Path, *, asking: int, many: int) -> None:
        """Start an API server that knows everybody's token, and install."""
        self.asking = [f"asks-{number:04}" for number in range(asking)]
        self._asking = iter(self.asking)
        self._many = iter([f"many-{number:05}" for number in range(many)])
        everybody = [*self.asking, PATTERN, *(f"many-{number:05}" for number in range(many))]
        server = folder / "kube-apiserver"
        server.mkdir(parents=True)
        lines = [f"{token_of(name)},{name}@example.com,{name}" for name in everybody]
        (server / MORE_TOKENS).write_text("\n".join(lines) + "\n")
        super().__init__(folder, [*self.asking, PATTERN])
        self._pace, self._few = 0.04, 4.0
        self.signer = Ed25519Signer(folder / "signing-key")
        self.install()
        self.ask(PATTERN, seconds=3600)
        self.reconcile()
        self.pattern = parse_statement(self.record(PATTERN)["spec"]["decision"]["payload"])
        wait_allowed(self.server, [Subject(PATTERN, token_of(PATTERN))])

    def policy(self, groups: dict[str, list[str]]) -> None:
        """Commit the policy side with a brake that lets all of them pass in one run."""
        super().policy(groups)
        configuration = (self.world.path / "breakglass.yaml").read_text()
        self.world.policy({"breakglass.yaml": configuration + "brakes: {maxNewGrants: 5000, maxLiveGrants: 5000}\n"})

    def merged(self, names: Sequence[str], seconds: Sequence[int]) -> None:
        """Request, approve and merge, each by its own subject; what is granted is for some later run to say."""
        begun = time.time()
        for name, length in zip(names, seconds, strict=True):
            self.ask(name, seconds=length)
        say(f"{len(names)} requests are approved and merged, in {time.time() - begun:.0f} s")

    @contextmanager
    def reconciling(self) -> Iterator[Hands]:
        """Give what applying takes, as the reconciler."""
        with KubernetesCluster(CLUSTER, KubernetesTarget(str(self.reconciler.kubeconfig))) as cluster:
            yield Hands(cluster, self.signer, ThreadPool())

    def name(self) -> str:
        """Return a name that nobody has used, of a subject who stands in no file."""
        return next(self._many)

    def asks(self, count: int) -> list[str]:
        """Return names that nobody has used, of people who may ask."""
        return [next(self._asking) for _ in range(count)]

    def end_of(self, name: str) -> float:
        """Return the end that a record promises."""
        return seconds_of(self.record(name)["metadata"]["annotations"][EXPIRES_AT])

    def making(self, count: int) -> float:
        """Return the seconds from now within which so many grants are surely made, by how long others took."""
        return 4 + 2 * self._few + 1.5 * self._pace * count

    def granted(self, ends: Sequence[float]) -> list[Subject]:
        """Make grants that end then, by the product's own rendering and as the reconciler; each subject's calls pass."""
        names = [self.name() for _ in ends]
        start = datetime.fromtimestamp(math.floor(time.time()), UTC)
        statements = [
            self._statement(name, Window(start, datetime.fromtimestamp(end, UTC)))
            for name, end in zip(names, ends, strict=True)
        ]
        begun = time.time()
        with self.reconciling() as hands:
            creations = [create for each in statements for create in _creations(each)]
            plan = ClusterPlan(
                self.cluster, hands.cluster.now(), decisions=tuple(statements), creations=tuple(creations)
            )
            outcomes = [*apply(plan, hands), *settle(plan, hands).outcomes]
        failed = [each for each in outcomes if isinstance(each, Failed)]
        assert not failed, failed[0]
        subjects = [Subject(f"{name}@example.com", token_of(name), end) for name, end in zip(names, ends, strict=True)]
        taken = time.time() - begun
        if len(ends) <= _FEW:
            self._few = max(taken, self._few)
        else:
            self._pace = max(taken / len(ends), self._pace / 2)
        say(f"{len(ends)} grants were made in {taken:.1f} s; the first ends in {min(ends) - time.time():.0f} s")
        assert time.time() < min(ends) - 1, "making the grants took until their end: the machine is too busy for this"
        wait_allowed(self.server, subjects[-20:], seconds=min(ends) - time.time())
        return subjects

    def _statement(self, name: str, window: Window) -> Statement:
        landing = digest_of(name)[:40]
        path = f"requests/{self.cluster}/{name}.yaml"
        user = f"{name}@example.com"
        return replace(
            self.pattern,
            request=RequestId(self.cluster, name),
            path=path,
            landing=landing,
            uid=request_uid(self.pattern.repository, path, landing),
            decided_at=window.start,
            subject=Person("User", user),
            windows=(window,),
            spec={**self.pattern.spec, "user": user},
        )


def _creations(statement: Statement) -> Iterator[Create]:
    digest = digest_of(print_statement(statement))
    for window in statement.windows:
        for manifest in render_window(statement, window, statement.scopes, digest):
            yield Create(key_of(manifest), manifest, statement.uid, "granted")
