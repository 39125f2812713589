"""The clone, the policy side at its tip, whether the forge answers, and whether identities.yaml fits it."""

from __future__ import annotations

from collections.abc import Sequence

from gitops_breakglass.core.doctor.check import Check
from gitops_breakglass.core.identity_findings import NOT_KNOWN
from gitops_breakglass.model.doctor import Diagnosis
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.forge import ForgeIdentity
from gitops_breakglass.model.unread import Unread

_CLONE = Check(
    "clone",
    "What was asked and approved is read from the whole history of the default branch; half of it proves nothing.",
)
_POLICY = Check("policy-side", "What can't be read of the policy side is left out, or taken at its strictest.")
_FORGE = Check(
    "forge", "Who asked and who approved is known from the forge alone; while it is silent nothing new is granted."
)
_TEAMS = Check("teams", "A decision that turns on who is in a team is not taken while the token may not see that.")
_IDENTITIES = Check(
    "identities", "Whoever is written down with another account than theirs can neither ask nor approve."
)


def clone_is_broken(why: Unread) -> Diagnosis:
    """Say that the repository can't be opened."""
    return _CLONE.error(why.message, why.hint)


def clone_is_whole(tip: str) -> Diagnosis:
    """Say that it can be read from end to end."""
    return _CLONE.ok(f"the default branch is read at {tip[:12]}, with all that came before")


def judge_policy(findings: Sequence[Finding], tip: str) -> Diagnosis:
    """Say whether all of the policy side at the tip can be used."""
    errors = [each for each in findings if each.is_error]
    if not errors:
        return _POLICY.ok(f"all of it can be read at {tip[:12]}")
    first = f"{errors[0].location}: {errors[0].message}"
    more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
    return _POLICY.error(
        f"{first}{more}", "run `gitops-breakglass check`, and mend what it tells by an approved change"
    )


def forge_is_silent(why: Unread) -> Diagnosis:
    """Say that nothing can be asked of the forge."""
    return _FORGE.unknown(why)


def forge_answers(identity: ForgeIdentity) -> Diagnosis:
    """Say that the token may read the repository and its changes."""
    return _FORGE.ok(f"{identity} answers, and shows its changes to the token")


def judge_teams(findings: Sequence[Finding]) -> Diagnosis:
    """Say whether the token may see who is in the teams that are groups of identities.yaml."""
    hidden = [each for each in findings if each.rule == "team-unread"]
    if not hidden:
        return _TEAMS.ok("the token may see who is in every team that is a group")
    more = f", and {len(hidden) - 1} more" if len(hidden) > 1 else ""
    return _TEAMS.error(
        f"{hidden[0].message}{more}; with this token, requests that depend on it are not decided", hidden[0].hint or ""
    )


def judge_identities(findings: Sequence[Finding]) -> Diagnosis:
    """Say whether accounts and teams are as they are written; what can't be seen of teams has a judge of its own."""
    hint = "run `gitops-breakglass identities check`"
    unread = [each for each in findings if each.rule in NOT_KNOWN - {"team-unread"}]
    findings = [each for each in findings if each.rule != "team-unread"]
    for wrong, say in (
        ([each for each in findings if each.is_error], _IDENTITIES.error),
        ([each for each in findings if each.severity is Severity.WARNING and each not in unread], _IDENTITIES.warning),
    ):
        if wrong:
            more = f", and {len(wrong) - 1} more" if len(wrong) > 1 else ""
            return say(f"{wrong[0].message}{more}", hint)
    if unread:
        return _IDENTITIES.unknown(Unread(unread[0].message, unread[0].hint or hint))
    return _IDENTITIES.ok("every account and team is as it is written")
