"""The settings of the repository at its forge: which of them would let somebody past a review."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from gitops_breakglass.core.doctor.check import Check
from gitops_breakglass.model.doctor import Diagnosis
from gitops_breakglass.model.forge import Known, Settings
from gitops_breakglass.model.unread import Unread

SKEW = timedelta(seconds=60)
"""By how much two clocks may differ."""
_USUALLY = timedelta(hours=1)
"""How long ago the last successful run may be; a scheduled job is late now and then."""

_BRANCH = Check(
    "default-branch", "What counts is what the forge calls its default branch; another one is nobody's word."
)
_PROTECTED = Check(
    "branch-protected",
    "A direct push grants nothing, but it can delete request files, which ends access, and stop policy.",
)
_REVIEWS = Check(
    "reviews-required",
    "Decisions count approvals themselves; a rule at the forge keeps a merge without one from being made.",
)
_STALE = Check(
    "stale-approvals", "An approval of other content does not count; taken back at the forge, its author sees that too."
)
_LAST_PUSH = Check(
    "last-push",
    "Somebody could push to a branch and approve it; where the forge hides who pushed, only its rule stops that.",
)
_OWNERS = Check("code-owners", "The owners of policy files and workflows are asked only where the forge requires them.")
_BOTS = Check("bots-approve", "A job that may approve lets whoever can change a workflow approve in its name.")
_ENVIRONMENT = Check(
    "environment", "Whoever may push a branch could print the reconciler's key and tokens in a job of their own."
)
_VARIABLES = Check(
    "pipeline-variables",
    "A variable of a pipeline goes before all others: it could name another cluster to show the job's token to.",
)
_METHODS = Check("merge-methods", "A change that can't be merged in any way that is understood can't be decided.")
_CLOCK = Check("forge-clock", "Timeouts and windows begin with the forge's times and are judged by others.")
_LAST_RUN = Check(
    "last-run", "What was merged is granted by runs, and where no sweeper runs, they are what ends access."
)


def judge_settings(settings: Settings, *, branch: str, now: datetime) -> Iterator[Diagnosis]:
    """Say of each setting whether it is as it should be; `branch` is the one that breakglass.yaml and options mean."""
    if settings.default_branch == branch:
        yield _BRANCH.ok(f"{branch} is the default branch of {settings.name}")
    else:
        yield _BRANCH.error(
            f"the default branch of {settings.name} is {settings.default_branch}, and {branch} is read",
            "give --branch, or change one of them",
        )
    yield _known(
        _PROTECTED,
        settings.protected,
        "nobody pushes to the default branch past a review",
        "the default branch takes pushes that nobody reviewed",
        "protect it: require a pull or merge request for every change, and no force pushes",
    )
    yield _known(
        _REVIEWS,
        settings.reviews_required,
        "a merge takes a review",
        "a merge takes no review",
        "require at least one approval",
    )
    yield _known(
        _STALE,
        settings.stale_approvals_dismissed,
        "approvals are taken back when something is pushed",
        "approvals are kept when something else is pushed after them",
        "have the forge dismiss approvals on each push",
    )
    yield _known(
        _LAST_PUSH,
        settings.last_push_needs_approval,
        "whoever pushed last can't be the only one who approved",
        "whoever pushed last may be the only one who approved",
        "require somebody else's approval of the most recent push",
    )
    yield _known(
        _OWNERS,
        settings.owners_required,
        "owners of changed files have to approve",
        "owners of changed files are not required",
        "require a review from code owners, and let CODEOWNERS name some for the policy side and for CI's own files",
    )
    yield _not(_BOTS, settings.bots_may_approve)
    yield from _jobs(settings, branch)
    yield _methods(settings)
    yield _clock(settings)
    yield _last_run(settings, now)


def _jobs(settings: Settings, branch: str) -> Iterator[Diagnosis]:
    """Say who could get at the secrets of the job that reconciles, as far as its forge has such settings."""
    if settings.environment_restricted is not None:
        yield _known(
            _ENVIRONMENT,
            settings.environment_restricted,
            f"only {branch}, or protected branches, may use the environment of the job",
            "any branch may use the environment of the job, and the secrets in it",
            f"let only {branch} deploy to the environment `breakglass`, and keep key and tokens nowhere else",
        )
    if settings.pipeline_variables_restricted is not None:
        yield _known(
            _VARIABLES,
            settings.pipeline_variables_restricted,
            "only maintainers, or nobody, may run pipelines with variables of their own",
            "whoever may run a pipeline may give it variables, beside the reconciler's key",
            "Settings, CI/CD, Variables: let nobody use pipeline variables, or maintainers alone",
        )


def _known(check: Check, known: Known, good: str, bad: str, hint: str) -> Diagnosis:
    if isinstance(known, Unread):
        return check.unknown(known)
    return check.ok(good) if known else check.warning(bad, hint)


def _not(check: Check, known: Known) -> Diagnosis:
    if isinstance(known, Unread):
        return check.unknown(known)
    if not known:
        return check.ok("jobs of CI can't approve")
    return check.error(
        "jobs of CI may approve changes",
        "take the permission away in the settings of Actions: approvals by bots count for nothing here, and mislead",
    )


def _methods(settings: Settings) -> Diagnosis:
    methods = settings.merge_methods
    if isinstance(methods, Unread):
        return _METHODS.unknown(methods)
    if not methods:
        return _METHODS.error("there is no way to merge a change", "allow merge commits, or squashing")
    return _METHODS.ok(f"changes are merged by {', '.join(methods)}")


def _clock(settings: Settings) -> Diagnosis:
    if isinstance(settings.skew, Unread):
        return _CLOCK.unknown(settings.skew)
    return clock(_CLOCK, "the forge's clock", settings.skew)


def clock(check: Check, whose: str, skew: timedelta, about: str = "") -> Diagnosis:
    """Say how far a clock is from the machine's."""
    seconds = round(abs(skew).total_seconds())
    if abs(skew) <= SKEW:
        return check.ok(f"{whose} and this machine's differ by {seconds} s", about)
    side = "ahead of" if skew > timedelta() else "behind"
    return check.warning(
        f"{whose} is {seconds} s {side} this machine's",
        "set both by a time server (NTP), and see which is wrong",
        about,
    )


def _last_run(settings: Settings, now: datetime) -> Diagnosis:
    last = settings.last_success
    if isinstance(last, Unread):
        return _LAST_RUN.unknown(last)
    hint = "see why the job that reconciles does not run or fails: schedules are dropped, and switched off in quiet repositories"
    if last is None:
        return _LAST_RUN.warning("no run of the job that reconciles has ended well", hint)
    ago = f"the last run that ended well was at {last:%Y-%m-%d %H:%M} UTC, {_minutes(now - last)} ago"
    return _LAST_RUN.ok(ago) if now - last <= _USUALLY else _LAST_RUN.warning(ago, hint)


def _minutes(span: timedelta) -> str:
    minutes = max(0, round(span.total_seconds() / 60))
    hours, days = minutes // 60, minutes // (24 * 60)
    for number, word in ((days, "day"), (hours, "hour")):
        if number >= 2:
            return f"{number} {word}s"
    return f"{minutes} minute{'' if minutes == 1 else 's'}"
