"""How a debug session stands, as text and as JSON: what was done, its pods, and what can't be taken back."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.model.debug_state import NO_SESSION, Done, Remaining, Remains, SessionPod, SessionState
from gitops_breakglass.model.window import print_time
from gitops_breakglass.report.terminal import printable
from gitops_breakglass.report.words import moment

_BECAME = {
    Remaining.STILL_THERE: "is STILL THERE: only the pod's end takes it away",
    Remaining.RESTARTING: "is still there: its pod is being deleted, so that its owner makes it anew",
    Remaining.GONE: "is gone with its pod",
    Remaining.RESTARTED: "is gone: its pod was deleted, so that its owner made it anew",
}


def session_lines(session: SessionState) -> Iterator[str]:
    """Return the lines about one session; none where there is nothing to tell."""
    for pod in session.pods:
        where = f" on {pod.node}" if pod.node else ""
        ready = "ready" if pod.is_ready else f"not ready{f' ({pod.phase})' if pod.phase else ''}"
        yield f"      pod {printable(f'{pod.namespace}/{pod.name}{where}')}: {printable(ready)}"
    for lacking in session.not_ready:
        yield f"      not ready: {printable(str(lacking.key))}: {printable(lacking.why)}"
    for done in session.operations:
        what = f"container {done.container} was added to" if done.container else "made"
        yield f"      {printable(f'{what} pod {done.namespace}/{done.pod}')}, seen {moment(done.at)}"
    for left in session.remains:
        words = f"container {left.container} in pod {left.namespace}/{left.pod} {_BECAME[left.state]}"
        yield f"      {printable(words)}, since {moment(left.since)}"


def session_json(session: SessionState) -> dict[str, object] | None:
    """Return the same as JSON; None where there is nothing to tell."""
    if session == NO_SESSION:
        return None
    return {
        "pods": [_pod(each) for each in session.pods],
        "notReady": [{"object": str(each.key), "why": each.why} for each in session.not_ready],
        "operations": [_done(each) for each in session.operations],
        "remains": [_remains(each) for each in session.remains],
    }


def _pod(pod: SessionPod) -> dict[str, object]:
    return {
        "namespace": pod.namespace,
        "name": pod.name,
        "uid": pod.uid,
        "node": pod.node or None,
        "phase": pod.phase or None,
        "ready": pod.is_ready,
    }


def _done(done: Done) -> dict[str, object]:
    return {
        "namespace": done.namespace,
        "pod": done.pod,
        "uid": done.uid,
        "container": done.container or None,
        "at": print_time(done.at),
    }


def _remains(left: Remains) -> dict[str, object]:
    return {
        "namespace": left.namespace,
        "pod": left.pod,
        "uid": left.uid,
        "container": left.container,
        "state": left.state.value,
        "since": print_time(left.since),
    }
