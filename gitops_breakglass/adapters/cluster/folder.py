"""Files below one folder, written whole or not at all, and never through a symbolic link."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

Parts = tuple[str, ...]
"""Names from the folder down to a file; none may be a link, `.`, `..` or hold a slash."""

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class UnusableFileError(OSError):
    """What lies there is no plain file, or larger than any object may be."""


class Folder:
    """One folder, which itself may be reached through links; what is below it may not. Raises OSError as the system does.

    `largest` is in bytes, for a file that is read.
    """

    def __init__(self, path: str | Path, *, largest: int = 2**21) -> None:
        self.path = Path(path)
        self._largest = largest

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Let nobody else who asks for the lock look and then write, in this or another process; makes the folder."""
        self.path.mkdir(parents=True, exist_ok=True)
        folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def read(self, parts: Parts) -> bytes:
        """Return the content of a file."""
        with self._opened(parts[:-1]) as directory:
            file = os.open(parts[-1], _READ, dir_fd=directory)
            with open(file, "rb") as opened:  # noqa: PTH123 - by its descriptor, so that nothing is swapped in between
                if not stat.S_ISREG(os.fstat(file).st_mode):
                    raise UnusableFileError("it is no plain file")
                content = opened.read(self._largest + 1)
        if len(content) > self._largest:
            raise UnusableFileError(f"it is larger than {self._largest} bytes")
        return content

    def names(self, parts: Parts) -> list[str]:
        """Return the names in a directory below the folder, sorted; none where there is no directory."""
        try:
            with self._opened(parts) as directory:
                return sorted(os.listdir(directory))  # noqa: PTH208 - by its descriptor
        except (FileNotFoundError, NotADirectoryError):
            return []

    def is_link(self, parts: Parts) -> bool:
        """Whether a symbolic link lies there, which nothing here follows."""
        return self.path.joinpath(*parts).is_symlink()

    def create(self, parts: Parts, content: bytes) -> None:
        """Write a new file and the directories above it; FileExistsError where something of the name is there."""
        with self._opened(parts[:-1], make=True) as directory, _written(directory, content) as fresh:
            os.link(fresh, parts[-1], src_dir_fd=directory, dst_dir_fd=directory, follow_symlinks=False)

    def replace(self, parts: Parts, content: bytes) -> None:
        """Write a file in the place of the one that is there; the lock is the caller's business."""
        with self._opened(parts[:-1]) as directory, _written(directory, content) as fresh:
            os.rename(fresh, parts[-1], src_dir_fd=directory, dst_dir_fd=directory)

    def remove(self, parts: Parts) -> None:
        """Remove a file, and the directories above it that are empty then."""
        with self._opened(parts[:-1]) as directory:
            os.unlink(parts[-1], dir_fd=directory)
        for depth in range(len(parts) - 1, 0, -1):
            with self._opened(parts[: depth - 1]) as directory:
                try:
                    os.rmdir(parts[depth - 1], dir_fd=directory)
                except OSError:
                    return

    @contextlib.contextmanager
    def _opened(self, parts: Parts, *, make: bool = False) -> Iterator[int]:
        directory = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for name in parts:
                if make:
                    with contextlib.suppress(FileExistsError):
                        os.mkdir(name, dir_fd=directory)
                below = os.open(name, _DIRECTORY, dir_fd=directory)
                os.close(directory)
                directory = below
            yield directory
        finally:
            os.close(directory)


@contextlib.contextmanager
def _written(directory: int, content: bytes) -> Iterator[str]:
    """Write a file under a name that nothing reads (it ends in no `.yaml`), which is gone at the end of the block."""
    name = f".{secrets.token_hex(8)}.new"
    file = os.open(name, _WRITE, 0o644, dir_fd=directory)
    try:
        with open(file, "wb") as opened:  # noqa: PTH123 - by its descriptor
            opened.write(content)
            opened.flush()
            os.fsync(file)
        yield name
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=directory)
