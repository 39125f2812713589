"""Laws of GitLab's approvals: whatever people do in whatever order, and whatever stays in a cache, counts no more than it should."""

from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from gitops_breakglass.adapters.forge.gitlab.log import Log
from gitops_breakglass.adapters.forge.gitlab.records import Approval, Note, Version
from gitops_breakglass.adapters.forge.gitlab.reviews import Approvals
from gitops_breakglass.core.authorize.reviews import Standard, tally
from gitops_breakglass.model.change import Change
from gitops_breakglass.model.identity import Account, Provider

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
PEOPLE = {name: Account(Provider.GITLAB, str(number), name) for number, name in enumerate(("ben", "carol", "dana"), 1)}
WORDS = {
    "approve": "approved this merge request",
    "unapprove": "unapproved this merge request",
    "ask": "requested changes",
}
ACTS = st.one_of(
    st.tuples(st.sampled_from(sorted(WORDS)), st.sampled_from(sorted(PEOPLE))),
    st.tuples(st.just("push"), st.sampled_from(["one", "other"])),
    st.just(("reset", "")),
    st.tuples(st.just("say"), st.sampled_from(sorted(WORDS.values()))),
)


class Happened:
    """What GitLab would hold after some acts, and who has by common sense approved what is there now."""

    def __init__(self, acts):
        self.notes, self.versions, self.contents = [], [Version(1, "c1", "b", BEGAN, is_ready=True)], {"c1": "one"}
        self.listed, self.ever, self.stands, self.asked = {}, {}, {}, set()
        for number, (act, what) in enumerate(acts, 1):
            self.at = BEGAN + timedelta(hours=number)
            self.do(act, what, number)

    def do(self, act, what, number):
        if act == "push":
            head = f"c{number + 1}"
            self.versions.append(Version(number + 1, head, "b", self.at, is_ready=True))
            self.contents[head] = what
            self.note(number, PEOPLE["dana"], "added 1 commit")
        elif act == "reset":
            self.note(number, PEOPLE["dana"], "reset approvals from @ben by pushing to the branch")
            self.listed, self.stands = {}, {}
        elif act == "say":
            self.notes.append(Note(number, PEOPLE["ben"], what, self.at, self.at, system=False))
        else:
            self.by_somebody(act, what, number)

    def by_somebody(self, act, name, number):
        self.note(number, PEOPLE[name], WORDS[act])
        if act == "approve":
            self.listed[name] = self.ever[name] = self.at
            self.stands[name] = self.contents[self.versions[-1].head]
            self.asked.discard(name)
            return
        self.stands.pop(name, None)
        if act == "unapprove":
            self.listed.pop(name, None)
        else:
            self.asked.add(name)

    def note(self, number, account, body):
        self.notes.append(Note(number, account, body, self.at, self.at, system=True))

    def counted(self, listed, *, tells_times=True):
        """Who approves by what the adapter tells and the rule book judges, and whether somebody objects."""
        given_by = tuple(
            Approval(PEOPLE[name], "active", at if tells_times else None) for name, at in sorted(listed.items())
        )
        reviews = Approvals(given_by, Log.of(self.notes[::-1]), tuple(self.versions), None).reviews(self.contents.get)
        now = self.contents[self.versions[-1].head]
        change = Change(
            id="!1", author=None, opened_at=BEGAN, merged_at=None, base="b", head=self.versions[-1].head, landing=None,
            blob_head=now, blob_landing=None, blob_now=None, files=(), landed_files=(), commits=(), reviews=reviews,
        )  # fmt: skip
        standard = Standard(
            person_of=lambda review: review.account.login,
            approvers=frozenset(PEOPLE),
            excluded=frozenset(),
            blob=now,
            timeout=None,
            reason_mandatory=False,
        )
        found = tally(change, standard)
        return {each.person for each in found.approvals}, bool(found.vetoes)

    @property
    def right(self):
        now = self.contents[self.versions[-1].head]
        return {name for name, content in self.stands.items() if content == now}


@example([("ask", "ben"), ("approve", "ben"), ("reset", "")])
@given(st.lists(ACTS, max_size=12))
def test_who_counts_is_who_approved_this_content_and_has_not_taken_it_back(acts):
    happened = Happened(acts)
    assert happened.counted(happened.listed) == (happened.right, bool(happened.asked))


@given(st.lists(ACTS, max_size=12))
def test_an_approval_that_a_cache_still_lists_never_counts_once_it_was_taken_back(acts):
    happened = Happened(acts)
    counted, _ = happened.counted(happened.ever)
    assert counted <= happened.right


@given(st.lists(ACTS, max_size=12))
def test_an_instance_without_times_never_counts_more(acts):
    happened = Happened(acts)
    assert happened.counted(happened.listed, tells_times=False)[0] <= happened.right
