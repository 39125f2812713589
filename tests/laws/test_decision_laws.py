"""The laws of decisions: what holds whoever reviewed."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.core.authorize import authorize
from gitops_breakglass.core.render.decision import Place
from gitops_breakglass.flows.denies import Look
from gitops_breakglass.flows.judge import ClusterFacts, judge
from gitops_breakglass.model.change import ReviewState
from gitops_breakglass.model.decision import Granted, Unknown
from gitops_breakglass.model.enforcement import DenyFacts
from gitops_breakglass.model.policy import Rbac
from gitops_breakglass.model.rules import Discovery
from gitops_breakglass.model.unread import Unread
from tests.unit.authorize import world

reviews = st.lists(
    st.builds(
        lambda name, state, minutes, changes: world.review(
            name, state=state, submitted_at=world.MERGED + timedelta(minutes=minutes), **changes
        ),
        st.sampled_from(["alice", "ben", "carol", "dora", "ci-bot", "stranger"]),
        st.sampled_from(ReviewState),
        st.integers(-12, 2),
        st.sampled_from([{}, {}, {"blob": world.OTHER}, {"problem": "unsigned"}, {"commit": None}, {"body": ""}]),
    ),
    max_size=5,
)


@given(reviews, st.data())
def test_taking_an_approval_away_never_gives_access_and_never_more_of_it(some, data):
    approvals = [index for index, each in enumerate(some) if each.state is ReviewState.APPROVED]
    gone = data.draw(st.sets(st.sampled_from(approvals)) if approvals else st.just(set()))
    rest = [each for index, each in enumerate(some) if index not in gone]
    before, now = (authorize(world.case(*each), now=world.NOW) for each in (some, rest))
    if isinstance(now, Granted):
        assert isinstance(before, Granted)
        assert (now.subject, now.windows) == (before.subject, before.windows)


@given(reviews, st.randoms())
def test_the_order_of_reviews_does_not_matter(some, random):
    decisions = [authorize(world.case(*each), now=world.NOW) for each in (some, random.sample(some, len(some)))]
    assert type(decisions[0]) is type(decisions[1])
    if isinstance(decisions[0], Granted):
        people = [{each.person for each in decision.evidence.approvals} for decision in decisions]
        assert people[0] == people[1]


@given(reviews, st.booleans())
def test_what_can_not_be_known_is_never_signed(some, without_change):
    case = world.case(*some)
    unknown = replace(case, change=Unread("the forge is down")) if without_change else replace(case, policies=())
    assert isinstance(authorize(unknown, now=world.NOW), Unknown)
    judgement = judge(
        unknown.request,
        unknown.change,
        unknown.policies,
        unknown.touches,
        ClusterFacts("uid-1", Rbac(), Discovery(), Look(lambda _needs: DenyFacts())),
        Place("1", "uid-1", "0" * 32, world.LANDING, world.BLOB, ""),
        now=world.NOW,
    )
    assert judgement.statement is None
