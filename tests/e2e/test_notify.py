"""People are told of a grant's life, each thing once by each channel, whatever is killed or refused in between."""

from dataclasses import replace

import pytest

from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.flows.ends.sweep import sweep
from gitops_breakglass.flows.notify import News, has_to_tell, news_of
from gitops_breakglass.model.errors import ConflictError, RefusedError, UnreachableError
from gitops_breakglass.model.notice import Channel, Delivery, Progress
from tests.e2e.notify_stage import Killed, Mailbox, Told, Wrapped
from tests.e2e.stage import POD_SHELL
from tests.git.world import session


@pytest.fixture
def stage(tmp_path):
    return Told(tmp_path)


def test_a_grant_is_told_of_from_its_beginning_to_its_end_and_each_thing_once(stage):
    stage.asks()
    for minutes in (0, 1, 45, 1, 20, 1, 60):
        stage.passes(minutes=minutes)
        assert stage.run() == []
    life = ["granted", "reminder", "ended"]
    assert (stage.comments.events, stage.webhook.events, stage.mail.events) == (life, life, [])
    (granted, _, ended) = stage.comments.got
    assert (granted.change, granted.title) == ("breakglass/prod/inc-1", "gitops-breakglass: access granted: prod/inc-1")
    assert "6m 0s" not in ended.text and "after it was due" in ended.text
    assert set(stage.marks().values()) == {"sent"}


def test_what_the_sweeper_ended_is_told_by_the_next_run_from_the_record(stage):
    stage.asks()
    stage.run()
    stage.passes(hours=2)
    sweep(stage.cluster, ThreadPool(1))
    assert stage.live() == []
    stage.run()
    assert stage.webhook.events == ["granted", "ended"]


def test_access_that_does_not_go_is_an_alarm_once_and_its_end_says_how_late_it_came(stage):
    stage.asks()
    stage.run()
    stage.passes(hours=1)
    refuses = {"delete": _refused, "replace": _refused}
    whole, stage.cluster = stage.cluster, Wrapped(stage.cluster, **refuses)
    for _ in range(3):
        stage.run()
        stage.passes(minutes=1)
    assert (stage.mail.events, stage.comments.events) == (["could-not-end"], ["granted", "could-not-end"])
    (alarm,) = stage.mail.got
    assert "may still work" in alarm.text and "Still there: RoleBinding" not in alarm.title
    assert alarm.recipients == ("sec@example.com",)
    stage.cluster = whole
    stage.run()
    assert stage.webhook.events == ["granted", "could-not-end", "ended"]
    assert "3m after it was due" in stage.webhook.got[-1].text


def _refused(*_arguments):
    raise RefusedError("a webhook says no")


@pytest.mark.parametrize("which", ["comments", "webhook"])
def test_a_run_that_is_killed_while_it_sends_leaves_nothing_told_twice(stage, which):
    stage.asks()
    box = getattr(stage, which)
    box.answers = [Killed()]
    with pytest.raises(Killed):
        stage.run()
    assert stage.marks()["granted", {"comments": "comment"}.get(which, which)] == "sending"
    assert stage.run() == []
    assert box.events == ["granted"]
    stage.passes(minutes=5)
    told = stage.run()
    if which == "webhook":
        assert told == [
            (
                "notice-unsure: prod/inc-1: nobody knows whether this was told by webhook: granted: a run was stopped while "
                "it was sent"
            )
        ]
        assert box.events == ["granted"]
        assert stage.marks()["granted", "webhook"] == "unsure"
    else:
        # It is looked for at the forge, which this box can't do: the contract suite shows that it is found.
        assert (told, box.events, stage.marks()["granted", "comment"]) == ([], ["granted", "granted"], "sent")
    stage.passes(minutes=5)
    assert stage.run() == []


def test_what_nobody_answered_is_told_as_unsure_and_not_sent_again(stage):
    stage.asks()
    stage.webhook.answers = [Delivery(Progress.UNSURE, "no answer was had from hooks.example.com: it took too long")]
    assert stage.run() == [
        (
            "notice-unsure: prod/inc-1: nobody knows whether this was told by webhook: granted: no answer was had from "
            "hooks.example.com: it took too long"
        )
    ]
    stage.passes(minutes=10)
    assert (stage.run(), stage.webhook.events) == ([], ["granted"])


def test_what_was_clearly_refused_is_sent_later_and_given_up_after_eight_times(stage):
    stage.asks()
    # The end, which comes meanwhile, is refused once too.
    stage.webhook.answers = [Delivery(Progress.FAILED, "hooks.example.com answered 503")] * 9
    said = []
    for minutes in (0, 0.5, 1, 2, 4, 8, 16, 32, 64, 64, 64):
        stage.passes(minutes=minutes)
        said += [each for each in stage.run() if "granted" in each]
    assert len(said) == 8
    assert said[-1].endswith("granted: hooks.example.com answered 503; that was the last try")
    assert stage.webhook.events == ["ended"]
    assert stage.marks()["granted", "webhook"] == "given-up"


def test_one_channel_that_is_dead_keeps_no_other_from_being_told(stage):
    stage.asks()
    stage.comments.answers = [Delivery(Progress.FAILED, "the forge is down")]
    assert len(stage.run()) == 1
    assert stage.webhook.events == ["granted"]


def test_of_two_runs_at_once_one_tells(stage):
    stage.asks()
    report = stage.reconcile()
    read = stage.cluster.read()
    # Both have read the same before either has written its mark.
    for _ in range(2):
        assert stage.tell(report, Wrapped(stage.cluster, read=lambda: read)) == []
    assert stage.webhook.events == ["granted"]


def test_nothing_is_sent_where_it_could_not_be_noted_before(stage):
    stage.asks()
    report = stage.reconcile()

    def lost(*_arguments):
        raise UnreachableError("no answer")

    told = stage.tell(report, Wrapped(stage.cluster, replace_status=lost))
    assert (len(told), stage.webhook.events) == (2, [])
    assert "that it is sent could not be noted: no answer" in told[0]


def test_how_it_went_is_noted_beside_what_others_write_meanwhile(stage):
    stage.asks()
    report = stage.reconcile()
    calls = []

    def meanwhile(key, manifest):
        calls.append(key)
        if len(calls) == 2:
            raise ConflictError("somebody wrote it")
        stage.cluster.replace_status(key, manifest)

    assert stage.tell(report, Wrapped(stage.cluster, replace_status=meanwhile)) == []
    assert set(stage.marks().values()) == {"sent"}


def test_a_slow_channel_takes_a_bounded_time_of_a_run_and_the_next_one_goes_on(stage):
    for number in range(1, 5):
        stage.asks(f"prod/inc-{number}")

    class Slow(Mailbox):
        def send(self, message):
            stage.clock.sleep(16)
            return super().send(message)

    stage.webhook = Slow(Channel.WEBHOOK)
    stage.run()
    assert len(stage.webhook.got) == 2
    stage.run()
    assert sorted(str(each.title[-5:]) for each in stage.webhook.got) == ["inc-1", "inc-2", "inc-3", "inc-4"]


def test_an_end_before_its_time_that_is_refused_says_that_it_has_to_go(stage):
    stage.asks()
    stage.run()
    stage.world.policy({"requests/prod/inc-1.yaml": None}, message="Done early")
    stage.cluster = Wrapped(stage.cluster, delete=_refused, replace=_refused)
    stage.run()
    (alarm,) = stage.mail.got
    assert "The access of alice@example.com on prod has to go, and may still work." in alarm.text


def test_a_silenced_escalation_tells_nobody_but_of_access_that_does_not_go(tmp_path):
    quiet = POD_SHELL.replace("  maxValidFor: 2h\n", "  maxValidFor: 2h\n  disableNotifications: true\n")
    stage = Told(tmp_path, policies=quiet)
    stage.asks()
    stage.run()
    stage.passes(hours=1)
    whole, stage.cluster = stage.cluster, Wrapped(stage.cluster, delete=_refused, replace=_refused)
    stage.run()
    stage.cluster = whole
    stage.run()
    assert (stage.comments.events, stage.webhook.events, stage.mail.events) == (
        [],
        ["could-not-end"],
        ["could-not-end"],
    )


def test_a_change_of_where_notices_go_that_nobody_approved_redirects_nothing(stage):
    stage.asks()
    stage.run()
    content = stage.policy_files["breakglass.yaml"]
    stage.world.policy({"breakglass.yaml": content.replace("hooks.example.com", "evil.example.com")}, by=stage.mallory)
    stage.passes(hours=1)
    report = stage.reconcile()
    assert report.plan.side.configuration.notifications.webhook.url == "https://hooks.example.com/x"
    stage.tell(report)
    assert stage.webhook.events == ["granted", "ended"]


def test_while_the_repository_can_t_be_read_ends_are_told_by_what_was_known_last(stage):
    stage.asks()
    report = stage.reconcile()
    stage.tell(report)
    stage.passes(hours=1)
    swept = stage.sweep()
    stage.tell(replace(swept, plan=None))
    assert stage.webhook.events == ["granted", "ended"]


def test_without_channels_nobody_is_told_and_nothing_is_looked_at(tmp_path):
    stage = Told(tmp_path, more="")
    stage.asks()
    assert news_of(stage.reconcile(), None) is None


def test_a_run_that_did_nothing_and_has_nothing_due_looks_at_nothing(stage):
    stage.asks()
    stage.run()
    stage.run()
    news = news_of(stage.reconcile(), None)
    assert isinstance(news, News) and not has_to_tell(news)
    stage.passes(minutes=50)
    assert has_to_tell(news_of(stage.reconcile(), None))


def test_the_words_of_a_request_reach_no_channel_but_as_words(stage):
    stage.asks(content=session("inc-1", reason="::error::x @everyone"))
    stage.run()
    (message,) = stage.webhook.got
    assert "@everyone" not in message.payload
