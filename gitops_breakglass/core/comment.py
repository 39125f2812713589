"""Comments of ours: how the one of the gate and those that tell of events are known again, and what was shown."""

from __future__ import annotations

import re

MARKER = "<!-- gitops-breakglass:gate -->"
"""The first line of the comment. Whoever finds it holds the author's id against their own, since anybody can write it."""
_DIGEST = re.compile(r"\A<!-- gitops-breakglass:digest sha256:([0-9a-f]{64}) -->\Z")
_MOST = 8
"""Lines below the marker that are looked at; ours has one."""


def head_of(digest: str | None) -> str:
    """Return the lines that a comment of ours begins with: the marker, and the digest where one is shown."""
    lines = [MARKER, *([f"<!-- gitops-breakglass:digest sha256:{digest} -->"] if digest else [])]
    return "".join(f"{line}\n" for line in lines)


def is_gate_comment(text: str) -> bool:
    """Whether the text begins as our comment does; whose it is, only its author's id says."""
    return next(iter(text.splitlines()), "").strip() == MARKER


def notice_head(event: str) -> str:
    """Return the line that a comment about an event begins with; `event` is its id."""
    return f"<!-- gitops-breakglass:notice {event} -->\n"


def tells_of(text: str, event: str) -> bool:
    """Whether the text begins as our comment about an event does; whose it is, only its author's id says."""
    return next(iter(text.splitlines()), "").strip() == notice_head(event).strip()


def says_the_same(kept: str, text: str) -> bool:
    """Whether a comment as a forge keeps it is this text: not every forge keeps the ends of lines that it was sent."""
    return _lines_of(kept) == _lines_of(text)


def digests_in(text: str) -> tuple[str, ...]:
    """Return the digests that our comment shows: in the lines right below the marker, where no stranger's words stand."""
    if not is_gate_comment(text):
        return ()
    found = []
    for line in text.splitlines()[1 : _MOST + 1]:
        match = _DIGEST.match(line.strip())
        if match is None:
            break
        found.append(match[1])
    return tuple(found)


def _lines_of(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
