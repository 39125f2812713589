"""File locks between processes: the kernel lets go of them however a process ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FileLock:
    """One hold on a lock file, shared with others or exclusive; `release` may be called twice."""

    def __init__(self, path: Path, *, shared: bool = False) -> None:
        """Wait until the lock is ours."""
        self._fd: int | None = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._fd, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)

    def release(self) -> None:
        """Let go of the lock."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the exclusive lock of this file for the length of a block."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        yield
    finally:
        lock.release()


def nobody_holds(path: Path) -> int | None:
    """Take the exclusive lock without waiting: its file descriptor, or None while someone holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
