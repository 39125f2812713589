"""Builds real access repositories in words: people with real keys who request, approve and merge.

    world = World(tmp_path)
    alice, ben = world.person("alice"), world.person("ben")
    world.policy({"identities.yaml": world.identities(groups={"sre": ["ben"]}), …})
    alice.requests("prod/inc-1")
    ben.approves("prod/inc-1", "looks right")
    landing = world.merge("prod/inc-1")
    world.forge().landed(world.repository().touches(landing), tip=landing, sights={}, now=NOW)

Whatever has no word here is done with `world.git(...)`, which is git itself.
"""

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from gitops_breakglass.adapters.forge.local import LocalForge
from gitops_breakglass.adapters.gitrepo import GitRepository
from gitops_breakglass.model.identity import Account, Provider

SESSION = """\
apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: BreakglassSession
metadata:
  name: {name}
spec:
  escalation: {escalation}
  maxValidFor: {duration}
  requestReason: "{reason}"
"""


def session(name, *, escalation="pod-shell-access", duration="1h", reason="INC-1: connections time out"):
    """A request's file as its author writes it."""
    return SESSION.format(name=name, escalation=escalation, duration=duration, reason=reason)


def path_of(what):
    """`prod/inc-1` → `requests/prod/inc-1.yaml`."""
    return f"requests/{what}.yaml"


def branch_of(what):
    """`prod/inc-1` → `breakglass/prod/inc-1`."""
    return f"breakglass/{what}"


@dataclass
class Somebody:
    """A person with a key. `name` is also the local part of the e-mail address."""

    world: "World"
    name: str
    key: Path

    @property
    def email(self):
        return f"{self.name}@example.com"

    @property
    def public_key(self):
        """`ssh-ed25519 AAAA…`, without a comment."""
        return " ".join(self.key.with_suffix(".pub").read_text().split()[:2])

    @property
    def fingerprint(self):
        return keygen("-l", "-f", str(self.key)).split()[1]

    @property
    def account(self):
        return Account(Provider.LOCAL, self.fingerprint)

    def commits(self, files, *, on, message="change", signed=True, date=None, as_=None):
        """Commit files (text, bytes, or None to delete) on a branch, which begins at main if it is new; the id.

        `as_` is whose name the commit carries, whoever signs it.
        """
        world = self.world
        world.checkout(on)
        world.write(files)
        world.git("commit", "--quiet", "--allow-empty", "-m", message, as_=as_ or self, signer=self if signed else None,
                  date=date)  # fmt: skip
        return world.head(on)

    def requests(self, what, content=None, *, signed=True, message="Request access", **words):
        """Commit a request on its own branch; `words` are those of `session`. The head of the branch."""
        content = session(what.split("/")[1], **words) if content is None else content
        return self.commits({path_of(what): content}, on=branch_of(what), message=message, signed=signed)

    def approves(self, what, reason="", *, on=None, ref=None, inner=None, signed=True, date=None, force=False):
        """Sign a tag on the head of the request's branch (or `on` a commit); the id of the tag.

        `inner` is the name that is signed, where it is not that of the ref.
        """
        name = ref or f"breakglass/approve/{what}/{self.name}"
        return self.tags(inner or name, on or self.world.head(branch_of(what)), reason,
                         ref=name, signed=signed, date=date, force=force)  # fmt: skip

    def approves_policy(self, branch, reason="", *, word=None, on=None):
        """Sign a tag on the head of a branch that changes the policy side."""
        name = f"breakglass/approve/policy/{word or branch.replace('/', '-')}/{self.name}"
        return self.tags(name, on or self.world.head(branch), reason)

    def tags(self, name, commit, message="", *, ref=None, signed=True, date=None, force=False):
        """Make an annotated tag called `name` and put it under `ref`, which is its name unless said otherwise."""
        kind = "-s" if signed else "-a"
        forced = ["-f"] if force else []
        world = self.world
        ref = ref or name
        if ref == name:
            world.git("tag", *forced, kind, "-m", message or "approved", name, commit,
                      as_=self, signer=self, date=date)  # fmt: skip
            return world.git("rev-parse", f"refs/tags/{name}")
        world.git("tag", "-f", kind, "-m", message or "approved", name, commit, as_=self, signer=self, date=date)
        made = world.git("rev-parse", f"refs/tags/{name}")
        world.git("update-ref", f"refs/tags/{ref}", made)
        world.git("update-ref", "-d", f"refs/tags/{name}")
        return made


def keygen(*arguments):
    return subprocess.run(["ssh-keygen", *arguments], capture_output=True, text=True, check=True).stdout


@dataclass
class World:
    """One access repository with a work tree at `path`, and the people who use it."""

    root: Path
    people: dict[str, Somebody] = field(default_factory=dict)

    def __post_init__(self):
        self.path = self.root / "access"
        self.path.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def person(self, name, key_type="ed25519"):
        """Somebody with a new key; the same one when asked again."""
        if name not in self.people:
            key = self.root / "keys" / name
            key.parent.mkdir(exist_ok=True)
            keygen("-q", "-t", key_type, "-N", "", "-C", name, "-f", str(key))
            self.people[name] = Somebody(self, name, key)
        return self.people[name]

    def identities(self, *, groups=None, keys=None):
        """`identities.yaml` with everybody so far; `keys` gives persons other entries of `sshKeys` than their key."""
        lines = ["apiVersion: config.gitops-breakglass.dev/v1alpha1", "kind: Identities", "people:"]
        for each in self.people.values():
            entries = (keys or {}).get(each.name, [each.public_key])
            lines += [f"  - name: {each.name}", f"    emails: [{each.email}]", "    sshKeys:" + " []" * (not entries)]
            lines += [f"      - {entry}" for entry in entries]
        lines += ["groups:"] if groups else []
        lines += [f"  - {{name: {name}, members: [{', '.join(some)}]}}" for name, some in (groups or {}).items()]
        return "\n".join(lines) + "\n"

    def policy(self, files, *, by=None, message="Policy"):
        """Commit files straight to main, signed where `by` says whom; the commit."""
        somebody = by or self.person("nobody")
        return somebody.commits(files, on="main", message=message, signed=by is not None)

    def merge(self, what, *, how="no_ff", by=None, edit=None, branch=None):
        """Merge a request's branch (or `branch`) into main; the landing commit.

        `how` is no_ff, ff or squash; `edit` are files that the merge itself changes, as an evil merge does.
        """
        branch = branch or branch_of(what)
        somebody = by or self.person("nobody")
        self.checkout("main")
        if how == "ff":
            self.git("merge", "--quiet", "--ff-only", branch)
            return self.tip
        words = ["--squash"] if how == "squash" else ["--no-ff", "--no-commit"]
        self.git("merge", "--quiet", *words, branch, as_=somebody)
        self.write(edit or {})
        self.git("commit", "--quiet", "-m", f"Merge {branch}", as_=somebody, signer=by)
        return self.tip

    def write(self, files):
        """Write files into the work tree and the index; None deletes."""
        for name, content in files.items():
            file = self.path / name
            if content is None:
                self.git("rm", "--quiet", "-r", "--", name)
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content.encode() if isinstance(content, str) else content)
                self.git("add", "--force", "--", name)

    def checkout(self, branch):
        """Go to a branch, which begins at main where it is new."""
        there = self.run("git", "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}").returncode == 0
        unborn = self.run("git", "rev-parse", "--verify", "--quiet", "HEAD").returncode != 0
        if unborn and branch == "main":
            return
        self.git("checkout", "--quiet", "--force", *([branch, "--"] if there else ["-b", branch, "main"]))

    def head(self, branch):
        return self.git("rev-parse", "--verify", f"refs/heads/{branch}")

    @property
    def tip(self):
        return self.head("main")

    def blob(self, commit, path):
        """The id of a file's content at a commit."""
        return self.git("rev-parse", f"{commit}:{path}")

    def repository(self, path=None, **options):
        return GitRepository(path or self.path, **options)

    def forge(self, path=None, **options):
        return LocalForge(self.repository(path, **options))

    def git(self, *arguments, as_=None, signer=None, date=None, given=None):
        """Git in the repository, as somebody and signing with somebody's key; what it prints, stripped."""
        settings = ["-c", "gc.auto=0", "-c", "advice.detachedHead=false", "-c", "gpg.format=ssh"]
        if signer is not None:
            settings += ["-c", f"user.signingkey={signer.key}", "-c", "commit.gpgsign=true"]
        who = as_.name if as_ else "nobody"
        email = as_.email if as_ else "nobody@example.com"
        own = {
            "GIT_AUTHOR_NAME": who,
            "GIT_AUTHOR_EMAIL": email,
            "GIT_COMMITTER_NAME": who,
            "GIT_COMMITTER_EMAIL": email,
        }
        if date is not None:
            own |= {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        ended = self.run("git", *settings, *arguments, given=given, env={**os.environ, **own})
        assert ended.returncode == 0, f"git {arguments}: {ended.stderr.decode()}"
        return ended.stdout.decode().strip()

    def run(self, *command, given=None, env=None):
        """Any command in the repository's folder; the ended process."""
        given = given.encode() if isinstance(given, str) else given
        return subprocess.run(
            command, cwd=self.path, input=given or b"", capture_output=True, env=env or os.environ, check=False
        )
