"""The laws of teams: what is decided while it is not known who is in them holds whoever turns out to be."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.core.authorize import PolicyCase, authorize, authorize_policy
from gitops_breakglass.core.authorize.membership import with_members
from gitops_breakglass.core.read.identities import NOT_ASKED
from gitops_breakglass.model.decision import Denied, Granted, Pending, Unknown
from gitops_breakglass.model.identity import Group, Identities, Provider, Team
from gitops_breakglass.model.policy import Audience
from gitops_breakglass.model.request import RequestId
from gitops_breakglass.model.session import HeldSession, Sessions
from gitops_breakglass.model.unread import Unread
from tests.laws.test_decision_laws import reviews
from tests.laws.test_limit_laws import limits, providers
from tests.unit.authorize import world

NAMES = ("alice", "ben", "carol", "dora")
TEAMS = {name: Team(Provider.GITHUB, str(number), "9") for number, name in enumerate(("askers", "leads", "others"))}
groups = st.frozensets(st.sampled_from([*TEAMS, "static"]), max_size=3)
audiences = st.builds(
    Audience, st.frozensets(st.sampled_from(["alice@example.com", "carol@example.com"]), max_size=1), groups
)
memberships = st.fixed_dictionaries(
    dict.fromkeys(TEAMS.values(), st.frozensets(st.sampled_from(NAMES).map(world.account), max_size=3))
)
hidden = st.frozensets(st.sampled_from(sorted(TEAMS.values())), min_size=1)


@st.composite
def policies(draw, commit):
    """A policy side that names teams, of which nothing is known yet."""
    everybody = tuple(world.person(name, identity_providers=("corp",)) for name in (*NAMES, "ci-bot"))
    known = [Group(name, frozenset(), team, NOT_ASKED) for name, team in TEAMS.items()]
    people = Identities(everybody, (*known, Group("static", frozenset({"alice", "ben"}))))
    offered = world.escalation(
        allowed=draw(audiences),
        approvers=draw(audiences),
        block_self_approval=draw(st.sampled_from([None, False])),
        session_limits=draw(limits),
    )
    return world.policy(offered, people=people, providers=tuple(draw(providers)), commit=commit * 40)


def sessions(count):
    later = world.NOW + (world.NOW - world.MERGED)
    held = [
        HeldSession(RequestId("edge", f"s{number}"), frozenset({"alice"}), frozenset({"escalation/shell"}), later)
        for number in range(count)
    ]
    return Sessions(tuple(held))


def decided(sides, members, some, count, *, merged):
    known = tuple(with_members(each, members) for each in sides)
    make = world.case if merged else world.unmerged
    return authorize(replace(make(*some, policies=known), sessions=sessions(count)), now=world.NOW)


@given(
    st.lists(st.sampled_from("pq"), min_size=1, max_size=2, unique=True).flatmap(
        lambda commits: st.tuples(*map(policies, commits))
    ),
    memberships,
    hidden,
    reviews,
    st.integers(0, 3),
    st.booleans(),
)
def test_what_is_decided_while_teams_are_not_read_is_decided_whoever_is_in_them(
    sides, truth, unread, some, count, merged
):
    partly = {**truth, **dict.fromkeys(unread, Unread("HTTP 403"))}
    before, after = (decided(sides, members, some, count, merged=merged) for members in (partly, truth))
    match before:
        case Granted():
            assert isinstance(after, Granted)
            assert (after.subject, after.windows) == (before.subject, before.windows)
        case Denied():
            assert isinstance(after, Denied)
        case Pending(ready=True):
            assert isinstance(after, Pending)
            assert after.ready
        case Pending():
            assert not (isinstance(after, Pending) and after.approvals and after.ready)
        case Unknown():
            assert {each.rule for each in before.reasons} & {"membership-unknown", "session-limit"}


@given(policies("p"), memberships, hidden, reviews)
def test_policy_that_is_in_force_while_teams_are_not_read_is_so_whoever_is_in_them(side, truth, unread, some):
    def verdict(members):
        known = with_members(side, members)
        step = world.change(*some, files=(), landed_files=(), policy_at_fork="t")
        return authorize_policy(PolicyCase(step, known, "t", "t", step.blob_head), now=world.NOW)

    named = side.configuration.policy_approvers
    assert named.groups == {"leads"}
    before = verdict({**truth, **dict.fromkeys(unread, Unread("HTTP 403"))})
    after = verdict(truth)
    if isinstance(before, tuple):
        assert {each.person for each in before} <= {each.person for each in after}
    elif isinstance(before, Denied):
        assert isinstance(after, Denied)
