"""What the ledger tells of debug sessions beside their objects: which containers were added to pods, and what remained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gitops_breakglass.model.debug_state import Done, SessionState
from gitops_breakglass.model.grant import Record, Statement
from gitops_breakglass.model.ledger import INJECTED, Draft
from gitops_breakglass.model.window import print_time

MANY = 100
"""Containers that the entry about an end tells."""


def injected(
    statement: Statement, record: Record, session: SessionState, about: Mapping[str, object]
) -> Iterator[Draft]:
    """Tell of each ephemeral container once, an entry each; `about` is what every entry about the request begins with."""
    images = {
        (each.namespace, each.pod, each.name): str(each.container.get("image", ""))
        for each in (statement.debug.injections if statement.debug else ())
    }
    for done in session.operations:
        if done.container and called(done) not in record.marks.injected:
            facts = {
                **about,
                "namespace": done.namespace,
                "pod": done.pod,
                "podUID": done.uid,
                "container": done.container,
                "image": images.get(done.name, ""),
                "seenAt": print_time(done.at),
            }
            yield Draft(INJECTED, statement.uid, facts, frozenset({f"{INJECTED} {record.digest} {called(done)}"}))


def remained(session: SessionState) -> dict[str, object]:
    """Return what the entry about an end says of ephemeral containers; nothing where there are none."""
    told = [
        {"namespace": each.namespace, "pod": each.pod, "container": each.container, "state": each.state.value}
        for each in session.remains[:MANY]
    ]
    return {"remains": told} if told else {}


def called(done: Done) -> str:
    """Return what names an ephemeral container in a record's marks."""
    return f"{done.namespace}/{done.pod}/{done.container}"


def mark_of(facts: Mapping[str, object]) -> str:
    """Return the mark of an entry about an ephemeral container."""
    words = "/".join(str(facts.get(name, "")) for name in ("namespace", "pod", "container"))
    return f"{INJECTED} {facts.get('decision', '')} {words}"
