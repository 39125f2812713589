"""The process that runs one API server: starts its parts, keeps them alive, and stops them when nobody needs it.

It belongs to no single test process, so that the first of several may leave before the others. Who needs the server holds
the file `users.lock`; when the last holder is gone, however it ended, the supervisor stops all and ends. Its own end kills
the parts. `hold/<program>` keeps a dead part down, which the tests of faults use.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import ssl
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from tests.cluster.harness import programs
from tests.cluster.harness.build import API_SERVER, CONTROLLER_MANAGER, ETCD
from tests.cluster.harness.locks import nobody_holds
from tests.cluster.harness.pki import Authority, service_account_keys
from tests.cluster.harness.processes import Child, free_ports
from tests.cluster.harness.tokens import ADMIN, MORE_TOKENS, token_lines

ATTEMPTS = 4
START_SECONDS = 90.0
_TICK_SECONDS = 0.1


class Supervisor:
    """One API server with its store and its controllers, in one folder."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        """Make the keys, tokens and policies that all attempts share."""
        self.folder = folder
        self.binaries = binaries
        self.children: dict[str, Child] = {}
        (folder / "hold").mkdir(exist_ok=True)
        authority = Authority(folder)
        authority.server(folder, "serving", ["kubernetes", "kubernetes.default", "kubernetes.default.svc"])
        authority.client(folder, "kubelet-client", "kube-apiserver-kubelet-client", ["system:masters"])
        service_account_keys(folder)
        tokens = {ADMIN: secrets.token_hex(16), programs.CONTROLLERS_USER: secrets.token_hex(16)}
        (folder / "tokens.csv").touch(mode=0o600)
        (folder / "tokens.csv").write_text(token_lines(tokens, folder / MORE_TOKENS))
        if not (folder / "audit-policy.yaml").exists():
            (folder / "audit-policy.yaml").write_text(json.dumps(programs.AUDIT_POLICY))
        self.admin_token = tokens[ADMIN]
        self.controllers_token = tokens[programs.CONTROLLERS_USER]
        self._trust = ssl.create_default_context(cafile=str(authority.certificate_file))

    def start(self) -> None:
        """Start all parts; a port that another process took in between costs one attempt."""
        for _attempt in range(ATTEMPTS):
            shutil.rmtree(self.folder / "etcd-data", ignore_errors=True)
            if self._attempt():
                return
            words = [child.last_words() for child in self.children.values()]
            self.stop()
        raise RuntimeError(f"the API server did not start in {ATTEMPTS} attempts:\n" + "\n".join(words))

    def _attempt(self) -> bool:
        client, peer, secure = free_ports(3)
        url = f"https://127.0.0.1:{secure}"
        (self.folder / "url").write_text(url)
        kubeconfig = programs.kubeconfig(url, self.folder / "ca.crt", {"token": self.controllers_token})
        (self.folder / "controllers.kubeconfig").write_text(json.dumps(kubeconfig))
        arguments = {
            ETCD: programs.etcd(self.folder, client, peer),
            API_SERVER: programs.api_server(self.folder, secure, client),
            CONTROLLER_MANAGER: programs.controller_manager(self.folder),
        }
        self.children = {
            name: Child(name, [str(self.binaries / name), *arguments[name]], self.folder) for name in arguments
        }
        self.children[ETCD].spawn()
        self.children[API_SERVER].spawn()
        if not self._wait(lambda: self._get(f"{url}/readyz")):
            return False
        self.children[CONTROLLER_MANAGER].spawn()
        # Pods of a namespace need its service account, which the controllers make: then they're at work.
        return self._wait(lambda: self._get(f"{url}/api/v1/namespaces/default/serviceaccounts/default"))

    def _wait(self, reached: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if reached():
                return True
            if not self.children[ETCD].running() or not self.children[API_SERVER].running():
                return False
            time.sleep(_TICK_SECONDS)
        return False

    def _get(self, url: str) -> bool:
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {self.admin_token}"})
        try:
            with urllib.request.urlopen(request, timeout=5, context=self._trust) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def announce(self) -> None:
        """Tell everyone that the server is ready, and where."""
        told = {"url": (self.folder / "url").read_text(), "admin_token": self.admin_token, "supervisor": os.getpid()}
        fresh = self.folder / "server.json.new"
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(told))
        fresh.rename(self.folder / "server.json")

    def keep(self) -> None:
        """Restart parts that die, until nobody needs the server."""
        last: int | None = None
        while last is None:
            time.sleep(_TICK_SECONDS)
            for name, child in self.children.items():
                if not child.running() and not (self.folder / "hold" / name).exists():
                    child.spawn()
            # Kept to the end of this process: a newcomer waits for that, and then starts a server of its own.
            last = nobody_holds(self.folder / "users.lock")

    def stop(self) -> None:
        """Stop all parts, the store last."""
        for name in (CONTROLLER_MANAGER, API_SERVER, ETCD):
            if name in self.children:
                # What is to be lost anyway needs no time to say goodbye.
                self.children[name].stop(grace=0.5)
        shutil.rmtree(self.folder / "etcd-data", ignore_errors=True)


def main(binaries: Path, folder: Path) -> None:
    """Leave the process that called, then run the server."""
    if os.fork():
        os._exit(0)
    os.setsid()
    # An interrupt on the terminal is for the tests: they end, and with them their hold on the server.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    supervisor: Supervisor | None = None
    try:
        supervisor = Supervisor(binaries, folder)
        supervisor.start()
        supervisor.announce()
        supervisor.keep()
    except Exception as error:
        (folder / "failed.new").write_text(f"{type(error).__name__}: {error}")
        (folder / "failed.new").rename(folder / "failed")
        raise
    finally:
        if supervisor is not None:
            supervisor.stop()
        with contextlib.suppress(FileNotFoundError):
            (folder / "server.json").unlink()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
