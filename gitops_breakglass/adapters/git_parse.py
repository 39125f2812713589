"""Reads what git prints with NUL between its parts, so that no file name, however odd, is taken for anything else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gitops_breakglass.model.errors import RepositoryError
from gitops_breakglass.ports import TreeEntry

REGULAR = "100644"
"""The mode of a plain file: no symlink, no submodule, no executable."""

_ID = r"[0-9a-f]{40}(?:[0-9a-f]{24})?"
_OBJECT_ID = re.compile(rf"\A{_ID}\Z")
_HEADER = re.compile(rf"\A({_ID}) ?((?:{_ID} ?)*)\Z".encode())
_RAW = re.compile(rf"\A:([0-7]{{6}}) ([0-7]{{6}}) ({_ID}) ({_ID}) ([A-Z])[0-9]*\Z".encode())
_ENTRY = re.compile(rb"\A([0-7]{6}) ([a-z]+) ([0-9a-f]+) +(-|[0-9]+)\Z")
_OBJECT = re.compile(rb"\A([0-9a-f]+) ([a-z]+) ([0-9]+)\Z")


@dataclass(frozen=True)
class RawChange:
    """One path that differs between two commits; `mode` and `blob` are those after, all zeros where it is gone."""

    path: str
    status: str
    mode: str
    blob: str


@dataclass(frozen=True)
class RawCommit:
    """One commit with its differences from one of its parents (`parents` is empty for a root)."""

    id: str
    parents: tuple[str, ...]
    changes: tuple[RawChange, ...]


@dataclass(frozen=True)
class GitObject:
    """One object as it is stored; `type` is commit, tag, tree or blob."""

    id: str
    type: str
    data: bytes


def is_object_id(text: str) -> bool:
    """Whether this is a full object id, and so can't be taken for an option, a ref or an expression."""
    return _OBJECT_ID.match(text) is not None


def path_text(raw: bytes) -> str:
    """Read a path. Bytes that are no UTF-8 are written as escapes, so that every report can print what it is given."""
    return raw.decode("utf-8", "backslashreplace")


def changes(raw: bytes) -> tuple[RawChange, ...]:
    """Read `diff-tree -r --raw -z`."""
    tokens = raw.split(b"\0")
    return tuple(_changes(tokens, [0]))


def log(raw: bytes) -> tuple[RawCommit, ...]:
    """Read `log --raw -z --format='%H %P'`: in the order printed, a commit once for each parent it is compared with."""
    tokens = raw.split(b"\0")
    at = [0]
    found = []
    while at[0] < len(tokens) - 1:
        header = _HEADER.match(tokens[at[0]])
        if header is None:
            raise _unreadable("log", tokens[at[0]])
        at[0] += 1
        parents = tuple(header[2].decode().split())
        found.append(RawCommit(header[1].decode(), parents, tuple(_changes(tokens, at))))
    return tuple(found)


def _changes(tokens: Sequence[bytes], at: list[int]) -> Iterator[RawChange]:
    """Read changes from `at` on. A path is the token after its entry, whatever it holds, and so is never an entry."""
    while at[0] + 1 < len(tokens) and (entry := _RAW.match(tokens[at[0]].removeprefix(b"\n"))):
        _, mode, _, blob, status = (part.decode() for part in entry.groups())
        yield RawChange(path_text(tokens[at[0] + 1]), status, mode, blob)
        at[0] += 2


def entries(raw: bytes) -> Iterator[tuple[bytes, TreeEntry]]:
    """Read `ls-tree -r -z --long`; beside each entry its path in bytes."""
    for line in filter(None, raw.split(b"\0")):
        fields, _, path = line.partition(b"\t")
        entry = _ENTRY.match(fields)
        if entry is None:
            raise _unreadable("ls-tree", line)
        mode, _, blob, size = (part.decode() for part in entry.groups())
        yield path, TreeEntry(path_text(path), mode, blob, 0 if size == "-" else int(size))


def objects(raw: bytes) -> Iterator[GitObject]:
    """Read `cat-file --batch`. Raises RepositoryError at an object that is not there."""
    at = 0
    while at < len(raw):
        end = raw.index(b"\n", at)
        header = _OBJECT.match(raw[at:end])
        if header is None:
            raise RepositoryError(
                f"the repository lacks an object: {path_text(raw[at:end])}",
                hint="fetch the whole history (git fetch --all --tags), or check the clone with git fsck",
            )
        size = int(header[3])
        yield GitObject(header[1].decode(), header[2].decode(), raw[end + 1 : end + 1 + size])
        at = end + 1 + size + 1


def _unreadable(command: str, token: bytes) -> RepositoryError:
    return RepositoryError(
        f"git {command} printed what can't be read: {path_text(token[:80])!r}",
        hint="use git 2.39 or newer; if it is, this is a bug of ours",
    )
