"""The tables: what was seen here, and beside it what others were seen to do."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path

from benchmarks.expiry.result import Result, percentile
from benchmarks.measure import table

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
DOCS = Path(__file__).parents[2] / "docs" / "expiry.md"
PARTS = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0))
SIMULATED, NOT_MEASURED = "simulated", "not measured"
_LAST = ("CronJob", "CI")
_HEADS = ["what", "seen by", "ends", "p50", "p95", "p99", "max", "early", "goal"]

PEERS = (
    ("ordinary ends", "loop, sweeper", "p95 0.64, max 0.70 s", "p95 1.26, max 1.68 s", "p95 0.27, max 0.32 s"),
    ("deletes refused for a while: after the lift", "refused", "never", "10 to 25 s", "12 to 20 s"),
    ("API server gone over the end: after its restart", "server killed", "1 to 8 s", "20 to 30 s", "49 s"),
    ("its own process killed: after its restart", "sweeper killed", "0.8 to 2.5 s", "0.6 to 1.2 s", "1.0 to 1.8 s"),
    ("its own process dead for good", "reconciler dead", "access goes on", "access goes on", "access goes on"),
    ("300 ends at once: until the last", "300 at once", "14.0 s (22.4 s under load)", "not comparable", "13.2 s"),
    (
        "promised end readable while access lives",
        "=on the binding and the record",
        "nowhere",
        "in its status",
        "in its spec and status",
    ),
    (
        "what is kept of a grant whose delete is refused",
        "=its record, open",
        "its request",
        "nothing: deleted",
        "nothing: deleted",
    ),
)
"""What three operators were seen to do: firedoor 7341875, jit-access-controller 4cd9323, kube-jit f140d99."""

PEERS_NOTE = """\
The others were measured on 2026-11-22, each unchanged and with its default settings, on an API server of the same version
and the same kind of machine, but not in the same hour: the load average lay between 9 and 21 for most of their runs, and
between 1 and 3 for the 300 ends. Their access was asked for by SubjectAccessReview, where ours is the subject's own call.
The floor of that meter was p95 0.45 s, so below about half a second the two can't be told apart. Ten grants each, where
something was broken: directions, not percentiles."""


def measured(results: Sequence[Result]) -> str:
    """Return the table of what was seen, and what else there is to say of it, as Markdown."""
    # What makes one wait by its nature comes last.
    told = sorted(results, key=lambda each: _LAST.index(each.key) + 1 if each.key in _LAST else 0)
    notes = [f"- {note}" for each in told for note in notes_of(each)]
    return table(_HEADS, [row_of(each) for each in told]) + "\n\n" + "\n".join(notes) + "\n"


def row_of(each: Result) -> list[str]:
    """Return what the table says of one scenario."""
    figures = [seconds(percentile(each.lags, part)) for _, part in PARTS]
    return [each.title, each.by, str(len(each.lags) + each.never), *figures, str(each.early), _goal(each)]


def notes_of(each: Result) -> list[str]:
    """Return what else there is to say of one scenario, each by its title."""
    return [f"{each.title}: {note}" for note in each.notes]


def beside_peers(results: Sequence[Result]) -> str:
    """Return the table of ours beside what others were seen to do, as Markdown."""
    mine = here(results)
    heads = ["", "here", "firedoor", "jit-access", "kube-jit"]
    return table(heads, [[what, mine[what], *theirs] for what, _, *theirs in PEERS]) + f"\n\n{PEERS_NOTE}\n"


def here(results: Sequence[Result]) -> dict[str, str]:
    """Return what stands for us beside the others, by the row's name."""
    found = {each.key: each for each in results}
    return {what: _ours(found.get(key), key) for what, key, *_ in PEERS}


def raw(results: Sequence[Result]) -> str:
    """Return every lag, for whoever wants to reckon again."""
    return "\n".join(f"{each.key}: " + " ".join(f"{lag:.2f}" for lag in sorted(each.lags)) for each in results)


def read_docs(file: Path = DOCS) -> str:
    """Return what stands between the markers of the page."""
    return file.read_text().partition(BEGIN)[2].partition(END)[0].strip()


def write_docs(text: str, file: Path = DOCS) -> None:
    """Put the text between the markers of the page."""
    page = file.read_text()
    assert BEGIN in page, f"{file} has no place for it"
    pattern = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    file.write_text(pattern.sub(lambda _: f"{BEGIN}\n\n{text.strip()}\n\n{END}", page))


def in_one_line(each: Result) -> str:
    """Return a row for people who wait."""
    figures = ", ".join(f"{name} {seconds(percentile(each.lags, part))}" for name, part in PARTS)
    return f"{each.title}: {figures}, early {each.early}, goal {_goal(each)}"


def seconds(value: float) -> str:
    return "-" if math.isinf(value) else f"{value:.2f} s" if value < 10 else f"{value:.1f} s"


def _goal(each: Result) -> str:
    told = []
    if each.goal is not None:
        what = "max" if each.goal_is_max else "p99"
        told.append(f"{what} {each.goal:g} s: {'met' if each.is_met else 'MISSED'}")
    if each.never:
        told.append(f"{each.never} NEVER ENDED")
    return ", ".join(told) or "-"


def _ours(each: Result | None, key: str) -> str:
    if key.startswith("="):
        return key[1:]
    if each is None or not each.lags:
        return NOT_MEASURED
    if key == "loop, sweeper":
        return f"p95 {seconds(percentile(each.lags, 0.95))}, max {seconds(max(each.lags))}"
    if key == "reconciler dead":
        return f"the other ends it, max {seconds(max(each.lags))}"
    return f"max {seconds(max(each.lags))}"
