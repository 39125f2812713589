"""A stage whose runs tell people: three channels that keep what they got, and clusters on which some calls go wrong."""

from gitops_breakglass.core.plan.ownership import is_record
from gitops_breakglass.core.record_told import read_told
from gitops_breakglass.flows.notify import Post, has_to_tell, news_of, notify
from gitops_breakglass.model.notice import Channel, Delivery, Progress
from tests.e2e.stage import Stage

WHAT = "prod/inc-1"
TOLD = """\
notifications:
  comments: {}
  webhook:
    url: https://hooks.example.com/x
    events: [granted, reminder, ended, could-not-end]
  smtp: {host: mail.example.com, from: bg@example.com, to: [sec@example.com]}
"""


class Mailbox:
    """A channel whose other side is a list; `answers` are given one after the other, then it takes everything."""

    def __init__(self, channel, *answers):
        self.channel = channel
        self.answers = list(answers)
        self.got = []

    def send(self, message):
        """Take it, or do as the next answer says: one that is an exception comes after it was taken."""
        answer = self.answers.pop(0) if self.answers else Delivery(Progress.SENT)
        if isinstance(answer, BaseException):
            self.got.append(message)
            raise answer
        if answer.progress is not Progress.FAILED:
            self.got.append(message)
        return answer

    @property
    def events(self):
        return [each.id.split("/", 1)[1] for each in self.got]


class Killed(BaseException):
    """The process is gone."""


class Wrapped:
    """A cluster on which some calls go wrong."""

    def __init__(self, cluster, **broken):
        self.cluster = cluster
        self.broken = broken

    def __getattr__(self, name):
        return self.broken.get(name) or getattr(self.cluster, name)


class Told(Stage):
    """A stage with three channels, whose runs tell people."""

    def __init__(self, folder, more=TOLD, **words):
        super().__init__(folder, more=more, **words)
        self.comments, self.webhook, self.mail = (Mailbox(each) for each in Channel)
        self.side = None

    def run(self, cluster=None):
        """One run, and what could not be told of it, by finding."""
        report = self.reconcile()
        assert report.unreachable is None, report.unreachable
        return self.tell(report, cluster)

    def tell(self, report, cluster=None):
        news = news_of(report, self.side)
        if news is None or not has_to_tell(news):
            return []
        self.side = news.side
        post = Post({each.channel: each for each in (self.comments, self.webhook, self.mail)}, self.clock)
        return [
            f"{each.rule}: {each.message}" for each in notify(cluster or self.cluster, self.signer.verify, news, post)
        ]

    def marks(self):
        (live,) = [each for each in self.cluster.read().objects if is_record(each)]
        return {
            (each.occasion.event.value, each.channel.value): each.progress.value
            for each in read_told(live.manifest["status"].get("told"))
        }

    def asks(self, what=WHAT, **words):
        self.alice.requests(what, **words)
        self.ben.approves(what, "go ahead")
        self.world.merge(what)
