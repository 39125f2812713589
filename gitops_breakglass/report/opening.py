"""The title and the body of a change that we open for somebody: what it asks for, and what happens next."""

from __future__ import annotations

from gitops_breakglass.model.request import RequestId
from gitops_breakglass.report.findings.markdown import fenced
from gitops_breakglass.report.terminal import printable


def request_opening(
    request: RequestId,
    text: str,
    who: str,
    *,
    needs_approval: bool,
    is_unasked: bool = False,
    second: str | None = None,
) -> tuple[str, str]:
    """Return title and body (Markdown) of a change that asks for access.

    `text` is the request's file; `who` may approve it, with names as code, or is empty where nobody may; likewise `second`,
    who may approve what its escalation overrides, or None where nobody has to.
    """
    if is_unasked:
        decided = "No approval is asked for, as long as all on its branch is its author's own: the merge is recorded as what it is."
    elif not needs_approval:
        decided = "No second person has to approve this: the merge is the approval."
    elif who:
        decided = f"It takes an approval by one of these: {who}. Approve this change as it is, then merge it."
    else:
        decided = "**Nobody may approve this**, by the policy of the default branch."
    if second is not None:
        decided += (
            f" What its escalation overrides takes the approval of a second person, one of these: {second}."
            if second
            else " **Nobody may approve what its escalation overrides**, by the policy of the default branch."
        )
    body = (
        f"Asks for the access that this file describes:\n\n{fenced([printable(line) for line in text.splitlines()])}\n"
        f"{decided}\n\n"
        "The access begins with the merge (or at its start time, if that is later) and ends by itself. To end it "
        f"earlier, delete `{request.path}`. Whoever wants something else closes this and asks again under another "
        "name: a file is never edited once it is merged.\n"
    )
    return f"Break-glass access: {request}", body


def revocation_opening(request: RequestId, reason: str) -> tuple[str, str]:
    """Return title and body (Markdown) of a change that deletes a request's file, which ends its access."""
    body = (
        f"Deletes `{request.path}`: the access ends at the first run after the merge, and needs nobody's approval for "
        "that. The name can't be used again.\n"
    )
    return f"End break-glass access: {request}", body + (
        f"\n{fenced([printable(line) for line in reason.splitlines()])}" if reason else ""
    )
