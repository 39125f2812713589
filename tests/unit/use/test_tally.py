"""What calls come to for one request: whose they are, what they used, what of them is still open."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gitops_breakglass.core.rbac.algebra import rule
from gitops_breakglass.core.use.tally import Account, account_of, added, identity, watched
from gitops_breakglass.model.grant import Record, ScopedRules, Statement
from gitops_breakglass.model.kube import RBAC, LiveObject, ObjectKey
from gitops_breakglass.model.request import RequestId, Subject
from gitops_breakglass.model.use import MOST_SEEN, NO_USE, Allowance, Call, Coverage, Stage, Target, Use
from gitops_breakglass.model.window import parse_time

NOW = parse_time("2026-11-23T10:00:00Z")
ALICE = Subject("User", "alice")
BINDING, ROLE = (ObjectKey(RBAC, kind, "shop", "bg-a-1") for kind in ("RoleBinding", "Role"))
OTHER = ObjectKey(RBAC, "RoleBinding", "shop", "bg-b-1")
VIA = Allowance(BINDING, "Role", "bg-a-1", ALICE)
PODS = (rule(["get", "list", "watch"], ["pods"]), rule(["get"], ["pods/exec"]))
ACCOUNT = Account(
    "u-1", frozenset({BINDING}), frozenset({ROLE}), frozenset({ALICE}), (ScopedRules("shop", PODS, "group"),), NOW
)
LIST = Target("list", "", "pods", "", "shop")
EXEC = Target("get", "", "pods", "exec", "shop", "web-0")
STATEMENT = Statement(
    repository="acme/access",
    cluster="prod",
    cluster_uid="uid-1",
    request=RequestId("prod", "inc-1"),
    kind="BreakglassSession",
    uid="u-1",
    path="requests/prod/inc-1.yaml",
    blob="b" * 40,
    landing="c" * 40,
    decided_at=NOW,
    outcome="granted",
    subject=ALICE,
    scopes=ACCOUNT.scopes,
)
OURS = frozenset({BINDING, OTHER})


def minutes(number):
    return NOW + timedelta(minutes=number)


def call(number=0, target=LIST, stage=Stage.COMPLETE, via=VIA, *, at=1, **more):
    received = minutes(at)
    return Call(
        f"a-{number}",
        stage,
        "alice",
        more.pop("by", ""),
        target,
        received,
        received,
        allowed=True,
        code=200,
        via=via,
        **more,
    )


def use_of(*calls, account=ACCOUNT, use=NO_USE):
    return added(use, calls, account, OURS)


def test_a_call_that_the_binding_let_pass_is_use():
    use = use_of(call(1), call(2, EXEC, at=3), call(3, at=2))
    assert (use.calls, use.first, use.last, use.used) == (3, minutes(1), minutes(3), (EXEC, LIST))


@pytest.mark.parametrize(
    "via",
    [
        None,
        replace(VIA, binding=replace(BINDING, name="bg-a-2")),
        replace(VIA, binding=replace(BINDING, namespace="cart")),
        replace(VIA, binding=replace(BINDING, kind="ClusterRoleBinding")),
        replace(VIA, role="admin"),
        replace(VIA, role_kind="ClusterRole"),
        replace(VIA, subject=Subject("User", "mallory")),
        replace(VIA, subject=Subject("Group", "alice")),
    ],
)
def test_what_passed_by_anything_else_is_no_use(via):
    assert use_of(call(via=via)) == NO_USE


def test_what_was_called_before_the_decision_or_after_the_end_passed_by_somebody_elses_namesake():
    ended = replace(ACCOUNT, until=minutes(5))
    assert use_of(call(at=-1)) == NO_USE
    assert use_of(call(at=6), account=ended) == NO_USE
    assert use_of(call(at=5), account=ended).calls == 1


def test_a_call_that_is_told_again_changes_nothing():
    once = use_of(call(1), call(2, at=2))
    assert use_of(call(2, at=2), call(1), use=once) == once


def test_old_events_that_are_sent_again_keep_no_session_from_being_idle():
    calls = [call(number, at=number) for number in range(MOST_SEEN + 9)]
    use = watched(use_of(*calls), Coverage(NOW, minutes(MOST_SEEN + 60)))
    again = use_of(*calls, use=use)
    assert (again.calls, again.last, again.unused(NOW)) == (use.calls, use.last, use.unused(NOW))


def test_an_event_of_the_future_is_a_sign_of_use_until_then_and_no_longer():
    """Only whoever writes the log can have one there: a session ends later for being idle, and no later than its window."""
    use = watched(use_of(call(1), call(2, at=60)), Coverage(NOW, minutes(30)))
    assert use.unused(NOW) == timedelta()
    assert watched(use, Coverage(NOW, minutes(90))).unused(NOW) == timedelta(minutes=30)


def test_calls_under_one_audit_id_are_as_many_as_they_are():
    # Whoever calls may choose it: Audit-ID is a header of requests.
    same = [replace(call(at=at), audit_id="mine") for at in (1, 2, 3)]
    assert use_of(*same).calls == 3
    hidden = replace(call(0, EXEC, Stage.STARTED, at=4), audit_id="mine")
    assert [str(each) for each in use_of(*same, hidden).streams] == ["alice: get pods/exec shop/web-0"]


def test_a_stream_is_open_until_its_end_is_seen():
    began = call(1, EXEC, Stage.STARTED)
    use = use_of(began)
    assert [(str(each), each.since) for each in use.streams] == [("alice: get pods/exec shop/web-0", minutes(1))]
    assert use_of(replace(began, stage=Stage.COMPLETE, at=minutes(9)), use=use).streams == ()
    assert use_of(replace(began, stage=Stage.PANIC), use=use).streams == ()


def test_a_stream_whose_end_is_told_before_its_beginning_is_not_open():
    began = call(1, EXEC, Stage.STARTED)
    over = use_of(replace(began, stage=Stage.COMPLETE))
    assert use_of(began, use=over) == over


def test_the_end_of_a_stream_is_a_sign_of_use_and_no_other_call():
    began = call(1, EXEC, Stage.STARTED)
    use = use_of(began, replace(began, stage=Stage.COMPLETE, at=minutes(30)))
    assert (use.calls, use.last) == (1, minutes(30))


def test_what_admission_refused_was_called_and_used_nothing():
    use = use_of(call(1, refused=True), call(1, refused=True))
    assert (use.calls, use.refused, use.used, use.last) == (1, 1, (), minutes(1))


def test_calls_in_the_subjects_name_are_told_apart():
    use = use_of(call(1, by="robot"), call(2))
    assert (use.calls, use.impersonated) == (2, 1)


def test_a_call_that_another_grant_let_pass_is_a_sign_of_use_where_this_one_would_have_too():
    # Of several bindings that allow a call RBAC names the first that it finds, in no order.
    by_other = replace(VIA, binding=OTHER, role="bg-b-1")
    use = use_of(call(via=by_other))
    assert (use.calls, use.used, use.last) == (0, (), minutes(1))
    assert use_of(call(via=by_other, target=replace(LIST, verb="delete"))) == NO_USE
    assert use_of(call(via=by_other, target=replace(LIST, namespace="cart"))) == NO_USE
    assert use_of(call(via=replace(by_other, subject=Subject("User", "bob")))) == NO_USE
    standing = replace(VIA, binding=replace(OTHER, name="view"))
    assert use_of(call(via=standing)) == NO_USE


def test_a_call_too_old_to_be_remembered_is_not_counted_twice_and_that_is_told():
    calls = [call(number, at=number + 1) for number in range(MOST_SEEN + 10)]
    use = use_of(*calls)
    assert (use.calls, len(use.seen), use.is_cut) == (MOST_SEEN + 10, MOST_SEEN, False)
    again = use_of(*calls, use=use)
    assert (again.calls, again.is_cut) == (MOST_SEEN + 10, True)
    assert replace(again, is_cut=False) == use


def record(uids=None, *, listed=(BINDING, ROLE), statement=None):
    statement = statement or STATEMENT
    live = LiveObject(ObjectKey("a", "Grant", "", "r"), "u-9", {"metadata": {}})
    uids = {BINDING: "u-1", ROLE: "u-2"} if uids is None else uids
    return Record("r", statement.uid, None, statement, "", listed, uids, None, None, live)


def live(key, uid):
    return LiveObject(key, uid, {"metadata": {}})


def test_a_request_is_known_by_the_bindings_that_were_seen_to_be_made_for_it():
    assert account_of(record()).bindings == {BINDING}
    assert account_of(record({})).bindings == frozenset()
    stopped = account_of(record({}), [live(BINDING, "u-1"), live(OTHER, "u-3")])
    assert stopped.bindings == {BINDING}


def test_a_namesake_of_its_binding_is_not_its_binding():
    assert account_of(record(), [live(BINDING, "u-1")]).bindings == {BINDING}
    assert account_of(record(), [live(BINDING, "somebody's")]).bindings == frozenset()


def test_what_was_denied_was_used_by_nobody():
    denied = replace(STATEMENT, outcome="denied", subject=None)
    assert account_of(record(statement=denied)) is None


def test_watching_goes_on_or_begins_anew():
    use = watched(NO_USE, Coverage(minutes(0), minutes(5)))
    assert (use.since, use.until) == (minutes(0), minutes(5))
    on = watched(use, Coverage(minutes(4), minutes(9)))
    assert (on.since, on.until) == (minutes(0), minutes(9))
    gap = watched(on, Coverage(minutes(20), minutes(30)))
    assert (gap.since, gap.until) == (minutes(20), minutes(30))
    assert watched(gap, Coverage(minutes(20), None)) == gap


def test_only_time_that_was_watched_is_time_without_use():
    assert NO_USE.unused(NOW) == timedelta()
    seen = Use(since=minutes(10), until=minutes(40))
    assert seen.unused(minutes(0)) == timedelta(minutes=30)
    assert seen.unused(minutes(15)) == timedelta(minutes=25)
    assert replace(seen, last=minutes(30)).unused(minutes(0)) == timedelta(minutes=10)
    assert replace(seen, last=minutes(50)).unused(minutes(0)) == timedelta()


def test_a_call_is_told_from_others_by_what_its_caller_does_not_choose():
    assert identity(call(1)) == identity(call(1, stage=Stage.STARTED))
    for other in (call(1, at=2), call(1, EXEC), call(1, by="robot"), replace(call(1), user="bob"), call(2)):
        assert identity(other) != identity(call(1))
