"""Guards on content: what was approved is what landed, and what is on the default branch now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitops_breakglass.model.change import Change, Touch
from gitops_breakglass.model.decision import Reason
from gitops_breakglass.model.grant import Statement

_PLAIN_FILE = "100644"


def content_reasons(
    change: Change, path: str, touches: Sequence[Touch], decided: Sequence[Statement] = ()
) -> tuple[Reason, ...]:
    """Return why the content at `path` can't be granted, whoever approved it; nothing where it can."""
    return (
        *(reason for guard in (one_file, same_content) for reason in guard(change, path)),
        *touched_once(path, touches, change),
        *(reason for guard in (plain_file, not_burned) for reason in guard(path, touches)),
        *never_decided(change, path, decided),
    )


def one_file(change: Change, path: str) -> Iterator[Reason]:
    """Refuse a change that does anything but add the one request file, on its branch or in its merge."""
    for files, what in ((change.files, "the change"), (change.landed_files, "its merge")):
        if change.landing is None and files is change.landed_files:
            continue
        if [(each.path, each.status) for each in files] != [(path, "A")]:
            told = ", ".join(f"{each.status} {each.path}" for each in files[:3])
            yield Reason(
                "one-file",
                f"{what} does more, or other, than to add {path}: {told}{' and more' * (len(files) > 3)}",
                "a request is one new file in a change of its own; it is never edited, only deleted",
            )


def same_content(change: Change, path: str) -> Iterator[Reason]:
    """Refuse where head, landing commit and default branch do not hold the same bytes."""
    if change.blob_head is None:
        yield Reason("same-content", f"{path} is no plain file at the head of {change.id}", "add it as a plain file")
    elif change.landing is not None and not change.blob_head == change.blob_landing == change.blob_now:
        yield Reason(
            "same-content",
            f"{path} is not the same at the head of {change.id}, where it landed and on the default branch now",
            "what was approved is not what is there: delete the file and ask again under another name",
        )


def touched_once(path: str, touches: Sequence[Touch], change: Change) -> Iterator[Reason]:
    """Refuse a file that was edited, renamed or added again: a name, once used, is burned.

    A rebase merge puts each commit of the change on the default branch; together they are the one time that it landed.
    """
    mine = [touch for touch in touches if touch.path == path]
    once = mine[-1:] if _landed_together(mine, change) else mine
    if len(once) > 1 or any(touch.status != "A" for touch in once):
        story = ", ".join(f"{touch.status} in {touch.commit[:12]}" for touch in reversed(mine))
        yield Reason(
            "touched-once",
            f"{path} was touched more than once on the default branch ({story})",
            "a request file is added once and later deleted; ask again under a name that was never used",
        )


def _landed_together(mine: Sequence[Touch], change: Change) -> bool:
    """Whether all of these commits, newest first, are of the one rebase by which the change landed, and none deletes."""
    return all(touch.commit in change.landed_as and touch.status in {"A", "M"} for touch in mine)


def plain_file(path: str, touches: Sequence[Touch]) -> Iterator[Reason]:
    """Refuse symbolic links, submodules and executables."""
    for touch in touches:
        if touch.path == path and touch.status != "D" and touch.mode != _PLAIN_FILE:
            yield Reason(
                "plain-file", f"{path} has the mode {touch.mode} in git", f"add it as a plain file ({_PLAIN_FILE})"
            )


def not_burned(path: str, touches: Sequence[Touch]) -> Iterator[Reason]:
    """Refuse content that was merged before under another name (a copy, a rename, a revert of a revert)."""
    mine = {touch.blob for touch in touches if touch.path == path and touch.status != "D"}
    order = [touch.commit for touch in touches]
    since = max((order.index(touch.commit) for touch in touches if touch.path == path), default=-1)
    for touch in touches[since + 1 :]:
        if touch.path != path and touch.blob in mine:
            yield Reason(
                "not-burned",
                f"the same content was merged before as {touch.path} in {touch.commit[:12]}",
                "write a new request, with its own name and reason",
            )
            return


def never_decided(change: Change, path: str, decided: Sequence[Statement]) -> Iterator[Reason]:
    """Refuse a name that has a decision, and content that was granted: records remember what history may hide."""
    for each in decided:
        if each.path == path or (each.outcome == "granted" and each.blob == change.blob_now):
            what = "this name" if each.path == path else "the same content"
            yield Reason(
                "not-burned",
                f"{what} was decided on before, as {each.path} of {each.landing[:12]}",
                "write a new request, with its own name and reason",
            )
            return
