"""What an attack at a forge is judged by: its rules, that it gives nothing, and that an honest request beside it gets its due."""

from gitops_breakglass.model.decision import Denied, Granted, Unknown
from gitops_breakglass.model.outcome import RunReport
from gitops_breakglass.report.exits import exit_of
from tests.e2e.attacks import GRANTED, HONEST, WHAT, names, subjects

__all__ = ["WHAT", "asks_and_gets", "code", "findings", "judged", "names", "refused", "unknown"]


def asks_and_gets(stage, what=WHAT, how="merge", **words):
    """Ask, have it approved and merge, without a run after it; the landing commit."""
    stage.alice.requests(what, **words)
    stage.ben.approves(what)
    return stage.ben.merges(what, how)


def judged(stage, what=WHAT):
    """The decision on an attack, in a run in which only an honest request gets anything."""
    stage.erin.requests(HONEST, reason="INC-9: honest")
    stage.ben.approves(HONEST)
    stage.ben.merges(HONEST)
    report = stage.reconcile()
    assert isinstance(stage.decision(report, HONEST), Granted), stage.decision(report, HONEST)
    assert (stage.live(), names(stage), subjects(stage)) == (GRANTED, {"honest"}, {"erin@example.com"})
    return next((each.decision for each in report.plan.judged if str(each.request) == what), None)


def refused(stage, what=WHAT):
    """The rules by which an attack was denied for good."""
    decision = judged(stage, what)
    assert isinstance(decision, Denied), decision
    return list(dict.fromkeys(stage.rules(decision)))


def unknown(stage, what=WHAT):
    """The message of an attack that can't be decided; nothing is granted, and a later run looks again."""
    decision = judged(stage, what)
    assert isinstance(decision, Unknown), decision
    assert stage.rules(decision) == ["no-facts"]
    return decision.reasons[0].message


def code(report):
    """The exit code of a run."""
    return exit_of(RunReport((report,)))


def findings(report):
    """The rules of what a run found."""
    return [each.rule for each in report.plan.findings]
