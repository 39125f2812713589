"""Verbs about git: pushes, branches, forks, and the rules that stand in their way."""

from dataclasses import replace

from tests.forges.bare import Bare, Refused
from tests.forges.github.state import Account, Activity, Repository, Suite

HOOK = """#!/bin/sh
while read -r old new ref; do
  if grep -qxF "$ref" protected 2>/dev/null; then echo "GH013: Repository rule violations found for $ref." >&2; exit 1; fi
done
"""


class Branches:
    """Part of the world: what is in git, and how it came there."""

    def begin_branches(self, folder, name):
        self.folder, self.forks, self.activities, self.suites, self.rules = folder, {}, [], [], {}
        self.repository = Repository(self.ids.new("repository"), self.organisation, name, self.bare_at(name))
        hook = self.bare.path / "hooks" / "pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(HOOK)
        hook.chmod(0o755)

    def bare_at(self, name):
        return Bare(self.folder / f"{name}.git", self.clock)

    @property
    def bare(self):
        return self.repository.bare

    @property
    def tip(self):
        """The commit of the default branch."""
        return self.bare.head("main")

    def push(self, login, branch, files=None, *, commit=None, force=False, author=None, committer=None,
             message="change", on=None, repository=None, date=None):  # fmt: skip
        """Somebody pushes: a new commit with `files` upon the branch (or upon `on`), or a `commit` that git has.

        `author` and `committer` are whom the commit claims to be by: accounts or names, anybody at all. The commit.
        """
        account, repository = self.who(login), repository or self.repository
        bare, before = repository.bare, repository.bare.head(branch)
        self.check_push(account, repository, branch)
        if commit is None:
            start = bare.resolve(on) if on else before or bare.head("main")
            commit = bare.commit(None, files, who=claimed(author or account),
                                 committer=claimed(committer or author or account),
                                 parents=[start] if start else [], message=message, date=date)  # fmt: skip
        if before and not force and not bare.has(before, commit):
            raise Refused("Updates were rejected because the tip of your current branch is behind")
        self.clock.tick()
        bare.move(branch, commit)
        self.moved(repository, branch, before, commit, account)
        return commit

    def push_all(self, login, branch, many, *, on="main"):
        """Many commits in one push, `[(files, message), …]`; their ids."""
        account, before = self.who(login), self.bare.head(branch)
        self.check_push(account, self.repository, branch)
        self.clock.tick()
        made = self.bare.commits(branch, many, who=account.name, on=on)
        self.moved(self.repository, branch, before, made[-1], account)
        return made

    def delete_branch(self, login, branch, repository=None):
        repository = repository or self.repository
        before = repository.bare.head(branch)
        if before is None:
            raise Refused("Reference does not exist")
        self.clock.tick()
        repository.bare.move(branch, None)
        self.moved(repository, branch, before, None, self.who(login))

    def fork(self, login):
        """Somebody's own copy, pushed to with `push(…, repository=fork)`."""
        owner = self.who(login)
        made = Repository(self.ids.new("repository"), owner, self.repository.name,
                          self.bare_at(f"{owner.id}-{self.repository.name}"), fork=True)  # fmt: skip
        self.forks[owner.id] = made
        made.bare.git("fetch", "--quiet", str(self.bare.path), "main:main")
        return made

    def delete_fork(self, login):
        """Pull requests from it stay, without a repository of their head."""
        gone = self.forks.pop(self.who(login).id)
        for pull in self.pulls.values():
            if pull.repository is gone:
                pull.repository = None
        self.clock.tick()

    def check_push(self, account, repository, branch):
        if repository is not self.repository:
            if repository.owner is not account:
                raise Refused("Permission to the fork denied", 403)
        elif not self.may(account, "write"):
            raise Refused("Permission to the repository denied", 403)
        elif "pull_request" in self.rules_of(branch) and account.id not in self.bypass:
            self.suite("fail", branch, self.bare.head(branch), self.bare.head(branch), account)
            raise Refused("Repository rule violations found: Changes must be made through a pull request.")

    def moved(self, repository, branch, before, after, account, kind=None):
        """A branch has moved: remember who did it, and let the pull requests from it and to it follow."""
        if before == after:
            return
        if repository is self.repository:
            forced = bool(before and after and not self.bare.has(before, after))
            kind = kind or self.kind_of(before, after, forced=forced)
            self.activities.append(Activity(self.ids.new("activity"), kind, f"refs/heads/{branch}", before, after,
                                            account.id, self.clock.now))  # fmt: skip
            if self.rules_of(branch) and before and after:
                ruled = kind in ("pr_merge", "merge_queue_merge") or "pull_request" not in self.rules_of(branch)
                self.suite("pass" if ruled else "bypass", branch, before, after, account)
        self.heads_follow(repository, branch, before, after, account)
        if repository is self.repository and after:
            self.indirect_merges(branch, after, account)

    def kind_of(self, before, after, *, forced):
        if before is None or after is None:
            return "branch_creation" if before is None else "branch_deletion"
        return "force_push" if forced else "push"

    def suite(self, result, branch, before, after, account):
        self.suites.append(Suite(self.ids.new("suite"), result, f"refs/heads/{branch}", before, after, account.id,
                                 self.clock.now))  # fmt: skip

    def bypassed(self):
        """The last rule suite was passed only because the actor may bypass the rules."""
        self.suites[-1] = replace(self.suites[-1], result="bypass")

    def received(self, account, before):
        """What a real `git push` over HTTP has done, told from the branches that there were `before`."""
        after = self.heads()
        self.clock.tick()
        for branch in sorted({*before, *after}):
            self.moved(self.repository, branch, before.get(branch), after.get(branch), account)

    def heads(self):
        """`{branch: commit}`."""
        listed = self.bare.git("for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads")
        return dict(line.split(" ") for line in listed.splitlines())

    # Settings.

    def protect(self, branch="main", rules=None, *, classic=None, bypass=()):
        """Rules for a branch: `rules` of a ruleset (`{"pull_request": {…parameters}, "deletion": {}}`), `classic`
        protection as `GET …/protection` tells it, or both. `bypass` are logins whom they don't bind."""
        self.rules[branch] = (rules or {}, classic)
        self.bypass |= {self.who(each).id for each in bypass}
        ruled = [each for each, (found, _) in self.rules.items() if "pull_request" in found]
        (self.bare.path / "protected").write_text("".join(f"refs/heads/{each}\n" for each in ruled))

    def rules_of(self, branch):
        return self.rules.get(branch, ({}, None))[0]


def claimed(somebody):
    return somebody.name if isinstance(somebody, Account) else somebody
