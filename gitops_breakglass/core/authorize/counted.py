"""What the reviews of a change come to by its terms: which approvals there are, and which are lacking."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import chain

from gitops_breakglass.core.authorize.asked import Asked
from gitops_breakglass.core.authorize.case import Case
from gitops_breakglass.core.authorize.logins import recycled_reason
from gitops_breakglass.core.authorize.people import contributors_of, person_of
from gitops_breakglass.core.authorize.reviews import Standard, Tally, tally
from gitops_breakglass.core.authorize.terms import Terms
from gitops_breakglass.model.change import Change, Review
from gitops_breakglass.model.decision import Approval, Purpose, Reason
from gitops_breakglass.model.request import Subject


@dataclass(frozen=True)
class Counted:
    """The approvals of a request and, where it takes a further one for what its escalation overrides, those of that."""

    terms: Terms
    ordinary: Tally
    override: Tally | None = None
    is_own: bool = False
    """Whether all that is on the branch is provably its author's: nobody else looked at what needs no approval."""

    @property
    def approvals(self) -> tuple[Approval, ...]:
        """What counts, each approval with what it is of: nobody gives both."""
        if self.override is None:
            return self.ordinary.approvals
        chosen = _of_override(self.ordinary.approvals, self.override.approvals)
        names = {each.person for each in chosen}
        rest = [each for each in self.ordinary.approvals if each.person not in names]
        marked = [replace(each, purpose=Purpose.OVERRIDE) for each in chosen]
        return tuple(sorted([*rest, *marked], key=lambda each: (each.approved_at, each.person)))

    @property
    def vetoes(self) -> tuple[Reason, ...]:
        """Who asked for changes, among those whose approval is asked for."""
        return _once(each.vetoes for each in self._tallies)

    @property
    def ignored(self) -> tuple[Reason, ...]:
        """Why other reviews do not count."""
        return _once(each.ignored for each in self._tallies)

    @property
    def lacks(self) -> tuple[Purpose, ...]:
        """What is not approved, as far as is known for sure."""
        return self.lacking(frozenset())

    @property
    def perhaps_lacks(self) -> tuple[Purpose, ...]:
        """What is not approved, whoever is in the teams of which that can't be said."""
        return self.lacking(frozenset(), perhaps=True)

    @property
    def perhaps_vetoes(self) -> tuple[Reason, ...]:
        """Who asked for changes and may be among those whose approval is asked for."""
        return _once(each.perhaps_vetoes for each in self._tallies)

    @property
    def reasons_of_perhaps(self) -> tuple[Reason, ...]:
        """Why it can't be said of some reviews whether they are by approvers."""
        unsure = zip(self._tallies, self._unsure, strict=True)
        return _once(reasons for each, reasons in unsure if each.perhaps or each.perhaps_vetoes)

    def lacking(self, more: AbstractSet[str], *, perhaps: bool = False) -> tuple[Purpose, ...]:
        """Return what is not approved, if `more` persons approve the request than reviews say."""
        if self.terms.approval_optional and self.is_own:
            return ()
        ordinary = _people(self.ordinary, perhaps=perhaps) | more
        lacks = () if ordinary else (Purpose.REQUEST,)
        if self.override is None:
            return lacks
        override = _people(self.override, perhaps=perhaps)
        return lacks if override - ordinary or (override and len(ordinary) > 1) else (*lacks, Purpose.OVERRIDE)

    @property
    def _tallies(self) -> tuple[Tally, ...]:
        return (self.ordinary,) if self.override is None else (self.ordinary, self.override)

    @property
    def _unsure(self) -> tuple[tuple[Reason, ...], ...]:
        """Of which teams it can't be said who is in them, for each of the tallies."""
        own = self.terms.perhaps_approvers.reasons
        return (own,) if self.terms.override is None else (own, self.terms.override.perhaps.reasons)


def count(case: Case, change: Change, asked: Asked, now: datetime) -> Counted:
    """Judge every review. A merge counts as its author's approval where nothing else does and the terms allow it.

    Nobody who took part approves what is overridden, whatever the terms say of self-approval.
    """
    _, author, subject, terms = asked

    def reviewer(review: Review) -> str | None:
        return person_of(review.account, case.policies, now) if review.account else None

    subjects = (subject, *terms.participants.values())
    involved = contributors_of(change, case.policies) | {author, *terms.participants} | _namesakes(subjects, case)
    further = terms.override
    standard = Standard(
        person_of=reviewer,
        approvers=terms.approvers,
        excluded=involved if terms.block_self_approval else frozenset(),
        blob=change.blob_head if change.landing is None else change.blob_now,
        timeout=terms.approval_timeout,
        reason_mandatory=terms.approval_reason_mandatory,
        reason_least=terms.approval_reason_least,
        barred=terms.barred_approvers,
        perhaps=terms.perhaps_approvers.people,
        impostor=partial(recycled_reason, policies=case.policies),
        elsewhere=further.people | further.perhaps.people | set(further.barred) if further else frozenset(),
    )
    counted = Counted(terms, tally(change, standard), is_own=change.pushed_by_author_only is True)
    if further is not None:
        of_override = replace(
            standard,
            approvers=further.people,
            excluded=involved,
            barred=further.barred,
            perhaps=further.perhaps.people,
            elsewhere=standard.people | set(terms.barred_approvers),
            what="what it overrides",
        )
        counted = replace(counted, override=tally(change, of_override))
    return _with_merge(counted, change, author)


def _namesakes(subjects: Iterable[Subject], case: Case) -> frozenset[str]:
    """Everybody who would hold a subject's rights: another person entry with the same username."""
    cluster, names = case.request.id.cluster, {subject.name for subject in subjects}
    return frozenset(
        person.name
        for policy in case.policies
        for person in policy.identities.people
        if person.username_on(cluster) in names
    )


def _with_merge(counted: Counted, change: Change, author: str) -> Counted:
    """Add the merge to the approvals, where one is lacking and it may count.

    Where self-approval is allowed, the merge of an approver's own change approves it, if all of it is theirs.
    """
    terms, ordinary = counted.terms, counted.ordinary
    if not counted.lacks or terms.block_self_approval or terms.approval_reason_mandatory:
        return counted
    if change.author is None or change.pushed_by_author_only is not True:
        return counted
    if change.merged_at is None or change.landing is None or change.opened_at is None:
        return counted
    if change.merged_at - change.opened_at > terms.approval_timeout:
        return counted
    merge = Approval(author, change.author.id, f"merge {change.landing}", change.head, change.merged_at)
    if author in terms.approvers and author not in _people(ordinary, perhaps=False):
        return replace(counted, ordinary=replace(ordinary, approvals=(*ordinary.approvals, merge)))
    if author in terms.perhaps_approvers.people:
        return replace(counted, ordinary=replace(ordinary, perhaps=(*ordinary.perhaps, merge)))
    return counted


def _of_override(ordinary: Sequence[Approval], override: Sequence[Approval]) -> Sequence[Approval]:
    """Return which approvals are of what is overridden: those that can't be ordinary ones, or one that can be spared."""
    names = {each.person for each in ordinary}
    only = [each for each in override if each.person not in names]
    return only or (override[:1] if len(names) > 1 else ())


def _people(tally: Tally, *, perhaps: bool) -> frozenset[str]:
    return frozenset(each.person for each in (*tally.approvals, *(tally.perhaps if perhaps else ())))


def _once(reasons: Iterable[Iterable[Reason]]) -> tuple[Reason, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(reasons)))
