"""What `doctor` found, as text and as JSON, and the exit code that it comes to."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from gitops_breakglass.model.doctor import Diagnosis, Verdict
from gitops_breakglass.model.exits import ExitCode
from gitops_breakglass.report.findings.as_json import dumped
from gitops_breakglass.report.terminal import printable

_WIDTH = max(len(each) for each in Verdict)


def doctor_as_text(diagnoses: Sequence[Diagnosis]) -> str:
    """Return a block for the repository and for each cluster; what is not as it should be says why that matters."""
    lines: list[str] = []
    for about, group in groupby(diagnoses, key=lambda each: each.about):
        lines.append(f"cluster {printable(about)}" if about else "repository")
        for each in group:
            lines.append(f"  {each.verdict.value:<{_WIDTH}}  {each.check}: {printable(each.message)}")
            if each.verdict is not Verdict.OK:
                lines.append(f"  {'':<{_WIDTH}}    why: {each.why}")
                lines += [f"  {'':<{_WIDTH}}    hint: {printable(each.hint)}"] if each.hint else []
    return "".join(f"{line}\n" for line in lines)


def doctor_as_json(diagnoses: Sequence[Diagnosis]) -> str:
    """Return the same as JSON, versioned."""
    data = {
        "version": 1,
        "diagnoses": [
            {
                "check": each.check,
                "cluster": each.about or None,
                "verdict": each.verdict.value,
                "message": each.message,
                "why": each.why,
                "hint": each.hint,
            }
            for each in diagnoses
        ],
    }
    return dumped(data, sort_keys=True)


def exit_of_doctor(diagnoses: Sequence[Diagnosis]) -> ExitCode:
    """Return 3 where something is wrong or weak, 7 where only something is not known, 0 where all is well."""
    verdicts = {each.verdict for each in diagnoses}
    if verdicts & {Verdict.ERROR, Verdict.WARNING}:
        return ExitCode.FINDINGS
    return ExitCode.UNREACHABLE if Verdict.UNKNOWN in verdicts else ExitCode.CLEAN
