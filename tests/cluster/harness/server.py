"""A running API server as a test process sees it: where it is, its audit log, and the means to break it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.cluster.harness import programs
from tests.cluster.harness.actor import Actor, unreachable
from tests.cluster.harness.build import API_SERVER, assets
from tests.cluster.harness.locks import FileLock, locked

_ROOT = Path(__file__).resolve().parents[3]
_START_SECONDS = 400.0


class ApiServer:
    """A hold on the API server of a folder: `join` starts it or joins it, the last to `leave` ends it."""

    def __init__(self, folder: Path, hold: FileLock, told: dict[str, Any]) -> None:
        """Use `join`."""
        self.folder = folder
        self.url: str = told["url"]
        self.admin_token: str = told["admin_token"]
        self.ca = folder / "ca.crt"
        self.audit_log = folder / "audit.log"
        self.admin_kubeconfig = folder / "admin.kubeconfig"
        self._hold = hold

    @classmethod
    def join(cls, folder: Path) -> ApiServer:
        """Return the API server of this folder, starting it if nobody has."""
        binaries = assets()
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / "start.lock"):
            # Waits for a supervisor that is just stopping; from here on it would not begin to.
            hold = FileLock(folder / "users.lock", shared=True)
            try:
                if not (folder / "server.json").exists():
                    _start(binaries, folder)
                server = cls(folder, hold, json.loads((folder / "server.json").read_text()))
                server._write_admin_kubeconfig()
            except BaseException:
                hold.release()
                raise
        return server

    def leave(self, *, wait: bool = False) -> None:
        """Give up our hold; when alone, `wait` until all processes have ended."""
        self._hold.release()
        deadline = time.monotonic() + 60
        while wait and (self.folder / "server.json").exists() and time.monotonic() < deadline:
            time.sleep(0.05)

    def admin(self) -> Actor:
        """Return a client that may do everything."""
        return Actor("test-admin", self.url, self.ca, token=self.admin_token, kubeconfig=self.admin_kubeconfig)

    # -- the audit log

    def audit_mark(self) -> int:
        """Return the present end of the audit log, to read on from later."""
        return self.audit_log.stat().st_size if self.audit_log.exists() else 0

    def audit_events(self, since: int = 0) -> list[dict[str, Any]]:
        """Return the audit log's events from a mark on."""
        with self.audit_log.open("rb") as log:
            log.seek(since)
            # The last line may still be under way.
            return [json.loads(line) for line in log.read().split(b"\n")[:-1] if line]

    def wait_audit(
        self, wanted: Callable[[dict[str, Any]], bool], since: int = 0, timeout: float = 60.0
    ) -> dict[str, Any]:
        """Return the first event that is wanted; it's written about when the call is answered, so wait for it a little."""
        deadline = time.monotonic() + timeout
        while True:
            found = next((event for event in self.audit_events(since) if wanted(event)), None)
            if found is not None:
                return found
            assert time.monotonic() < deadline, f"no such audit event in {timeout} s"
            time.sleep(0.05)

    # -- faults; a test that uses them takes a server of its own (fixture `own_server`)

    def kill(self, program: str = API_SERVER) -> None:
        """Kill a part and keep it down until `start` (the others go on)."""
        (self.folder / "hold" / program).touch()
        self._signal(program, signal.SIGKILL)
        self._gone(program)

    def start(self, program: str = API_SERVER) -> None:
        """Bring a killed part back, on the same port and with the same data, and wait for the API."""
        (self.folder / "hold" / program).unlink(missing_ok=True)
        self._until_ready()

    def restart_apiserver(self) -> None:
        """Kill the API server and bring it back."""
        self.kill()
        self.start()

    def freeze(self, program: str = API_SERVER) -> None:
        """Stop a part as it stands: connections stay open and nothing is answered."""
        self._signal(program, signal.SIGSTOP)

    def thaw(self, program: str = API_SERVER) -> None:
        """Let a frozen part go on."""
        self._signal(program, signal.SIGCONT)
        self._until_ready()

    def _pid(self, program: str) -> int:
        return int((self.folder / f"{program}.pid").read_text())

    def _signal(self, program: str, number: signal.Signals) -> None:
        os.kill(self._pid(program), number)

    def _gone(self, program: str) -> None:
        # The supervisor reaps it in its next round; until then the process id is still taken.
        with contextlib.suppress(ProcessLookupError):
            for _ in range(100):
                self._signal(program, signal.SIGKILL)
                time.sleep(0.05)

    def _until_ready(self) -> None:
        deadline = time.monotonic() + 120
        with self.admin() as admin:
            while unreachable(admin) or admin.status("GET", "/readyz") != 200:
                assert time.monotonic() < deadline, "the API server is not ready again after 120 s"
                time.sleep(0.1)

    def _write_admin_kubeconfig(self) -> None:
        config = programs.kubeconfig(self.url, self.ca, {"token": self.admin_token})
        # Other workers read it meanwhile: it is never there in part.
        written = self.admin_kubeconfig.with_suffix(f".{os.getpid()}")
        written.touch(mode=0o600)
        written.write_text(json.dumps(config))
        written.replace(self.admin_kubeconfig)


def _start(binaries: Path, folder: Path) -> None:
    (folder / "failed").unlink(missing_ok=True)
    with (folder / "supervisor.log").open("ab") as log:
        # It forks and returns at once: no child of ours, so it neither ends with us nor is left unreaped.
        command = [sys.executable, "-m", "tests.cluster.harness.supervisor", str(binaries), str(folder)]
        subprocess.run(command, cwd=_ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True)
    deadline = time.monotonic() + _START_SECONDS
    while not (folder / "server.json").exists():
        if (folder / "failed").exists():
            raise RuntimeError((folder / "failed").read_text())
        if time.monotonic() > deadline:
            raise RuntimeError(f"no API server after {_START_SECONDS} s, see {folder}")
        time.sleep(0.05)
