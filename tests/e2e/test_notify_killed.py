"""Telling people is killed before and after each of its steps, or another run goes on in between: nothing is told twice."""

import shutil
from itertools import count

import pytest

from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster
from gitops_breakglass.flows.notify import Comments, Post, news_of, notify
from gitops_breakglass.model.notice import Channel, Delivery, Progress
from tests.e2e.notify_stage import TOLD, Killed, Told, Wrapped

ENDED_EVERYWHERE = TOLD.replace("to: [sec@example.com]}", "to: [sec@example.com], events: [granted, ended]}")
ALL = sorted((each, event) for each in ("comment", "smtp", "webhook") for event in ("ended", "granted"))


class Board:
    """Implements `ports.Desk` as far as notices need it, and as the contract of the forges has it: it keeps no double."""

    def __init__(self):
        self.said = {}

    def announce(self, change, event, text):
        """Write it, unless it is there."""
        self.said.setdefault((change, event), text)


class Town:
    """A grant that came and went, untold; and where it is told."""

    def __init__(self, stage, report, folder):
        self.stage, self.report, self.folder = stage, report, folder
        self.cluster = ManifestsCluster("prod", folder, stage.clock)
        self.board, self.got = Board(), []

    def run(self, step=lambda _when: None):
        """Tell once; `step` is called before and after each call to the cluster and each sending."""

        def stepped(function):
            def call(*arguments):
                step("before")
                result = function(*arguments)
                step("after")
                return result

            return call

        town = self

        class Box:
            def __init__(self, channel):
                self.channel = channel
                self.send = stepped(self._send)

            def _send(self, message):
                town.got.append((self.channel.value, message.id.split("/", 1)[1]))
                return Delivery(Progress.SENT)

        comments = Comments(lambda: self.board)
        wrapped = Wrapped(
            self.cluster,
            **{name: stepped(getattr(self.cluster, name)) for name in ("read", "get", "replace_status")},
        )
        boxes = [Box(Channel.WEBHOOK), Box(Channel.MAIL)]
        post = Post({Channel.COMMENT: comments, **{each.channel: each for each in boxes}}, self.stage.clock)
        return [each.rule for each in notify(wrapped, self.stage.signer.verify, news_of(self.report, None), post)]

    def told(self):
        comments = [("comment", event.split("/", 1)[1]) for _, event in self.board.said]
        return sorted([*self.got, *comments])


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stage")
    stage = Told(folder, more=ENDED_EVERYWHERE)
    stage.asks()
    stage.reconcile()
    stage.passes(hours=1)
    report = stage.reconcile()
    numbers = count()

    def town():
        copy = folder / f"copy-{next(numbers)}"
        shutil.copytree(folder / "out" / "prod", copy)
        return Town(stage, report, copy)

    return town


def steps_of(town):
    seen = []
    town.run(seen.append)
    assert town.told() == ALL
    return len(seen)


def at(number, act):
    left = iter(range(number))

    def step(_when):
        if next(left, None) is None and not act.done:
            act.done = True
            act()

    return step


class Once:
    def __init__(self, act):
        self.act, self.done = act, False

    def __call__(self):
        self.act()


def kill():
    raise Killed


def test_killed_at_any_step_nothing_is_told_twice_and_what_is_not_known_is_said(ended):
    steps = steps_of(ended())
    assert steps > 40
    lost = 0
    for number in range(steps):
        town = ended()
        with pytest.raises(Killed):
            town.run(at(number, Once(kill)))
        begun = town.stage.clock.now()
        said = town.run()
        town.stage.clock.sleep(301)
        said += town.run()
        told = town.told()
        assert len(set(told)) == len(told), (number, told)
        missing = set(ALL) - set(told)
        assert len(missing) <= 1 and missing <= set(ALL) - {("comment", "granted"), ("comment", "ended")}
        # What may be lost is said, once; what was told and not noted is said too.
        assert said.count("notice-unsure") <= 1
        assert not missing or "notice-unsure" in said
        lost += len(missing)
        assert town.run() == []
        assert (town.stage.clock.now() - begun).total_seconds() < 400
    assert lost


def test_another_run_at_any_step_tells_nothing_twice(ended):
    for number in range(steps_of(ended())):
        town = ended()
        town.run(at(number, Once(town.run)))
        town.run()
        assert town.told() == ALL, number
