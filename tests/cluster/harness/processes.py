"""Child processes that end with their parent, and free ports for them."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
from contextlib import ExitStack
from pathlib import Path

_PR_SET_PDEATHSIG = 1


class Child:
    """One program, its log and the file that tells others its process id."""

    def __init__(self, name: str, command: list[str], folder: Path) -> None:
        """Note what to run; `spawn` runs it."""
        self.name = name
        self._command = command
        self._log = folder / f"{name}.log"
        self._pid_file = folder / f"{name}.pid"
        self._process: subprocess.Popen[bytes] | None = None

    def spawn(self) -> None:
        """Start the program; call it from the main thread, whose end is what kills the child."""
        parent = os.getpid()
        libc = ctypes.CDLL(None, use_errno=True)

        def end_with_parent() -> None:
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            # The parent may have ended between the fork and the call above.
            if os.getppid() != parent:
                os._exit(1)

        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=end_with_parent,  # noqa: PLW1509 - the supervisor has one thread
            )
        fresh = self._pid_file.with_suffix(".new")
        fresh.write_text(str(self._process.pid))
        fresh.rename(self._pid_file)

    def running(self) -> bool:
        """Whether the program is up."""
        return self._process is not None and self._process.poll() is None

    def stop(self, grace: float = 5.0) -> None:
        """End the program, by force when it does not go by itself."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.terminate()
            # A stopped (frozen) process acts on nothing until it continues.
            self._process.send_signal(signal.SIGCONT)
        try:
            self._process.wait(grace)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def last_words(self, length: int = 2000) -> str:
        """Return the end of the program's log."""
        text = self._log.read_text(errors="replace") if self._log.exists() else ""
        return f"--- {self.name}\n{text[-length:]}"


def free_ports(count: int) -> list[int]:
    """Return ports of loopback that are free just now; another process may still take one, so callers retry."""
    with ExitStack() as sockets:
        bound = [sockets.enter_context(socket.socket()) for _ in range(count)]
        for each in bound:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in bound]
