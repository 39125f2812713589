"""What one scenario came to: lags, and whatever must never be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from benchmarks.expiry.following import Following
from benchmarks.expiry.meter import Subject, still_allowed
from tests.cluster.harness.server import ApiServer


@dataclass
class Result:
    """One row. Lags are in seconds after the promised end, or after what the title says instead."""

    key: str
    title: str
    lags: list[float]
    by: str = "calls"
    """How it was seen: by the subject's own calls, or by a watch on bindings."""
    early: int = 0
    """Ends before the promise."""
    never: int = 0
    """Grants whose access was still there when the scenario was over."""
    goal: float | None = None
    """What the 99th percentile, or `of_goal`, is to stay below."""
    goal_is_max: bool = True
    notes: list[str] = field(default_factory=list)

    @property
    def measured(self) -> float:
        return percentile(self.lags, 1.0 if self.goal_is_max else 0.99)

    @property
    def is_met(self) -> bool:
        return self.goal is None or (bool(self.lags) and self.measured <= self.goal)

    @property
    def is_sound(self) -> bool:
        """Whether nothing ended early and everything ended."""
        return not self.early and not self.never


def percentile(values: Sequence[float], part: float) -> float:
    """Return the nearest-rank percentile, which is one of the values; infinite where there are none."""
    ordered = sorted(values)
    if not ordered:
        return float("inf")
    return ordered[min(len(ordered) - 1, max(0, -int(-part * len(ordered) // 1) - 1))]


def by_calls(key: str, title: str, subjects: Sequence[Subject], **words: object) -> Result:
    """Judge what the subjects' own calls told."""
    lags = [each.lag for each in subjects if each.lag is not None]
    return Result(
        key,
        title,
        lags,
        early=sum(lag < 0 for lag in lags),
        never=len(subjects) - len(lags),
        **words,  # type: ignore[arg-type]
    )


def by_watch(key: str, title: str, following: Following, names: Iterable[str], **words: object) -> Result:
    """Judge what a watch on bindings told."""
    wanted = list(names)
    lags = [following.gone[name] - following.ends[name] for name in wanted if name in following.gone]
    return Result(
        key,
        title,
        lags,
        by="bindings",
        early=sum(lag < 0 for lag in lags),
        never=len(wanted) - len(lags),
        **words,  # type: ignore[arg-type]
    )


def kept_until_gone(following: Following, subjects: Iterable[Subject]) -> list[str]:
    """Return what speaks against records being kept, and open, until access was seen to have gone."""
    found = [f"the record of {name} is not there any more" for name in following.lost]
    for each in subjects:
        said = following.recorded.get(each.name.partition("@")[0])
        if said is not None and each.allowed_at is not None and said < each.allowed_at:
            found.append(
                f"the record of {each.name} says ended, and {each.allowed_at - said:.3f} s later a call passed"
            )
    return found


def none_left(server: ApiServer, subjects: Sequence[Subject], result: Result) -> Result:
    """Ask for everybody once more, by real calls: whoever has access now was not ended."""
    left = still_allowed(server, subjects)
    result.never = max(result.never, len(left))
    return result
