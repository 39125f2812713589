"""The laws of limits and of keeping: whoever has what, more never gives more, and nothing goes before its time."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.core.authorize import authorize
from gitops_breakglass.core.retention import outlived
from gitops_breakglass.model.decision import Denied, Granted
from gitops_breakglass.model.grant import Record, Statement
from gitops_breakglass.model.identity_provider import GroupLimit, SessionLimits
from gitops_breakglass.model.kube import MANAGED_BY, MANAGER, NAMESPACE, REQUEST, TELEKOM_API, LiveObject, ObjectKey
from gitops_breakglass.model.policy import SignIn
from gitops_breakglass.model.request import RequestId
from gitops_breakglass.model.session import HeldSession, Sessions
from tests.unit.authorize import world

NAMES = ("alice", "ben", "carol", "dora")
caps = st.none() | st.integers(1, 4)
sessions = st.lists(
    st.builds(
        HeldSession,
        st.builds(RequestId, st.sampled_from(["prod", "edge"]), st.text("abc", min_size=1, max_size=3)),
        st.frozensets(st.sampled_from(NAMES), min_size=1, max_size=2),
        st.frozensets(st.sampled_from(["escalation/shell", "escalation/scale"]), min_size=1),
        st.integers(-5, 5).map(lambda minutes: world.MERGED + timedelta(minutes=minutes)),
    ),
    max_size=6,
)
limits = st.builds(SessionLimits, per_user=caps, total=caps)
providers = st.lists(
    st.builds(
        lambda name, most, groups, off: world.provider(name, per_user=most, group_limits=tuple(groups), disabled=off),
        st.sampled_from(["corp", "lab", "home"]),
        caps,
        st.lists(st.builds(GroupLimit, st.sampled_from(["dev*", "leads", "*"]), caps, st.booleans()), max_size=2),
        st.booleans(),
    ),
    max_size=3,
    unique_by=lambda each: each.name,
)
names = st.lists(st.sampled_from(["corp", "lab", "home"]), unique=True, max_size=3).map(tuple)
people = st.fixed_dictionaries(dict.fromkeys(NAMES, names)).map(
    lambda theirs: world.identities(*(world.person(name, identity_providers=theirs[name]) for name in NAMES))
)
sign_ins = st.builds(SignIn, names, names, names)


def decided(policy, some, unknown=()):
    case = replace(world.case(world.review("ben"), policies=(policy,)), sessions=Sessions(tuple(some), tuple(unknown)))
    return authorize(case, now=world.NOW)


@given(limits, sessions, st.data())
def test_fewer_sessions_never_take_a_grant_away_and_the_order_does_not_matter(limit, some, data):
    policy = world.policy(world.escalation(session_limits=limit))
    rest = data.draw(st.permutations(some)) if some else []
    fewer = rest[: data.draw(st.integers(0, len(rest)))]
    before, same, less = (decided(policy, each) for each in (some, rest, fewer))
    assert type(before) is type(same)
    if isinstance(before, Granted):
        assert isinstance(less, Granted)


@given(limits, sessions, st.lists(st.builds(RequestId, st.just("edge"), st.text("xyz", min_size=1)), max_size=3))
def test_what_is_granted_while_some_are_not_known_is_granted_whatever_they_turn_out_to_be(limit, some, unknown):
    policy = world.policy(world.escalation(session_limits=limit))
    later = world.MERGED + timedelta(hours=1)
    worst = [HeldSession(each, frozenset({"alice"}), frozenset({"escalation/shell"}), later) for each in unknown]
    match decided(policy, some, unknown):
        case Granted():
            assert isinstance(decided(policy, [*some, *worst]), Granted)
        case Denied():
            assert isinstance(decided(policy, some), Denied)


@given(limits, limits, sessions)
def test_two_policies_grant_what_each_of_them_would(one, other, some):
    sides = [
        world.policy(world.escalation(session_limits=each), commit=commit * 40)
        for each, commit in ((one, "p"), (other, "q"))
    ]
    case = replace(world.case(world.review("ben"), policies=tuple(sides)), sessions=Sessions(tuple(some)))
    alone = [isinstance(decided(side, some), Granted) for side in sides]
    assert isinstance(authorize(case, now=world.NOW), Granted) is all(alone)


@given(providers, people, sign_ins, names)
def test_a_restriction_never_gives_what_was_not_given_without_it(some, everybody, sign_in, of_cluster):
    def asked(**words):
        escalation = world.escalation(**words, session_limits=SessionLimits(unlimited=True))
        cluster = world.cluster(identity_providers=of_cluster)
        return decided(world.policy(escalation, cluster=cluster, people=everybody, providers=some), ())

    if isinstance(asked(sign_in=sign_in), Granted):
        assert isinstance(asked(), Granted)
        usable = {each.name for each in some if not each.disabled}
        lists = {"alice": (sign_in.everybody, sign_in.requesters), "ben": (sign_in.everybody, sign_in.approvers)}
        for name, theirs in lists.items():
            restricting = [set(each) for each in (*theirs, of_cluster) if each]
            mine = set(everybody.person(name).identity_providers) & usable
            assert not restricting or mine.intersection(*restricting)


def kept(statement, ended_at):
    """The session of a statement, and its record."""
    key = ObjectKey(TELEKOM_API, "BreakglassSession", NAMESPACE, "bg-inc-1-0123456789")
    metadata = {"name": key.name, "namespace": NAMESPACE, "labels": {MANAGED_BY: MANAGER, REQUEST: statement.uid}}
    live = LiveObject(key, "uid-1", {"metadata": metadata})
    record = LiveObject(replace(key, kind="Grant"), "uid-2", {"metadata": {"name": key.name}})
    return live, Record(key.name, statement.uid, None, statement, "", (key,), {}, None, ended_at, record)


DECIDED = Statement(
    repository="1",
    cluster="prod",
    cluster_uid="uid",
    request=RequestId("prod", "inc-1"),
    kind="BreakglassSession",
    uid="0" * 32,
    path="requests/prod/inc-1.yaml",
    blob=world.BLOB,
    landing=world.LANDING,
    decided_at=world.NOW,
    outcome="granted",
)


@given(st.sampled_from(["", "1h", "30d", "x"]), st.none() | st.integers(-50, 0), st.integers(0, 800))
def test_a_session_goes_exactly_when_it_has_ended_and_its_time_is_over(said, ended, hours):
    ended_at = None if ended is None else world.NOW + timedelta(hours=ended)
    live, record = kept(replace(DECIDED, spec={"retainFor": said} if said else {}), ended_at)
    now = world.NOW + timedelta(hours=hours)
    span = {"1h": timedelta(hours=1)}.get(said, timedelta(hours=720))
    gone = outlived([live], [record], now)
    assert [each.live for each in gone] == ([live] if ended_at is not None and ended_at + span <= now else [])
