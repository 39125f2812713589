"""The demo on a real API server: the same story, and what its subject can really do before, during and after.

Run by `make demo CLUSTER=1`, or `python -m tests.cluster.demo [--folder DIR] [--seconds N]`.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gitops_breakglass.adapters.shell import FolderShell
from gitops_breakglass.cli.demo import place_for, telling_on_terminal
from gitops_breakglass.flows.demo import (
    Scene,
    end,
    grant,
    people_and_repository,
    request_and_approval,
    what_is_known_afterwards,
)
from gitops_breakglass.flows.story import Telling, TurnedOutOtherwise, tell
from gitops_breakglass.model.kube import NAMESPACE
from gitops_breakglass.model.story import Step
from tests.cluster.harness.actor import Actor
from tests.cluster.harness.build import assets
from tests.cluster.harness.kubelet import Kubelet
from tests.cluster.harness.server import ApiServer
from tests.cluster.harness.users import Users
from tests.cluster.harness.world import World

POD = "web-0"
_HTTP = {200: "200 OK", 201: "201 Created", 403: "403 Forbidden"}


@dataclass
class Cluster:
    """A real API server with a kubelet, a namespace with a pod of others, and alice, who is nobody there yet."""

    server: ApiServer
    users: Users
    kubelet: Kubelet
    namespace: str

    @property
    def alice(self) -> Actor:
        return self.users("alice@example.com")

    @property
    def pods(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}/pods"


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Start everything, and leave nothing of it."""
    assets()
    server = ApiServer.join(folder / "kube-apiserver")
    try:
        (folder / "users").mkdir()
        (folder / "kubelet").mkdir()
        users = Users(server, folder / "users")
        kubelet = Kubelet(server, users, folder / "kubelet", "node-demo")
        world = World(users.admin, kubelet.node)
        try:
            namespace = world.namespace("shop")
            world.pod(namespace, POD)
            yield Cluster(server, users, kubelet, namespace)
        finally:
            world.close()
            kubelet.close()
            users.close()
    finally:
        server.leave(wait=True)


class Story:
    """The story's chapters with alice's calls between them."""

    def __init__(self, there: Cluster, place: Path, telling: Telling, seconds: int) -> None:
        self.there = there
        self.place = place
        self.telling = telling
        self.shell = FolderShell(place)
        self.scene = Scene(
            seconds,
            init_options=" --kubeconfig ../reconciler.kubeconfig",
            install_options=" --kubeconfig ../admin.kubeconfig",
            sweep_options="--kubeconfig sweeper.kubeconfig",
        )

    def tell(self) -> None:
        """Tell it all. Raises TurnedOutOtherwise."""
        say = self.telling.say
        say(
            "The same story on a real API server, which was just started. A pod of somebody else runs there. Alice has an\n"
            "account and no rights; what she can do is seen by doing it, with her own token."
        )
        for line in self.shell.preamble():
            self.telling.typed(line)
        shutil.copyfile(self.there.server.admin_kubeconfig, self.place / "admin.kubeconfig")
        self.calls(allowed=False)
        self.chapter(*people_and_repository(self.scene))
        say(
            "`install` made two service accounts that hold no right to escalate, bind or impersonate. Each gets a kubeconfig with\n"
            "a token, as `kubectl create token reconciler` would give one. From here on the administrator is not needed."
        )
        for name in ("reconciler", "sweeper"):
            account = self.there.users.service_account(NAMESPACE, name)
            shutil.copyfile(account.kubeconfig, self.place / f"{name}.kubeconfig")
        self.chapter(*request_and_approval(self.scene), folder="access")
        say("It is merged, and nothing has changed yet for Alice:")
        self.calls(allowed=False)
        self.chapter(*grant(self.scene), folder="access")
        self.calls(allowed=True)
        say("What she was not given she still may not, and nobody else gained anything:")
        self.call(self.there.alice, "DELETE", f"{self.there.pods}/{POD}", 403)
        self.call(self.there.alice, "GET", f"/api/v1/namespaces/{self.there.namespace}/secrets", 403)
        self.call(self.there.users("erin@example.com"), "GET", self.there.pods, 403)
        self.chapter(*end(self.scene), folder="access")
        self.calls(allowed=False)
        self.chapter(*what_is_known_afterwards())

    def chapter(self, *steps: Step, folder: str = ".") -> None:
        tell(steps, self.shell, self.telling, folder=folder)

    def calls(self, *, allowed: bool) -> None:
        """Alice lists pods, reads a log and runs a command in a pod of others."""
        there, alice = self.there, self.there.alice
        wanted = 200 if allowed else 403
        # The API server hears of its own changes a moment later than whoever made them.
        deadline = time.monotonic() + 30
        while alice.status("GET", there.pods) != wanted and time.monotonic() < deadline:
            time.sleep(0.05)
        self.call(alice, "GET", there.pods, wanted)
        self.call(alice, "GET", f"{there.pods}/{POD}/log", wanted)
        before = len(there.kubelet.arrived(there.namespace, POD, "exec"))
        done = alice.exec(there.namespace, POD, command=["cat", "/etc/hostname"])
        arrived = len(there.kubelet.arrived(there.namespace, POD, "exec")) - before
        said = (
            f"it ran, and printed: {done.output.strip()}" if done.arrived else f"{_HTTP.get(done.status, done.status)}"
        )
        self.telling.output(f"alice: exec {POD} cat /etc/hostname  →  {said}\n")
        if (done.arrived, arrived) != (allowed, int(allowed)):
            raise TurnedOutOtherwise(f"alice's exec was {'to run' if allowed else 'to be refused'}, and was otherwise")

    def call(self, actor: Actor, method: str, path: str, wanted: int) -> None:
        """Make one real call and hold it to its status code."""
        answer = actor.request(method, path)
        who = actor.name.partition("@")[0]
        self.telling.output(f"{who}: {method} {path}  →  {_HTTP.get(answer.status, answer.status)}\n")
        if answer.status != wanted:
            raise TurnedOutOtherwise(f"{who}'s {method} {path} was to be answered with {wanted}, not {answer.status}")


def main() -> int:
    """Play it; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster.demo")
    parser.add_argument("--folder", type=Path, help="play in this new folder, and leave it there")
    parser.add_argument("--keep", action="store_true", help="leave the temporary folder there")
    parser.add_argument("--seconds", type=int, default=15, help="how long the access lasts (15)")
    options = parser.parse_args()
    place = place_for(options.folder)
    with tempfile.TemporaryDirectory(prefix="gitops-breakglass-cluster-") as folder, cluster(Path(folder)) as there:
        try:
            Story(there, place, telling_on_terminal(), options.seconds).tell()
        except TurnedOutOtherwise as failure:
            print(f"\nThe demo stops here: {failure}. Its folder is left as it is: {place}", file=sys.stderr)
            return 1
    print("\nThat was it, on a real API server, which is stopped now.")
    if options.folder is None and not options.keep:
        shutil.rmtree(place)
    else:
        print(f"Everything else is in {place}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
