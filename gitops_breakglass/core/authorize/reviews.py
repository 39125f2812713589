"""Which reviews count: folded per person, bound to the content, in time, by somebody who may."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from gitops_breakglass.model.change import Change, Review, ReviewState
from gitops_breakglass.model.decision import Approval, Reason
from gitops_breakglass.model.identity import Account


@dataclass(frozen=True)
class Standard:
    """What a review has to meet. `person_of` brings its account to a person of identities.yaml."""

    person_of: Callable[[Review], str | None]
    approvers: frozenset[str]
    excluded: frozenset[str]
    """People who may not approve this change: where self-approval is blocked, everybody who took part in it."""
    blob: str | None
    timeout: timedelta | None
    reason_mandatory: bool
    reason_least: int = 0
    """The fewest characters of a reason, where one is given."""
    barred: Mapping[str, Reason] = field(default_factory=dict)
    """Why somebody who is named among the approvers is none."""
    perhaps: frozenset[str] = frozenset()
    """Who is an approver too, if they are in a team of which that can't be said."""
    impostor: Callable[[Account], Reason | None] = lambda _account: None
    """Why an account may not be taken for whoever its login stands for."""
    elsewhere: frozenset[str] = frozenset()
    """People who are named for another approval of the same change: what is wrong with theirs is told there."""
    what: str = "it"
    """What is approved, as the object of a sentence."""

    @property
    def people(self) -> frozenset[str]:
        """Everybody who is an approver, or may be one."""
        return self.approvers | self.perhaps

    def leaves(self, person: str | None) -> bool:
        """Whether approvals of this person are none of its business."""
        return person in self.elsewhere and person not in self.people and person not in self.barred


@dataclass(frozen=True)
class Tally:
    """What the reviews come to."""

    approvals: tuple[Approval, ...]
    ignored: tuple[Reason, ...]
    vetoes: tuple[Reason, ...]
    perhaps: tuple[Approval, ...] = ()
    """What counts too, if those are approvers of whom it can't be said; likewise `perhaps_vetoes`."""
    perhaps_vetoes: tuple[Reason, ...] = ()


def tally(change: Change, standard: Standard) -> Tally:
    """Judge every review of the change."""
    approvals: dict[str, Approval] = {}
    perhaps: dict[str, Approval] = {}
    ignored: list[Reason] = []
    vetoes: list[Reason] = []
    perhaps_vetoes: list[Reason] = []
    blocked_until = _blocked_until(change.reviews, standard)
    for review in sorted(change.reviews, key=_when):
        person = standard.person_of(review) if review.account else None
        who = person or str(review.account or "somebody unknown")
        if review.state is ReviewState.CHANGES_REQUESTED and person in standard.people:
            if not _answered(review, change.reviews, standard):
                veto = Reason("changes-requested", f"{who} asked for changes", "resolve it, or ask again")
                (vetoes if person in standard.approvers else perhaps_vetoes).append(veto)
            continue
        if review.state is not ReviewState.APPROVED or standard.leaves(person):
            continue
        problem = next(_objections(change, review, person, standard), None)
        if problem is None and person in blocked_until and _when(review) <= blocked_until[person]:
            problem = Reason("withdrawn-approval", f"{who} took an approval back", "a new approval is needed")
        if problem is not None:
            ignored.append(problem)
        elif person in standard.approvers:
            approvals.setdefault(person, _approval(person, review))
        elif person:
            perhaps.setdefault(person, _approval(person, review))
    return Tally(
        tuple(approvals.values()), tuple(ignored), tuple(vetoes), tuple(perhaps.values()), tuple(perhaps_vetoes)
    )


def _approval(person: str, review: Review) -> Approval:
    if review.account is None or review.commit is None or review.submitted_at is None:
        msg = "an approval counts only with account, commit and time"
        raise AssertionError(msg)
    return Approval(person, review.account.id, review.source, review.commit, review.submitted_at, review.body.strip())


def _objections(change: Change, review: Review, person: str | None, standard: Standard) -> Iterator[Reason]:
    """Yield why an approval does not count; the first is what is told."""
    what = f"the approval {review.source or 'by ' + str(review.account)}"
    if review.problem:
        yield Reason("unproved-approval", f"{what} proves nothing: {review.problem}", "approve again")
    if review.account is not None and (impostor := standard.impostor(review.account)) is not None:
        yield impostor
    if review.account is None or person is None:
        yield Reason(
            "unknown-approver",
            f"{what} is by nobody whom identities.yaml has ({review.account or 'unknown'}), or by a key that may not be used now",
            "only people of identities.yaml can approve",
        )
    if review.account is not None and review.account.bot:
        yield Reason("bot-approval", f"{what} is by a bot", "a person has to approve")
    if review.commit is None or review.submitted_at is None:
        yield Reason("unproved-approval", f"{what} has no commit or no time", "approve again")
        return
    if review.by_email:
        yield Reason("unproved-approval", f"{what} came by e-mail, whose sender proves nothing", "approve at the forge")
    if review.edited_by is not None:
        yield Reason(
            "edited-approval",
            f"{review.edited_by} changed the text of {what}, which somebody else wrote",
            "approve again; nobody edits the words of another",
        )
    if change.retargeted_at is not None and review.submitted_at <= change.retargeted_at:
        yield Reason(
            "retargeted",
            f"{what} was given before the change was made to go to another branch",
            "approve again, now that it goes where it goes",
        )
    if review.blob is None or review.blob != standard.blob:
        yield Reason(
            "other-content", f"{what} is for other content than there is now", "the new content needs a new approval"
        )
    if person is not None and person not in standard.people:
        yield standard.barred.get(
            person, Reason("not-an-approver", f"{person} is not among the approvers", "one of the approvers has to")
        )
    if person is not None and person in standard.excluded:
        yield Reason(
            "self-approval",
            f"{person} took part in the change (as author, committer, co-author or subject), so can't approve {standard.what}",
            "somebody else among the approvers has to",
        )
    if change.merged_at is not None and review.submitted_at > change.merged_at:
        yield Reason("late-approval", f"{what} came after the merge", "approve before merging; ask again")
    if standard.timeout is not None and (
        change.opened_at is None or review.submitted_at - change.opened_at > standard.timeout
    ):
        yield Reason("ApprovalTimeout", f"{what} came later than {standard.timeout} after the opening", "ask again")
    if standard.reason_mandatory and not review.body.strip():
        yield Reason("approval-reason-missing", f"{what} gives no reason", "approve again, saying why")
    elif 0 < len(review.body.strip()) < standard.reason_least:
        said = f"{what} gives a reason of {len(review.body.strip())} characters, and it takes {standard.reason_least}"
        yield Reason("approval-reason-short", said, "approve again, saying more")


def _blocked_until(reviews: Sequence[Review], standard: Standard) -> dict[str, datetime]:
    """Until when each person's approvals do not count: their latest request for changes, or dismissed review."""
    until: dict[str, datetime] = {}
    for review in reviews:
        if review.state in (ReviewState.CHANGES_REQUESTED, ReviewState.DISMISSED) and review.account:
            person = standard.person_of(review)
            if person is not None:
                until[person] = max(until.get(person, _when(review)), _when(review))
    return until


def _answered(review: Review, reviews: Sequence[Review], standard: Standard) -> bool:
    """Whether the same person has approved since, from whichever of their accounts."""
    person = standard.person_of(review)
    return any(
        later.state is ReviewState.APPROVED and _when(later) > _when(review) and standard.person_of(later) == person
        for later in reviews
        if later.account is not None
    )


def _when(review: Review) -> datetime:
    return review.submitted_at or datetime.max.replace(tzinfo=UTC)
