"""What was approved is what is there; and the windows that a decision may open."""

from datetime import timedelta

import pytest

from gitops_breakglass.core.authorize import authorize
from gitops_breakglass.core.schedule.recurring import windows
from gitops_breakglass.model.change import FileChange
from gitops_breakglass.model.decision import Denied, Granted, Pending
from gitops_breakglass.model.deny import DenyPolicy, DenyScope
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.policy import ClusterConfig
from gitops_breakglass.model.request import Schedule
from tests.unit.authorize.world import (
    BASE,
    BLOB,
    ID,
    LANDING,
    MERGED,
    NOW,
    OTHER,
    breakglass,
    case,
    escalation,
    offer,
    policy,
    review,
    rules_of,
    session,
    touch,
    unmerged,
)

ALSO = FileChange("policies/shell.yaml", "M")
MINE = FileChange(ID.path, "A")
WEEKS = ["2026-03-16T09:00:00+00:00", "2026-03-23T09:00:00+00:00"]


@pytest.mark.parametrize("changed", ["blob_head", "blob_landing", "blob_now"])
def test_content_that_differs_anywhere_between_review_and_now_is_refused(changed):
    decision = authorize(case(review("ben"), **{changed: OTHER}), now=NOW)
    assert "same-content" in rules_of(decision)


def test_a_file_that_is_gone_or_no_plain_file_is_refused():
    assert "same-content" in rules_of(authorize(case(review("ben"), blob_now=None), now=NOW))
    assert "same-content" in rules_of(authorize(unmerged(review("ben"), blob_head=None), now=NOW))


@pytest.mark.parametrize("where", ["files", "landed_files"])
@pytest.mark.parametrize("files", [(MINE, ALSO), (MINE, FileChange("requests/prod/inc-2.yaml", "A"))])
def test_a_change_that_does_anything_else_is_refused(where, files):
    assert rules_of(authorize(case(review("ben"), **{where: files}), now=NOW)) == ["one-file"]


def test_a_change_that_edits_instead_of_adding_is_refused():
    assert rules_of(authorize(case(review("ben"), files=(FileChange(ID.path, "M"),)), now=NOW)) == ["one-file"]


@pytest.mark.parametrize(
    "history",
    [
        (touch(status="M", commit="9" * 40, blob=OTHER), touch()),
        (touch(), touch(status="D", commit="8" * 40, blob="0" * 40), touch(commit="7" * 40)),
        (touch(status="M"),),
    ],
)
def test_a_name_once_used_is_burned(history):
    assert rules_of(authorize(case(review("ben"), touches=history), now=NOW)) == ["touched-once"]


FIRST = "8" * 40


def rebased(*statuses, landed_as=(FIRST, LANDING)):
    history = (touch(status=statuses[1]), touch(commit=FIRST, status=statuses[0], blob=OTHER))
    decision = authorize(case(review("ben"), touches=history, landed_as=landed_as), now=NOW)
    return decision if isinstance(decision, Granted) else rules_of(decision)


def test_the_commits_of_one_rebase_are_the_one_time_that_a_request_landed():
    assert isinstance(rebased("A", "M"), Granted)
    assert rebased("A", "M", landed_as=()) == ["touched-once"]
    assert rebased("A", "M", landed_as=(LANDING,)) == ["touched-once"]
    assert rebased("M", "M") == ["touched-once"]
    assert rebased("D", "A") == ["touched-once"]


@pytest.mark.parametrize("mode", ["120000", "100755", "160000"])
def test_links_executables_and_submodules_are_no_requests(mode):
    assert rules_of(authorize(case(review("ben"), touches=(touch(mode=mode),)), now=NOW)) == ["plain-file"]


def test_content_once_merged_is_burned_under_any_name():
    copy = touch(path="requests/prod/older.yaml", commit="6" * 40)
    assert rules_of(authorize(case(review("ben"), touches=(touch(), copy)), now=NOW)) == ["not-burned"]


def test_a_later_copy_does_not_burn_the_original():
    copy = touch(path="requests/prod/newer.yaml", commit="6" * 40)
    assert isinstance(authorize(case(review("ben"), touches=(copy, touch())), now=NOW), Granted)


def test_a_mixed_change_is_refused_before_it_is_merged():
    decision = authorize(unmerged(review("ben"), files=(MINE, ALSO)), now=NOW)
    assert isinstance(decision, Denied)


def test_an_approval_of_an_older_head_does_not_make_it_ready():
    decision = authorize(unmerged(review("ben", blob=OTHER)), now=NOW)
    assert isinstance(decision, Pending)
    assert not decision.ready


def test_the_window_is_the_escalation_s_maximum_where_none_is_asked_for():
    decision = authorize(case(review("ben"), request=session(duration=None)), now=NOW)
    assert decision.windows[0].end == MERGED + timedelta(hours=2)


@pytest.mark.parametrize("duration", [timedelta(hours=2, seconds=1), timedelta(seconds=59)])
def test_durations_outside_of_what_is_offered_are_refused(duration):
    decision = authorize(case(review("ben"), request=session(duration=duration)), now=NOW)
    assert "InvalidDuration" in rules_of(decision)


def test_the_stricter_of_both_policies_holds_for_the_duration():
    short = policy(escalation(max_valid_for=timedelta(minutes=30)), commit="d" * 40)
    decision = authorize(case(review("ben"), policies=(policy(), short)), now=NOW)
    assert "InvalidDuration" in rules_of(decision)


def test_a_scheduled_start_moves_the_window_and_a_late_merge_moves_it_too():
    later = MERGED + timedelta(hours=3)
    decision = authorize(case(review("ben"), request=session(scheduled_start=later)), now=NOW)
    assert (decision.windows[0].start, decision.windows[0].end) == (later, later + timedelta(hours=1))
    earlier = MERGED - timedelta(hours=3)
    decision = authorize(case(review("ben"), request=session(scheduled_start=earlier)), now=NOW)
    assert decision.windows[0].start == MERGED


def test_a_late_run_costs_the_user_time_and_never_moves_the_end():
    decision = authorize(case(review("ben")), now=MERGED + timedelta(minutes=59))
    assert decision.windows[0].end == MERGED + timedelta(hours=1)


def test_a_window_that_has_passed_is_refused_not_granted():
    assert rules_of(authorize(case(review("ben")), now=MERGED + timedelta(hours=1))) == ["window-passed"]


def test_a_decision_long_after_the_merge_is_refused():
    far = session(scheduled_start=MERGED + timedelta(days=3))
    assert isinstance(authorize(case(review("ben"), request=far), now=MERGED + timedelta(hours=24)), Granted)
    late = authorize(case(review("ben"), request=far), now=MERGED + timedelta(hours=24, seconds=1))
    assert rules_of(late) == ["decision-too-late"]


def test_a_mandatory_reason_is_demanded():
    strict = (policy(escalation(request_reason_mandatory=True)),)
    assert isinstance(authorize(case(review("ben"), policies=strict), now=NOW), Granted)
    blank = authorize(case(review("ben"), request=session(reason=" "), policies=strict), now=NOW)
    assert "reason-missing" in rules_of(blank)


def test_a_one_time_breakglass_is_at_most_a_day():
    side = (policy(offers=(offer(max_duration=timedelta(days=3)),)),)
    day = breakglass(schedule=Schedule(timedelta(hours=24)))
    assert isinstance(authorize(case(review("ben"), request=day, policies=side), now=NOW), Granted)
    more = breakglass(schedule=Schedule(timedelta(hours=24, seconds=1)))
    assert "InvalidDuration" in rules_of(authorize(case(review("ben"), request=more, policies=side), now=NOW))


def test_recurring_access_is_decided_once_and_for_all_its_windows():
    side = (policy(offers=(offer(recurring=True),)),)
    weekly = breakglass(schedule=Schedule(timedelta(hours=1), cron="0 9 * * 1", max_activations=2))
    decision = authorize(case(review("ben"), request=weekly, policies=side), now=NOW)
    assert isinstance(decision, Granted)
    assert decision.windows == ()
    assert decision.recurrence is not None
    assert [each.start.isoformat() for each in windows(decision.recurrence)] == WEEKS
    not_offered = authorize(case(review("ben"), request=weekly), now=NOW)
    assert "no-offer-fits" in rules_of(not_offered)


def test_a_deny_policy_that_leaves_nothing_refuses_what_it_is_for():
    place = Location("policies/deny.yaml", 3)

    def lost(**scope):
        return policy(deny=(DenyPolicy("guard", place, DenyScope(**scope), is_readable=False),))

    denied = authorize(case(review("ben"), policies=(lost(escalations=("shell",)),)), now=NOW)
    assert rules_of(denied) == ["deny-policy-refuses"]
    assert isinstance(authorize(case(review("ben"), policies=(lost(clusters=("edge",)),)), now=NOW), Granted)


def test_a_deny_policy_that_is_named_and_not_there_refuses_the_request():
    named = (policy(escalation(deny_refs=("no-secrets",))),)
    assert rules_of(authorize(case(review("ben"), policies=named), now=NOW)) == ["unknown-deny-policy"]
    by_itself = session(deny_refs=("no-secrets",))
    assert rules_of(authorize(case(review("ben"), request=by_itself), now=NOW)) == ["unknown-deny-policy"]


def test_an_unknown_cluster_gives_nothing():
    nowhere = policy(cluster=ClusterConfig("edge", Location("clusters/edge.yaml")))
    bare = type(nowhere)(nowhere.commit, nowhere.configuration, nowhere.identities, {}, nowhere.escalations)
    assert rules_of(authorize(case(review("ben"), policies=(bare,)), now=NOW)) == ["unknown-cluster"]


def test_two_escalations_of_one_group_must_be_told_apart():
    two = policy(escalation(name="shell"), escalation(name="bis"))
    by_group = session(escalation=None, granted_group="pod-exec")
    assert rules_of(authorize(case(review("ben"), request=by_group, policies=(two,)), now=NOW)) == [
        "ambiguous-escalation"
    ]


def test_what_another_escalation_gives_since_the_merge_is_refused():
    asked = session(escalation=None, granted_group="pod-exec")
    sides = (policy(escalation(name="other")), policy())
    assert rules_of(authorize(case(review("ben"), request=asked, policies=sides), now=NOW)) == ["source-changed"]


def test_an_escalation_that_is_not_for_the_cluster_gives_nothing():
    elsewhere = policy(escalation(clusters=("staging",)))
    assert rules_of(authorize(case(review("ben"), policies=(elsewhere,)), now=NOW)) == ["unknown-escalation"]


def test_the_evidence_names_landing_blob_and_policies():
    both = (policy(commit="a" * 40), policy(commit="d" * 40))
    evidence = authorize(case(review("ben"), policies=both), now=NOW).evidence
    assert (evidence.landing, evidence.blob, evidence.policy) == (LANDING, BLOB, ("a" * 40, "d" * 40))
    assert evidence.merged_at == MERGED
    assert BASE != LANDING
