"""Who is told what in the model: a forge's comments and a webhook, and what has to hold of all that arrives there."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from urllib3.exceptions import HTTPError

from gitops_breakglass.flows.notify import Comments, Post, has_to_tell, news_of, notify
from gitops_breakglass.flows.reconcile import reconcile
from gitops_breakglass.model.errors import BreakglassError, UnreachableError
from gitops_breakglass.model.notice import Channel, Delivery, Message, Progress
from gitops_breakglass.model.outcome import ClusterReport
from tests.simulation.oracle import Asked, Oracle
from tests.simulation.process import Line, ModelCluster
from tests.simulation.stored import Request
from tests.simulation.world import SIGNER, World

REMINDER = timedelta(minutes=15)
"""How long before an end its reminder comes, as it is where nobody says otherwise."""
STOPPED = timedelta(minutes=5)
"""After how long whoever was about to write a comment is taken to have been stopped."""
PAUSE = 3601.0
"""Seconds, longer than the longest pause until what was refused is tried again."""
MOST_TRIES, SUCCESS = 8, 300
CHANNELS = ("comment", "webhook")


@dataclass
class Town:
    """What arrived: where, about which request, and which event of it."""

    oracle: Oracle
    told: dict[tuple[str, str, str], int] = field(default_factory=dict)
    is_hurt: bool = False
    """Whether anything ever went wrong with a process that tells people."""
    _slow: set[tuple[str, str]] = field(default_factory=set)

    # -- what arrives

    def posted(self, request: Request) -> tuple[int, str]:
        """Take what comes to the webhook."""
        self._takes("webhook", request)
        return 200, "{}"

    def forge(self, request: Request) -> tuple[int, str]:
        """List comments, or take one; one that was looked for long before it is written may be the second."""
        change = request.path.split("/")[2]
        if request.method == "GET":
            asked = self._about(change)
            return 200, json.dumps(
                [event for where, name, event in self.told if (where, name) == ("comment", asked.name)]
            )
        if self.oracle.server.now() - request.body["looked"] >= STOPPED:
            self._slow.add((change, request.body["event"]))
        self._takes("comment", request)
        return 201, "{}"

    def refused(self, request: Request) -> None:
        """A receiver that answers that it has not taken something has not."""
        self.told.pop(("webhook", self._about(request.body["change"]).name, request.body["event"]), None)

    def _about(self, change: str) -> Asked:
        return next(each for each in self.oracle.asked if str(each.pull.number) == change)

    def _takes(self, where: str, request: Request) -> None:
        event, change, oracle = request.body["event"], request.body["change"], self.oracle
        asked, now, what = self._about(change), oracle.server.now(), event.split("/")[0]
        about = (where, asked.name, event)
        self.told[about] = self.told.get(about, 0) + 1
        if self.told[about] > 1 and (change, event) not in self._slow:
            oracle.fail(f"{asked.name}: {event} is told twice by {where}")
        if not asked.is_shown:
            oracle.fail(f"{event} is told of {asked.name}, which nobody approved")
        if (
            what == "ended"
            and asked.kind != "daily"
            and (held := oracle.held(within_reach=True, of=f"bg-{asked.name}-"))
        ):
            oracle.fail(f"{asked.name} is told to have ended, and gives {sorted(held)}")
        if what == "reminder" and not any(
            end - REMINDER <= now and request.body["begun"] < end for _, end in asked.windows()
        ):
            oracle.fail(f"a reminder of {asked.name} at {now:%H:%M:%S}, by a run of {request.body['begun']:%H:%M:%S}")

    # -- in the end

    def is_waiting(self) -> bool:
        """Whether a record says that something is to be tried again, or that nobody said yet how it went."""
        return any(
            each["progress"] in {"sending", "failed"} for asked in self.oracle.asked for each in self._marks(asked)
        )

    def everybody_was_told(self) -> None:
        """Of each grant that was there people were told that it was, and that it ended; or its record says that they were not."""
        for asked in self.oracle.asked:
            for where in CHANNELS:
                for event in ("granted", "ended") if asked.kind != "daily" else ("ended",):
                    was_told = (where, asked.name, event) in self.told
                    if (
                        asked.number in self.oracle.granted
                        and not was_told
                        and not self._is_told_of(asked, where, event)
                    ):
                        self.oracle.fail(f"nobody was told by {where} that {asked.name} {event}")

    def _is_told_of(self, asked: Asked, where: str, event: str) -> bool:
        marks = [each for each in self._marks(asked) if (each["event"], each["channel"]) == (event, where)]
        known = [each for each in marks if each["progress"] in {"unsure", "given-up"}]
        # A comment can be looked for: it is lost only where it was tried often enough.
        return any(self.is_hurt and (where != "comment" or each["tries"] >= MOST_TRIES) for each in known)

    def _marks(self, asked: Asked) -> list[Any]:
        records = (each.body for each in self.oracle.server.objects.values() if each.place.kind.plural == "grants")
        mine = [each for each in records if each["spec"]["request"]["name"] == asked.name]
        return [mark for each in mine for mark in (each.get("status") or {}).get("told") or ()]


def tells(world: World, town: Town, line: Line) -> ClusterReport:
    """Reconcile once, and tell people of it, as `cli.notices` does."""
    begun = world.server.now()
    report = reconcile([world.hands(line)], world.reader(line)).clusters[0]
    news = news_of(report, None)
    if news is not None and report.at is not None and has_to_tell(news):
        comments, hook = Comments(lambda: Forge(line, town, begun)), Hook(line, town, begun)
        post = Post({Channel.COMMENT: comments, Channel.WEBHOOK: hook}, line)
        try:
            found = list(notify(ModelCluster(line), SIGNER.verify, news, post))
        except BreakglassError:
            found = []
        if any("a bug of ours" in each.message for each in found):
            world.oracle.fail(f"a bug: {found}")
    return report


@dataclass(frozen=True)
class Hook:
    """A ports.Messenger to the webhook, with what can go wrong on the way."""

    line: Line
    town: Town
    begun: datetime
    channel = Channel.WEBHOOK

    def send(self, message: Message) -> Delivery:
        """Send once."""
        told = {"event": message.id.split("/", 1)[1], "change": message.change, "begun": self.begun}
        request = Request(self.line.user, "POST", "/webhook", body=told)
        try:
            status = self.line.send(request, 10.0, self.town.posted).status
        except HTTPError as error:
            return Delivery(Progress.UNSURE, str(error))
        if status >= SUCCESS:
            self.town.refused(request)
            return Delivery(Progress.FAILED, str(status))
        return Delivery(Progress.SENT)


@dataclass(frozen=True)
class Forge:
    """A ports.Desk as far as notices need it: it looks, and then it writes."""

    line: Line
    town: Town
    begun: datetime

    def announce(self, change: str, event: str, text: str) -> None:
        """Write a comment, unless it is there."""
        told, looked = event.split("/", 1)[1], self.line.server.now()
        path = f"/changes/{change}/comments"
        if text and told not in json.loads(self._call(Request(self.line.user, "GET", path))):
            body = {"event": told, "change": change, "begun": self.begun, "looked": looked}
            self._call(Request(self.line.user, "POST", path, body=body))

    def _call(self, request: Request) -> bytes:
        try:
            answered = self.line.send(request, 10.0, self.town.forge)
        except HTTPError as error:
            raise UnreachableError(str(error), hint="") from None
        if answered.status >= SUCCESS:
            raise UnreachableError(str(answered.status), hint="")
        return answered.data
