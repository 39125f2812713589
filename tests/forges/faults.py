"""What goes wrong between a client and a forge, put in the way of the next answers on a route.

    faults.add("GET /repos/*/pulls/*/reviews*", status(503))            # once, nothing is done for it
    faults.add("POST */comments", lost(status(502)))                    # done, but the answer is lost
    faults.add("GET */reviews*", edited(lambda page: page[1:]), times=None, skip=1)

A fault that is never met is a complaint at the end: the test would not have tested what it says.
"""

import fnmatch
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.utils import format_datetime, parsedate_to_datetime

from tests.forges.plumbing import Answer


@dataclass(frozen=True)
class Fault:
    """`make(request, answer)` gives what is sent; `answer` is None for a fault that comes instead of the work."""

    make: Callable
    instead: bool


@dataclass
class Planned:
    route: str
    fault: Fault
    times: int | None
    skip: int
    met: int = 0


class Faults:
    def __init__(self):
        self.planned = []

    def add(self, route, fault, *, times=1, skip=0):
        """The next `times` requests (None: all) whose `METHOD path?query` matches `route`, after `skip` of them."""
        self.planned.append(Planned(route, fault, times, skip))

    def clear(self):
        self.planned.clear()

    @property
    def unmet(self):
        return [f"the fault on {each.route} was never met" for each in self.planned if not each.met]

    def due(self, request):
        """The fault that is due for a request, counted as met; None for most."""
        for each in self.planned:
            if each.times == 0 or not fnmatch.fnmatchcase(request.line, each.route):
                continue
            if each.skip:
                each.skip -= 1
                continue
            each.times = each.times and each.times - 1
            each.met += 1
            return each.fault
        return None

    def around(self, request, honest):
        """What is sent for a request: `honest(request)`, or what is left of it."""
        fault = self.due(request)
        if fault is None:
            return honest(request)
        return fault.make(request, None if fault.instead else honest(request))


def status(code, body=None, **headers):
    """Another answer instead, in JSON: status(429, Retry_After=60)."""
    said = {"message": f"fault {code}", "documentation_url": "https://example.com/docs"} if body is None else body
    return Fault(lambda request, answer: Answer.of(said, code, **headers), instead=True)


def page_of_html(code=200):
    """What a proxy in between says, or a login page."""
    text = b"<!DOCTYPE html><html><body><h1>Unicorn!</h1></body></html>"
    return Fault(lambda request, answer: Answer(code, text, {"Content-Type": "text/html; charset=utf-8"}), instead=True)


def redirect(url, code=302):
    return Fault(lambda request, answer: Answer.of({"message": "Moved"}, code, Location=url), instead=True)


def lost(fault):
    """The same fault after the work was done: what was asked has happened."""
    return replace(fault, instead=False)


def cut(keep=10):
    """The connection ends after so many bytes of the body."""
    return Fault(lambda request, answer: replace(answer, cut=keep), instead=False)


def trickle(seconds=0.2):
    """Each byte of the body takes so long: no single read runs into a time limit, the whole does."""
    return Fault(lambda request, answer: replace(answer, pace=seconds), instead=False)


def silence(seconds=60):
    """Nothing comes for so long."""
    return Fault(lambda request, answer: replace(answer, wait=seconds), instead=False)


def truncated(keep=10):
    """A whole answer of half a JSON text."""
    return Fault(lambda request, answer: replace(answer, body=answer.body[:keep]), instead=False)


def edited(change):
    """`change(value)` of the honest JSON instead of it."""
    return Fault(lambda request, answer: answer.saying(change(answer.json)), instead=False)


def without(*names):
    """Fields vanish, in an object or in each object of a list, as they do when an API drifts."""

    def less(value):
        if isinstance(value, list):
            return [less(each) for each in value]
        return {name: each for name, each in value.items() if name not in names}

    return edited(less)


def shrunk(by=1):
    """A page lacks its last items, as when something was deleted between two calls."""
    return edited(lambda page: page[:-by])


def doubled():
    """A page has each item twice."""
    return edited(lambda page: [each for each in page for _ in range(2)])


def backwards():
    """A page has its items in another order."""
    return edited(lambda page: page[::-1])


def pointing_at(base):
    """Every `url` field (and such) points at another host."""

    def moved(request, answer):
        own = f"http://{request.headers['host']}"
        return replace(answer, body=answer.body.replace(json.dumps(own)[1:-1].encode(), base.encode()))

    return Fault(moved, instead=False)


def skewed(by):
    """The `Date` header is off by a timedelta."""

    def late(request, answer):
        date = parsedate_to_datetime(answer.headers["Date"]) + by
        return answer.having(Date=format_datetime(date, usegmt=True))

    return Fault(late, instead=False)


def headed(**headers):
    """Other headers on the honest answer."""
    return Fault(lambda request, answer: answer.having(**headers), instead=False)
