"""Git in memory: commits on one line, branches that were merged into it, and a default branch that can be moved."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from gitops_breakglass.model.change import Touch
from gitops_breakglass.model.errors import RepositoryError
from gitops_breakglass.ports import PolicyStep, TreeEntry

REQUESTS = "requests/"


def blob_of(content: bytes) -> str:
    """What names a content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@dataclass(frozen=True, eq=False)
class Commit:
    """One commit with all files; `parent` is its first parent, `merged` the head of a branch that came in."""

    files: Mapping[str, bytes]
    parent: "Commit | None" = None
    merged: "Commit | None" = None
    number: int = 0

    @cached_property
    def id(self) -> str:
        told = [self.parent.id if self.parent else "", self.merged.id if self.merged else "", str(self.number)]
        told += [f"{path} {blob}" for path, blob in sorted(self.blobs.items())]
        return hashlib.sha1("\n".join(told).encode()).hexdigest()

    @cached_property
    def blobs(self) -> Mapping[str, str]:
        return {path: blob_of(content) for path, content in self.files.items()}

    @cached_property
    def policy_tree(self) -> str:
        told = [f"{path} {blob}" for path, blob in sorted(self.blobs.items()) if not path.startswith(REQUESTS)]
        return hashlib.sha1("\n".join(told).encode()).hexdigest()

    @cached_property
    def line(self) -> "tuple[Commit, ...]":
        """Itself and its first parents, newest first."""
        return (self, *(self.parent.line if self.parent else ()))

    @cached_property
    def ancestors(self) -> frozenset[str]:
        """The ids of everything before it, and its own."""
        before = [each.ancestors for each in (self.parent, self.merged) if each]
        return frozenset({self.id}.union(*before))

    @cached_property
    def touched(self) -> tuple[Touch, ...]:
        """What it changes of requests against its first parent."""
        if self.parent is None:
            return ()
        old, new = self.parent.blobs, self.blobs
        paths = sorted(path for path in {*old, *new} if path.startswith(REQUESTS) and old.get(path) != new.get(path))
        return tuple(
            Touch(
                path,
                self.id,
                self.parent.id,
                "A" if path not in old else "D" if path not in new else "M",
                "100644" if path in new else "000000",
                new.get(path, "0" * 40),
            )
            for path in paths
        )


class Git:
    """The repository that everybody pushes to, and a Repository of the ports. `down` says why it can't be read."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.head = Commit(dict(files))
        self.commits = {self.head.id: self.head}
        self.down: str | None = None
        self._numbers = 0

    # -- what people do

    def branch(self, changed: Mapping[str, bytes | None]) -> Commit:
        """A commit on a branch of its own; None deletes a file."""
        return self._commit(self.head, None, changed)

    def merge(self, branch: Commit) -> Commit:
        """Bring what the branch changes into the default branch."""
        assert branch.parent is not None
        old, new = branch.parent.files, branch.files
        changed = {path: new.get(path) for path in {*old, *new} if old.get(path) != new.get(path)}
        self.head = self._commit(self.head, branch, changed)
        return self.head

    def _commit(self, parent: Commit, merged: Commit | None, changed: Mapping[str, bytes | None]) -> Commit:
        self._numbers += 1
        files = {**parent.files, **changed}
        kept = {path: content for path, content in files.items() if content is not None}
        made = Commit(kept, parent, merged, self._numbers)
        self.commits[made.id] = made
        return made

    # -- what a run reads

    def tip(self) -> str:
        return self._read().id

    def is_ancestor(self, ancestor: str, descendant: str) -> bool:
        return ancestor in self._at(descendant).ancestors

    def is_on_line(self, commit: str, tip: str) -> bool:
        return any(each.id == commit for each in self._at(tip).line)

    def entries(self, commit: str, prefix: str = "") -> tuple[TreeEntry, ...]:
        found = self._at(commit)
        return tuple(
            TreeEntry(path, "100644", found.blobs[path], len(content))
            for path, content in sorted(found.files.items())
            if path.startswith(prefix)
        )

    def blobs(self, ids: Iterable[str]) -> Mapping[str, bytes]:
        wanted = set(ids)
        self._read()
        return {
            blob: each.files[path]
            for each in self.commits.values()
            for path, blob in each.blobs.items()
            if blob in wanted
        }

    def touches(self, tip: str, prefix: str = REQUESTS) -> tuple[Touch, ...]:
        return tuple(touch for each in self._at(tip).line for touch in each.touched if touch.path.startswith(prefix))

    def policy_line(self, tip: str, since: str) -> tuple[PolicyStep, ...]:
        steps = []
        for each in self._at(tip).line:
            if each.id == since:
                break
            if each.parent is not None and each.policy_tree != each.parent.policy_tree:
                steps.append(PolicyStep(each.id, each.parent.id, each.parent.policy_tree, each.policy_tree))
        return tuple(steps[::-1])

    def policy_tree(self, commit: str) -> str:
        return self._at(commit).policy_tree

    def _at(self, commit: str) -> Commit:
        self._read()
        if commit not in self.commits:
            raise RepositoryError(f"there is no commit {commit[:12]}", hint="fetch it")
        return self.commits[commit]

    def _read(self) -> Commit:
        if self.down is not None:
            raise RepositoryError(self.down, hint="the next run tries again")
        return self.head
