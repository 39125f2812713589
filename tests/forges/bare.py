"""The git half of a fake forge: a bare repository, written to as a forge writes to it.

    bare = Bare(tmp_path / "access.git", clock)
    first = bare.commit("main", {"README.md": "hello\n"}, who=Name("alice", "alice@example.com"))
    head = bare.commit("breakglass/inc-1", {"requests/prod/inc-1.yaml": "…"}, who=alice, on="main")
    bare.merge("main", head, who=alice, committer=FORGE, message="Merge")

A commit is named by its id, a branch by its name; files are `{path: text | bytes | (mode, text | bytes) | None}`.
"""

import os
import re
import subprocess
from dataclasses import dataclass


class Refused(Exception):
    """What a forge says no to, in a sentence; `status` is the HTTP status that it says it with."""

    def __init__(self, message, status=422):
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Name:
    """Whom a commit claims to be by."""

    name: str
    email: str


@dataclass(frozen=True)
class Stored:
    """A commit as git has it. Dates are seconds since 1970."""

    id: str
    tree: str
    parents: tuple[str, ...]
    author: Name
    authored: int
    committer: Name
    committed: int
    message: str

    @property
    def coauthors(self):
        """Those whom `Co-authored-by` lines at the end name too."""
        found = re.findall(r"^co-authored-by:\s*(.*?)\s*<(.*?)>\s*$", self.message, re.IGNORECASE | re.MULTILINE)
        return [Name(name, email) for name, email in found]


CONFIG = """\
[uploadpack]
	allowAnySHA1InWant = true
[receive]
	denyDeletes = false
[gc]
	auto = 0
"""
NOWHERE = "0" * 40


class Bare:
    def __init__(self, path, clock):
        self.path, self.clock = path, clock
        init = ["git", "init", "--quiet", "--bare", "--template=", "--initial-branch=main", str(path)]
        subprocess.run(init, check=True)
        with (path / "config").open("a", encoding="utf-8") as config:
            config.write(CONFIG)
        self.known = {}

    # Writing.

    def commit(self, branch, files, *, who, committer=None, on=None, parents=None, message="change", date=None):
        """One commit on a branch, which begins at `on` where it is new; its id. `date` is what it claims (seconds)."""
        return self.commits(
            branch, [(files, message)], who=who, committer=committer, on=on, parents=parents, date=date
        )[-1]

    def commits(self, branch, many, *, who, committer=None, on=None, parents=None, date=None):
        """Several commits, `[(files, message), …]`, one upon the other; their ids. On no branch where that is None."""
        when = date if date is not None else int(self.clock.now.timestamp())
        if parents is None:
            start = (branch and self.head(branch)) or (on and self.resolve(on))
            parents = [start] if start else []
        lines = []
        for number, (files, message) in enumerate(many, 1):
            lines += [b"commit refs/forge/new", b"mark :%d" % number, stamp("author", who, when)]
            lines += [stamp("committer", committer or who, when), counted(message)]
            begin = [f"from {parents[0]}", *(f"merge {each}" for each in parents[1:])] if parents else []
            lines += [each.encode() for each in begin] if number == 1 else [b"from :%d" % (number - 1)]
            for path, content in files.items():
                if content is None:
                    lines.append(f"D {quoted(path)}".encode())
                else:
                    mode, text = content if isinstance(content, tuple) else ("100644", content)
                    lines += [f"M {mode} inline {quoted(path)}".encode(), counted(text)]
        lines += [f"get-mark :{number}".encode() for number in range(1, len(many) + 1)]
        # The name that the commits needed until here is not kept.
        lines.append(f"reset refs/forge/new\nfrom {NOWHERE}".encode())
        made = self.git("fast-import", "--quiet", "--force", given=b"\n".join(lines) + b"\n").split()
        if branch:
            self.move(branch, made[-1])
        return made

    def commit_tree(self, tree, parents, *, author, committer, message, date=None, authored=None):
        """A commit of a tree that is there already, on no branch; its id."""
        when = date if date is not None else int(self.clock.now.timestamp())
        told = {
            "GIT_AUTHOR_NAME": author.name,
            "GIT_AUTHOR_EMAIL": author.email,
            "GIT_AUTHOR_DATE": f"@{authored if authored is not None else when} +0000",
            "GIT_COMMITTER_NAME": committer.name,
            "GIT_COMMITTER_EMAIL": committer.email,
            "GIT_COMMITTER_DATE": f"@{when} +0000",
        }
        before = [word for each in parents for word in ("-p", each)]
        return self.git("commit-tree", tree, *before, given=message.encode(), env=told)

    def merge(self, branch, head, *, who, committer, message, edit=None):
        """A merge commit of `head` on a branch; `edit` are files that the merge itself changes, as an evil one does."""
        ours = self.head(branch)
        tree = self.joined(self.merge_base(ours, head), ours, head)
        made = self.commit_tree(tree, [ours, head], author=who, committer=committer, message=message)
        if edit:
            made = self.commit(branch, {**self.changed(ours, tree), **edit}, who=who, committer=committer,
                               parents=[ours, head], message=message)  # fmt: skip
        self.move(branch, made)
        return made

    def squash(self, branch, head, *, who, committer, message):
        """One commit with everything that `head` changes since it left the branch."""
        ours = self.head(branch)
        tree = self.joined(self.merge_base(ours, head), ours, head)
        made = self.commit_tree(tree, [ours], author=who, committer=committer, message=message)
        self.move(branch, made)
        return made

    def rebase(self, branch, head, *, committer=None):
        """Put the commits of `head` upon a branch, each anew (authors stay); the new ids, oldest first."""
        top = self.head(branch)
        made = []
        for each in self.between(top, head, no_merges=True):
            old = self.stored(each)
            tree = self.joined(old.parents[0] if old.parents else None, top, each)
            top = self.commit_tree(tree, [top], author=old.author, committer=committer or old.committer,
                                   message=old.message, authored=old.authored)  # fmt: skip
            made.append(top)
        self.move(branch, top)
        return made

    def joined(self, base, ours, theirs):
        """The tree of a three-way merge of commits (base: None for an empty tree); refused where they conflict."""
        nobody = Name("nobody", "nobody@example.com")
        root = self.git("rev-parse", f"{base}^{{tree}}") if base else self.git("mktree")
        start = self.commit_tree(root, [], author=nobody, committer=nobody, message="base", date=0)
        sides = [self.commit_tree(self.git("rev-parse", f"{each}^{{tree}}"), [start], author=nobody, committer=nobody,
                                  message="side", date=0) for each in (ours, theirs)]  # fmt: skip
        ended = self.run("merge-tree", "--write-tree", *sides)
        if ended.returncode:
            raise Refused("Merge conflict", 405)
        return ended.stdout.decode().split()[0]

    def move(self, branch, to):
        """Let a branch (or a full name, `refs/…`) be at a commit; None deletes it."""
        ref = branch if branch.startswith("refs/") else f"refs/heads/{branch}"
        self.git("update-ref", *(["-d", ref] if to is None else [ref, to]))

    # Reading.

    def head(self, branch):
        """The commit of a branch or of a full name; None where there is none."""
        ref = branch if branch.startswith("refs/") else f"refs/heads/{branch}"
        ended = self.run("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
        return ended.stdout.decode().strip() or None

    def resolve(self, what):
        """The id of a branch, tag or commit, full or short; None where there is none."""
        return (
            self.head(what)
            or self.run("rev-parse", "--verify", "--quiet", f"{what}^{{commit}}").stdout.decode().strip()
            or None
        )

    def stored(self, commit):
        """A commit's own data."""
        if commit not in self.known:
            self.learn([commit])
        return self.known[commit]

    def learn(self, commits):
        """Read many commits at once, for those who will ask for each."""
        wanted = "".join(f"{each}\n" for each in commits if each not in self.known)
        raw = self.run("cat-file", "--batch", given=wanted.encode()).stdout if wanted else b""
        while raw:
            head, _, raw = raw.partition(b"\n")
            name, kind, size = head.decode().split(" ")
            assert kind == "commit", f"{name} is a {kind}"
            self.known[name] = parsed(name, raw[: int(size)].decode())
            raw = raw[int(size) + 1 :]

    def blob(self, commit, path):
        """The id of a file's content at a commit; None where it is not there."""
        return self.run("rev-parse", "--verify", "--quiet", f"{commit}:{path}").stdout.decode().strip() or None

    def content(self, commit, path):
        return self.run("cat-file", "blob", f"{commit}:{path}").stdout

    def merge_base(self, one, other):
        return self.run("merge-base", one, other).stdout.decode().strip() or None

    def has(self, ancestor, descendant):
        """Is one commit the other or before it?"""
        return self.run("merge-base", "--is-ancestor", ancestor, descendant).returncode == 0

    def between(self, since, until, *, no_merges=False):
        """The commits of `until` that `since` lacks, oldest first."""
        options = ["--no-merges"] if no_merges else []
        return self.git("rev-list", "--reverse", "--topo-order", *options, f"{since}..{until}").split()

    def changed(self, before, after):
        """`{path: (mode, content) | None}` that leads from one tree to another."""
        found = {}
        for status, path, _ in self.differences(before, after):
            mode = self.git("ls-tree", after, "--", path).split(" ")[0] if status != "D" else ""
            found[path] = None if status == "D" else (mode, self.content(after, path))
        return found

    def differences(self, before, after, *, renames=False):
        """`[(A | M | D | T | R, path, previous path | None), …]` from one tree to another."""
        kind = "--find-renames" if renames else "--no-renames"
        raw = self.git("diff-tree", "-r", "-z", kind, "--name-status", before, after, strip=False).split("\0")
        found, words = [], iter(raw)
        for word in words:
            if not word:
                continue
            first = next(words)
            found.append(("R", next(words), first) if word[0] == "R" else (word[0], first, None))
        return found

    def numbers(self, before, after):
        """`{path: (lines added, lines removed)}` from one tree to another; renamed files under their new path."""
        raw = self.git("diff-tree", "-r", "-z", "--find-renames", "--numstat", before, after, strip=False).split("\0")
        found, words = {}, iter(raw)
        for word in words:
            if not word:
                continue
            added, removed, path = word.split("\t")
            if not path:
                next(words)
                path = next(words)
            found[path] = tuple(0 if each == "-" else int(each) for each in (added, removed))
        return found

    def git(self, *arguments, given=b"", env=None, strip=True):
        """Git in the repository; what it prints. An error of git is an error of the test."""
        ended = self.run(*arguments, given=given, env=env)
        assert ended.returncode == 0, f"git {arguments}: {ended.stderr.decode()}"
        return ended.stdout.decode().strip() if strip else ended.stdout.decode()

    def run(self, *arguments, given=b"", env=None):
        return subprocess.run(["git", *arguments], cwd=self.path, input=given, capture_output=True,
                              env={**os.environ, **(env or {})}, check=False)  # fmt: skip


def stamp(word, who, when):
    return f"{word} {who.name} <{who.email}> {when} +0000".encode()


def counted(text):
    data = text.encode() if isinstance(text, str) else text
    return b"data %d\n%s" % (len(data), data)


def parsed(commit, text):
    head, _, message = text.partition("\n\n")
    lines = [line.split(" ", 1) for line in head.split("\n") if " " in line]
    of = {name: value for name, value in lines if name in ("tree", "author", "committer")}
    (author, authored), (committer, committed) = named(of["author"]), named(of["committer"])
    parents = tuple(value for name, value in lines if name == "parent")
    return Stored(commit, of["tree"], parents, author, authored, committer, committed, message)


def quoted(path):
    """A path as fast-import reads any."""
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def named(line):
    """`Alice <alice@example.com> 1700000000 +0000` → the name and the seconds."""
    name, _, rest = line.partition(" <")
    email, _, when = rest.partition("> ")
    return Name(name, email), int(when.split()[0])
