"""The laws of plans and decisions: what holds whatever is desired, whatever lies on the cluster, whoever reviewed."""

import contextlib
import json
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_breakglass.core.authorize import authorize
from gitops_breakglass.core.plan.diff import diff
from gitops_breakglass.core.plan.ends import end_of, ended
from gitops_breakglass.core.plan.ownership import is_grant_object
from gitops_breakglass.core.rbac.algebra import canonical, covers, from_manifest, rule, to_manifest
from gitops_breakglass.core.record import (
    CHECKPOINT_TYPE,
    DECISION_TYPE,
    checkpoint_manifest,
    digest_of,
    print_checkpoint,
    read_checkpoint,
    read_record,
    read_unproved,
    record_manifest,
)
from gitops_breakglass.core.render.decision import Place
from gitops_breakglass.core.render.grant import inventory_of, render_window
from gitops_breakglass.core.statement import parse_statement, print_statement
from gitops_breakglass.flows.judge import ClusterFacts, judge
from gitops_breakglass.model.change import ReviewState
from gitops_breakglass.model.decision import Granted, Unknown
from gitops_breakglass.model.grant import Checkpoint, Envelope, ScopedRules, Statement, TrustRoot
from gitops_breakglass.model.kube import DECISION, EXPIRES_AT, MANAGED_BY, MANAGER, REQUEST, LiveObject, key_of
from gitops_breakglass.model.policy import Rbac
from gitops_breakglass.model.request import RequestId, Subject
from gitops_breakglass.model.rules import Discovery
from gitops_breakglass.model.window import (
    LONGEST,
    Window,
    parse_duration,
    parse_time,
    print_duration,
    print_time,
)
from tests.unit.authorize import world

NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)
TRUST = TrustRoot("acme/access", "a" * 40, ("ssh-ed25519 AAAA",), "uid-1")

# Whole clusters are costly to draw.
fewer = settings(max_examples=40)

hexes = st.text("0123456789abcdef", min_size=40, max_size=40)
times = st.integers(0, 10**11).map(lambda some: NOW + timedelta(milliseconds=some))
words = st.sampled_from(["get", "list", "create", "pods", "secrets"])
rules = st.lists(
    st.builds(rule, st.sets(words, min_size=1), st.sets(words, min_size=1), names=st.sets(words)),
    min_size=1,
    max_size=3,
).map(lambda some: canonical(tuple(some)))
windows = st.builds(
    lambda minutes, lasts: Window(NOW + timedelta(minutes=minutes), NOW + timedelta(minutes=minutes + lasts)),
    st.integers(-90, 30),
    st.integers(1, 90),
)
names = st.from_regex(r"[a-z][a-z0-9-]{0,10}[a-z0-9]", fullmatch=True)


@st.composite
def statements(draw):
    name, landing = draw(names), draw(hexes)
    places = draw(st.sets(st.sampled_from(["", "shop", "bank"]), min_size=1))
    return Statement(
        repository="acme/access",
        cluster="prod",
        cluster_uid="uid-1",
        request=RequestId("prod", name),
        kind=draw(st.sampled_from(["BreakglassSession", "Breakglass"])),
        uid=landing[:32],
        path=f"requests/prod/{name}.yaml",
        blob=draw(hexes),
        landing=landing,
        decided_at=draw(times),
        outcome="granted",
        subject=Subject("User", draw(st.text(min_size=1))),
        windows=(draw(windows),),
        scopes=tuple(ScopedRules(place, draw(rules), draw(st.text())) for place in sorted(places)),
        evidence={"author": draw(st.text()), "approvals": []},
        reasons=tuple(draw(st.lists(st.text(), max_size=2))),
        spec={"user": draw(st.text())},
        previous=draw(st.sampled_from(["", "f" * 64])),
    )


def live(manifest, uid="1"):
    return LiveObject(key_of(manifest), uid, manifest)


def rendered(statement):
    """Every object that the statement gives in its first window."""
    return render_window(statement, statement.windows[0], statement.scopes, digest_of(print_statement(statement)))


def recorded(statement, **changes):
    envelope = Envelope(DECISION_TYPE, print_statement(statement), "key", "signature")
    manifest = record_manifest(statement, envelope, inventory_of(statement, digest_of(envelope.payload)))
    return read_record(live({**manifest, **changes}), TRUST, "prod", lambda _envelope, _keys: True)


# -- tampering: what others may do to an object of ours

EDITS = {
    "end moved": lambda each: each["metadata"]["annotations"].update({EXPIRES_AT: "2030-01-01T00:00:00Z"}),
    "end unreadable": lambda each: each["metadata"]["annotations"].update({EXPIRES_AT: "tomorrow"}),
    "end gone": lambda each: each["metadata"]["annotations"].clear(),
    "other decision": lambda each: each["metadata"]["annotations"].update({DECISION: "0"}),
    "label gone": lambda each: each["metadata"]["labels"].pop(MANAGED_BY),
    "request gone": lambda each: each["metadata"]["labels"].pop(REQUEST),
    "other request": lambda each: each["metadata"]["labels"].update({REQUEST: "0" * 32}),
    "other subject": lambda each: each.update(subjects=[{"kind": "User", "name": "mallory"}]),
    "wider": lambda each: each.update(rules=[{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]),
    "narrower": lambda each: each.update(rules=each.get("rules", [])[:1]),
    "aggregated": lambda each: each.update(aggregationRule={}),
    "renamed": lambda each: each["metadata"].update(name="theirs"),
}


@st.composite
def clusters(draw):
    """Some decisions, what of them is desired, and what lies on the cluster: ours, tampered with, gone, or of others."""
    some = draw(st.lists(statements(), max_size=3, unique_by=lambda each: each.uid))
    made = [manifest for statement in some for manifest in rendered(statement)]
    desired = {key_of(each): each for each in made if draw(st.booleans())}
    there = {}
    for index, manifest in enumerate(made):
        if draw(st.booleans()):
            copy = deepcopy(dict(manifest))
            for edit in draw(st.lists(st.sampled_from(sorted(EDITS)), max_size=2, unique=True)):
                EDITS[edit](copy)
            there[key_of(copy)] = live(copy, str(index))
    return some, desired, tuple(there.values())


def after(objects, difference):
    """The cluster after a plan was carried out on it."""
    there = {each.key: each for each in objects}
    for end in difference.ends:
        assert there.pop(end.live.key) == end.live
    for shrink in difference.shrinks:
        assert covers(from_manifest(shrink.live.manifest["rules"]), from_manifest(shrink.manifest["rules"]))
        there[shrink.live.key] = replace(shrink.live, manifest=shrink.manifest)
    for creation in difference.creations:
        there.setdefault(creation.key, live(creation.manifest))
    return tuple(there.values())


@fewer
@given(clusters())
def test_nothing_is_left_to_do_after_two_plans_and_one_suffices_where_nothing_was_in_the_way(cluster):
    _, desired, objects = cluster
    plans = [diff(desired, objects, {}, {})]
    for _ in range(2):
        objects = after(objects, plans[-1])
        plans.append(diff(desired, objects, {}, {}))
    blocked = {each.live.key for each in plans[0].ends} & set(desired)
    foreign = {each.key for each in objects if not is_grant_object(each)} & set(desired)
    left = [each.key for each in plans[1].creations]
    assert set(left) <= blocked | foreign
    assert not (plans[1].ends or plans[1].shrinks)
    assert {each.key for each in plans[2].creations} <= foreign
    assert not (plans[2].ends or plans[2].shrinks)


@fewer
@given(clusters())
def test_no_plan_touches_what_is_not_ours_or_keeps_ours_that_is_not_desired(cluster):
    _, desired, objects = cluster
    plan = diff(desired, objects, {}, {})
    theirs = {each.key for each in objects if each.labels.get(MANAGED_BY) != MANAGER or not is_grant_object(each)}
    assert not theirs & {each.live.key for each in ended(objects, (), NOW + timedelta(days=1))}
    assert not theirs & {each.live.key for each in (*plan.ends, *plan.shrinks)}
    ours = {each.key for each in objects if is_grant_object(each)}
    assert {each.live.key for each in plan.ends} >= ours - set(desired)
    assert {each.key for each in plan.creations} <= set(desired) - ours


@fewer
@given(clusters(), st.randoms())
def test_the_order_of_what_is_desired_and_of_what_is_there_does_not_matter(cluster, random):
    some, desired, objects = cluster
    records = [recorded(each) for each in some]
    by_uid = {each.request_uid: each for each in records}
    shuffled = [random.sample(list(each), len(each)) for each in (desired.items(), objects, by_uid.items())]
    assert diff(desired, objects, by_uid, {}) == diff(dict(shuffled[0]), shuffled[1], dict(shuffled[2]), {})
    assert ended(objects, records, NOW) == ended(shuffled[1], random.sample(records, len(records)), NOW)


@fewer
@given(clusters())
def test_in_every_plan_bindings_end_first_and_are_made_last(cluster):
    _, desired, objects = cluster
    plan = diff(desired, objects, {}, {})
    is_binding = [each.live.key.kind.endswith("Binding") for each in plan.ends]
    assert all(one or not other for one, other in pairwise(is_binding))
    is_binding = [each.key.kind.endswith("Binding") for each in plan.creations]
    assert all(other or not one for one, other in pairwise(is_binding))


@fewer
@given(clusters())
def test_no_object_outlives_its_end_nor_the_end_that_was_signed(cluster):
    some, _, objects = cluster
    gone = {each.live.key for each in ended(objects, [recorded(each) for each in some], NOW)}
    left = [each for each in objects if is_grant_object(each) and each.key not in gone]
    assert all(parse_time(each.annotations[EXPIRES_AT]) > NOW for each in left)
    signed = {key: each.expires_at for each in some for key in inventory_of(each, "")}
    assert all(signed[each.key] > NOW for each in left if each.key in signed)


@fewer
@given(clusters(), statements())
def test_a_record_more_ends_nothing_later(cluster, other):
    some, _, objects = cluster
    records = [recorded(each) for each in some]
    more = [*records, recorded(other, spec={"decision": "forged", "revokedAt": "whenever"})]
    before = {each.live.key for each in ended(objects, records, NOW)}
    assert before <= {each.live.key for each in ended(objects, more, NOW)}
    for each in objects:
        if (first := end_of(each, records)) is not None and (second := end_of(each, more)) is not None:
            assert second <= first


# -- decisions

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
    unknown = replace(case, change=None) if without_change else replace(case, policies=())
    assert isinstance(authorize(unknown, now=world.NOW), Unknown)
    judgement = judge(
        unknown.request,
        unknown.change,
        unknown.policies,
        unknown.touches,
        ClusterFacts("uid-1", Rbac(), Discovery()),
        Place("1", "uid-1", "0" * 32, world.LANDING, world.BLOB, ""),
        now=world.NOW,
    )
    assert judgement.statement is None


# -- text and back


@given(st.integers(1, LONGEST // timedelta(microseconds=1)).map(lambda some: timedelta(microseconds=some)))
def test_a_duration_is_read_as_it_was_written(duration):
    assert parse_duration(print_duration(duration)) == duration


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_is_read_as_it_was_written(time):
    assert parse_time(print_time(time)) == time


@given(st.from_regex(r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)\Z"))
def test_what_looks_like_a_time_is_one_or_a_value_error(text):
    with contextlib.suppress(ValueError):
        assert parse_time(text).tzinfo is UTC


@given(statements())
def test_a_statement_is_read_as_it_was_written(statement):
    text = print_statement(statement)
    assert parse_statement(text) == statement
    assert print_statement(parse_statement(text)) == text


@given(
    st.builds(
        Checkpoint,
        st.just("acme/access"),
        st.just("uid-1"),
        hexes,
        hexes,
        st.dictionaries(st.text(), times, max_size=3),
        st.lists(hexes, max_size=3).map(tuple),
        st.text(),
    )
)
def test_a_checkpoint_is_read_as_it_was_written(checkpoint):
    written = checkpoint_manifest(Envelope(CHECKPOINT_TYPE, print_checkpoint(checkpoint), "key", "signature"))
    assert read_checkpoint([live(written)], TRUST, lambda _envelope, _keys: True) == (checkpoint, None)


@given(rules)
def test_rules_are_read_as_they_were_written(some):
    assert from_manifest(to_manifest(some)) == some


# -- what nobody signed

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=5,
)
FIELDS = ("request", "evidence", "windows", "scopes", "reasons", "spec", "subject", "kind", "decidedAt", "outcome")


@given(statements(), st.sampled_from(FIELDS), anything, anything, anything)
def test_a_record_that_nobody_signed_can_be_anything_and_is_read(statement, field, value, inventory, status):
    payload = json.dumps(json.loads(print_statement(statement)) | {field: value})
    manifest = record_manifest(statement, Envelope(DECISION_TYPE, payload, "key", "signature"), ())
    spec = {**manifest["spec"], "inventory": inventory, "revokedAt": value}
    assert read_unproved(live({**manifest, "spec": spec, "status": status})).problem is not None
    assert read_unproved(live({**manifest, "spec": value, "status": {"inventory": inventory}})).problem is not None
