"""The access repository as git has it: files, changes and history at one commit, never a work tree."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import takewhile
from pathlib import Path

from gitops_breakglass.adapters import git_parse
from gitops_breakglass.adapters.git_parse import GitObject, RawChange, RawCommit
from gitops_breakglass.adapters.git_process import DEADLINE, Git
from gitops_breakglass.model.change import Touch
from gitops_breakglass.model.errors import RepositoryError
from gitops_breakglass.ports import PolicyStep, TreeEntry

REQUESTS = "requests/"
"""The request side; everything else is the policy side."""

TREES_KEPT = 8
"""How many listings of whole commits are kept at a time."""

FILES_KEPT = 4096
"""How many single entries of commits are kept."""

_DIFFERENCES = (
    *("--raw", "-z", "--no-renames", "--no-abbrev", "-O/dev/null", "--ignore-submodules=none"),
    *("--no-ext-diff", "--no-textconv", "--no-relative"),
)


class GitRepository:
    """Implements `ports.Repository` for a clone, bare or not.

    `branch` is the default branch; with `remote` (`origin`) it is read as that remote's, as of the last fetch.
    What is cached belongs to a commit, so an instance may live on while branches move; threads may share it.
    """

    def __init__(self, path: Path, *, branch: str = "main", remote: str | None = None) -> None:
        """Find the repository around `path`; nothing is read before it is asked for."""
        self.path = path
        self.branch = branch
        self.remote = remote
        self._lines: dict[str, Mapping[str, RawCommit]] = {}
        self._places: Mapping[str, int] = {}
        self._files: dict[tuple[str, str], TreeEntry | None] = {}
        self._stored: Mapping[str, GitObject] = {}
        self._trees: dict[str, tuple[tuple[bytes, TreeEntry], ...]] = {}
        self._policy_trees: dict[str, str] = {}

    @cached_property
    def git(self) -> Git:
        """Git with its directory found. Raises RepositoryError where there is none, or not a whole one."""
        found = Git(self.path, deadline=DEADLINE).ask("rev-parse", "--absolute-git-dir")
        if found.code != 0:
            raise RepositoryError(
                f"{self.path} is not in a git repository: {found.words}",
                hint="run the command in a clone of the access repository, or name one",
            )
        return Git(self.path, Path(found.out.decode().removesuffix("\n")))

    def tip(self) -> str:
        """Return the commit of the default branch."""
        self._refuse_a_part()
        ref = f"refs/remotes/{self.remote}/{self.branch}" if self.remote else f"refs/heads/{self.branch}"
        commit = self.resolve(ref)
        if commit is None:
            raise RepositoryError(
                f"{self.path} has no {ref}",
                hint=f"fetch the default branch, or name another than {self.branch} with --branch",
            )
        return commit

    def _refuse_a_part(self) -> None:
        """Refuse a repository whose history git would make up: shallow, grafted, or with objects left elsewhere."""
        words = ("rev-parse", "--is-shallow-repository", "--git-path", "info/grafts")
        shallow, grafts = self.git.read(*words).decode().splitlines()
        if shallow != "false":
            raise RepositoryError(
                f"{self.path} is a shallow clone, in which every file seems to come from the oldest commit",
                hint="fetch the whole history: git fetch --unshallow (in CI: fetch-depth 0)",
            )
        if Path(self.git.where, grafts).exists():
            raise RepositoryError(
                f"{self.path} has grafts ({grafts}), which replace parents of commits",
                hint="remove that file, or use a fresh clone",
            )
        keys = r"^(extensions\.partialclone|remote\..*\.(promisor|partialclonefilter))$"
        if self.git.ask("config", "--get-regexp", keys).code != 1:
            raise RepositoryError(
                f"{self.path} is a partial clone, whose missing objects would be fetched while judging",
                hint="clone without --filter",
            )

    def resolve(self, ref: str) -> str | None:
        """Return the commit that a ref of exactly this full name is on, or None where there is no such ref.

        What only rev-parse would understand (`main~1`, `main@{1}`) is no name.
        """
        answer = self.git.ask("show-ref", "--verify", "--hash", "--", ref)
        commit = answer.out.decode().strip()
        return commit if answer.code == 0 and git_parse.is_object_id(commit) else None

    def refs(self, prefix: str, *, beside: str | None = None) -> Mapping[str, str]:
        """Return the object ids of the refs under `prefix` by name, sorted; those that are not merged into `beside`."""
        unmerged = [] if beside is None else [f"--no-merged={beside}"]
        out = self.git.read("for-each-ref", "--format=%(refname) %(objectname)", *unmerged, prefix)
        # No ref has a space or a control character in its name.
        rows = (line.split(" ") for line in git_parse.path_text(out).split("\n") if line)
        return {row[0]: row[1] for row in rows}

    def is_ancestor(self, ancestor: str, descendant: str) -> bool:
        """Whether `ancestor` is the same commit as `descendant` or before it; one that is not there is not."""
        _demand_ids(ancestor, descendant)
        places = self._places
        if ancestor in places and descendant in places:
            # Each commit of a first-parent line is an ancestor of those before it in the log, and of no other of them.
            return places[ancestor] >= places[descendant]
        if self.git.ask("cat-file", "-e", f"{ancestor}^{{commit}}").code != 0:
            return False
        answer = self.git.ask("merge-base", "--is-ancestor", ancestor, descendant)
        if answer.code not in (0, 1):
            raise RepositoryError(
                f"git can't compare {ancestor} with {descendant}: {answer.words}",
                hint="fetch the whole history, then run the command again",
            )
        return answer.code == 0

    def entries(self, commit: str, prefix: str = "") -> tuple[TreeEntry, ...]:
        """Return every file at the commit whose path begins with `prefix`."""
        return tuple(entry for _, entry in self._tree(commit) if entry.path.startswith(prefix))

    def _tree(self, commit: str) -> tuple[tuple[bytes, TreeEntry], ...]:
        _demand_ids(commit)
        tree = self._trees.get(commit)
        if tree is None:
            tree = tuple(git_parse.entries(self.git.read("ls-tree", "-r", "-z", "--long", "--full-tree", commit)))
            if len(self._trees) >= TREES_KEPT:
                self._trees.clear()
            self._trees[commit] = tree
        return tree

    def entry(self, commit: str, path: str) -> TreeEntry | None:
        """Return one file at a commit, or None where there is no file of exactly that path."""
        _demand_ids(commit)
        if (commit, path) in self._files:
            return self._files[commit, path]
        out = self.git.read("ls-tree", "-z", "--long", "--full-tree", commit, "--", path)
        found = next((entry for _, entry in git_parse.entries(out) if entry.path == path), None)
        if len(self._files) < FILES_KEPT:
            self._files[commit, path] = found
        return found

    def objects(self, ids: Iterable[str]) -> Mapping[str, GitObject]:
        """Return objects as they are stored, by id, in one call."""
        wanted = tuple(dict.fromkeys(ids))
        _demand_ids(*wanted)
        found = {each: self._stored[each] for each in wanted if each in self._stored}
        if lacking := [each for each in wanted if each not in found]:
            out = self.git.read("cat-file", "--batch", given="".join(f"{each}\n" for each in lacking).encode())
            found |= {each.id: each for each in git_parse.objects(out)}
        return found

    def read_ahead(self, ids: Iterable[str]) -> None:
        """Read commits and tags that are about to be asked for one by one, and keep them until the next call of this."""
        self._stored = {}
        self._stored = {name: each for name, each in self.objects(ids).items() if each.type in {"commit", "tag"}}

    def kinds(self, ids: Iterable[str]) -> Mapping[str, str]:
        """Return the types of those objects that are there, by id."""
        wanted = tuple(dict.fromkeys(ids))
        _demand_ids(*wanted)
        found = {each: self._stored[each].type for each in wanted if each in self._stored}
        if lacking := [each for each in wanted if each not in found]:
            check = "--batch-check=%(objectname) %(objecttype)"
            out = self.git.read("cat-file", check, given="".join(f"{each}\n" for each in lacking).encode()).decode()
            rows = (line.partition(" ") for line in out.splitlines())
            found |= {name: kind for name, _, kind in rows if kind != "missing"}
        return found

    def blobs(self, ids: Iterable[str]) -> Mapping[str, bytes]:
        """Return the contents of blobs by id."""
        found = self.objects(ids)
        if wrong := sorted(each.id for each in found.values() if each.type != "blob"):
            raise RepositoryError(
                f"{wrong[0]} is a {found[wrong[0]].type}, not a file", hint="this is a bug of ours: please report it"
            )
        return {each.id: each.data for each in found.values()}

    def line(self, tip: str) -> Mapping[str, RawCommit]:
        """Return the first-parent line of `tip` by id, newest first, each commit compared with its first parent."""
        _demand_ids(tip)
        line = self._lines.get(tip)
        if line is None:
            words = ("log", "--first-parent", "--diff-merges=first-parent", "--format=%H %P", *_DIFFERENCES)
            line = {each.id: each for each in git_parse.log(self.git.read(*words, tip, "--"))}
            self._lines = {tip: line}
            self._places = {commit: place for place, commit in enumerate(line)}
        return line

    def is_on_line(self, commit: str, tip: str) -> bool:
        """Whether `commit` is on the first-parent line of `tip`; one that is not there is not."""
        return commit in self.line(tip)

    def between(self, base: str, head: str) -> tuple[RawCommit, ...]:
        """Return the commits of `head` that `base` lacks, newest first, a merge once for each of its parents."""
        _demand_ids(base, head)
        words = ("log", "--topo-order", "--diff-merges=separate", "--format=%H %P", *_DIFFERENCES)
        return git_parse.log(self.git.read(*words, head, f"^{base}", "--"))

    def merge_bases(self, one: str, other: str) -> tuple[str, ...]:
        """Return the best common ancestors; none for histories that have nothing to do with each other."""
        _demand_ids(one, other)
        return tuple(self.git.ask("merge-base", "--all", one, other).out.decode().split())

    def difference(self, before: str, after: str) -> tuple[RawChange, ...]:
        """Return every path that differs between two commits."""
        _demand_ids(before, after)
        return git_parse.changes(self.git.read("diff-tree", "-r", *_DIFFERENCES, before, after, "--"))

    def touches(self, tip: str, prefix: str = REQUESTS) -> tuple[Touch, ...]:
        """Return every change of a path under `prefix` on the first-parent line of `tip`, newest first.

        The `parent` of a root commit is empty.
        """
        return tuple(
            Touch(change.path, commit.id, next(iter(commit.parents), ""), change.status, change.mode, change.blob)
            for commit in self.line(tip).values()
            for change in commit.changes
            if change.path.startswith(prefix)
        )

    def policy_line(self, tip: str, since: str) -> tuple[PolicyStep, ...]:
        """Return the first-parent commits after `since`, oldest first, that change something outside `requests/`.

        Raises RepositoryError where `since` is not on the line: then history was rewritten, or merged the wrong way round.
        """
        line = self.line(tip)
        if since not in line:
            raise RepositoryError(
                f"{since} is not on the first-parent line of {self.branch}",
                hint="history was rewritten, or the default branch was merged into another that took its place; "
                "restore the branch, or, if it is to stay so, pin a new commit with install",
            )
        return tuple(
            PolicyStep(commit.id, commit.parents[0], self.policy_tree(commit.parents[0]), self.policy_tree(commit.id))
            for commit in reversed(tuple(takewhile(lambda commit: commit.id != since, line.values())))
            if any(not change.path.startswith(REQUESTS) for change in commit.changes)
        )

    def policy_tree(self, commit: str) -> str:
        """Return a digest (SHA-256, hexadecimal) of mode, blob and path of everything outside `requests/`."""
        if commit not in self._policy_trees:
            digest = hashlib.sha256()
            for path, entry in sorted(self._tree(commit), key=lambda each: each[0]):
                if not path.startswith(REQUESTS.encode()):
                    digest.update(f"{entry.mode} {entry.blob} ".encode() + path + b"\0")
            self._policy_trees[commit] = digest.hexdigest()
        return self._policy_trees[commit]


def _demand_ids(*texts: str) -> None:
    """Refuse what is no full object id, so that nothing that someone named is taken for an option or an expression."""
    for text in texts:
        if not git_parse.is_object_id(text):
            raise RepositoryError(
                f"{text!r} is no commit or object id", hint="give all 40 (or 64) hexadecimal digits of one"
            )
