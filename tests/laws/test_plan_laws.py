"""The laws of plans: what holds whatever is desired, and whatever lies on the cluster."""

from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_breakglass.core.plan.diff import diff
from gitops_breakglass.core.plan.ends import end_of, ended
from gitops_breakglass.core.plan.ownership import is_grant_object
from gitops_breakglass.core.rbac.algebra import covers, from_manifest
from gitops_breakglass.core.render.grant import inventory_of
from gitops_breakglass.model.kube import DECISION, EXPIRES_AT, MANAGED_BY, MANAGER, REQUEST, key_of
from gitops_breakglass.model.window import parse_time
from tests.laws.drawn_statements import NOW, live, recorded, rendered, statements

# Whole clusters are costly to draw.
fewer = settings(max_examples=40)


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
