"""What is said on merge requests of the fake GitLab: notes, system notes, events, and commands in a text."""

import re

from tests.forges.gitlab.state import GUEST, MAINTAINER, REPORTER, Note, Refused, StateEvent, forbidden, not_found

COMMANDS = ("approve", "unapprove", "close", "reopen", "merge")
FENCED = re.compile(r"^(`{3,}|~{3,})[^\n]*\n.*?^\1[^\n]*$", re.DOTALL | re.MULTILINE)


class Notes:
    """Who may write and change what; system notes are written by what happened, and changed by nobody."""

    def tell(self, mr, user, body):
        """A system note, which nobody can write."""
        self.add_note(mr, user, body, system=True)

    def add_note(self, mr, user, body, *, system=False):
        now = self.clock.now
        mr.updated_at = now
        mr.notes.append(Note(self.next_id("note"), user, body, now, now, system))
        return mr.notes[-1]

    def event(self, mr, user, state):
        """A change of state. It has an event and no note, since GitLab keeps them apart."""
        mr.updated_at = self.clock.now
        mr.events.append(StateEvent(self.next_id("event"), user, state, self.clock.now))

    def note(self, who, iid, text):
        """Comment; its number, or None where the text held nothing but commands (`/approve`), which are obeyed."""
        user, mr = self.user(who), self.mr(iid)
        if self.level(user) < (GUEST if self.project.visibility == "public" else REPORTER):
            raise not_found()
        self.clock.tick()
        body, commands = self.commands_in(text)
        self.obey(mr, user, commands)
        return self.add_note(mr, user, body).id if body.strip() or not commands else None

    def edit_note(self, who, iid, note, text):
        """Change a comment: one's own, or a maintainer anybody's. Nothing tells who did."""
        user, found = self.user(who), self.find_note(iid, note)
        if found.system or (found.author is not user and self.level(user) < MAINTAINER):
            raise forbidden()
        found.updated_at = self.clock.tick()
        found.body, commands = self.commands_in(text)
        if commands and not found.body.strip():
            self.mr(iid).notes.remove(found)
        self.obey(self.mr(iid), user, commands)

    def find_note(self, iid, note):
        for each in self.mr(iid).notes:
            if each.id == note:
                return each
        raise not_found("Note")

    def commands_in(self, text):
        """What is left of a text without its commands (quick actions), and these. In a code block they are text."""
        # lib/gitlab/quick_actions/extractor.rb takes these out, wherever they stand, and Ruby's lines end with line feeds.
        plain = text.replace("\r", "")
        blocks = [each.span() for each in FENCED.finditer(plain)]
        kept, found, at = [], [], 0
        for line in plain.splitlines(keepends=True):
            word = line.strip().removeprefix("/")
            inside = any(begin <= at < end for begin, end in blocks)
            at += len(line)
            if line.startswith("/") and word in COMMANDS and not inside:
                found.append(word)
            else:
                kept.append(line)
        return "".join(kept).rstrip("\n") if found else text, found

    def obey(self, mr, user, commands):
        """Do what the commands say, as far as their author may; what is refused is ignored, as GitLab does."""
        for each in commands:
            try:
                getattr(self, each)(user, mr.iid)
            except Refused:
                continue
