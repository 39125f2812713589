"""Who can't be told from somebody else, because a name, account, key or address belongs to both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from gitops_breakglass.model.identity import Person


def contested(people: Sequence[Person]) -> Mapping[int, tuple[str, ...]]:
    """Return what each person shares with others, by their place in the list; whoever shares nothing is not in it.

    An approval is one person's word. Two entries with one key would let one person ask and approve.
    """
    clusters = sorted({cluster for person in people for cluster in person.usernames})
    holders: dict[tuple[str, str], set[int]] = defaultdict(set)
    for index, person in enumerate(people):
        for mark in _marks(person, clusters):
            holders[mark].add(index)
    reasons: dict[int, tuple[str, ...]] = {}
    for (what, _), indexes in sorted(holders.items()):
        for index in sorted(indexes) if len(indexes) > 1 else ():
            others = ", ".join(people[other].name for other in sorted(indexes - {index}))
            reason = f"shares {what} with {others}"
            if reason not in reasons.get(index, ()):
                reasons[index] = (*reasons.get(index, ()), reason)
    return reasons


def _marks(person: Person, clusters: Sequence[str]) -> set[tuple[str, str]]:
    """Return everything that tells a person, each as what it is and its value."""
    marks = {("the name " + person.name, "")}
    marks |= {(f"the {account.provider} account {account.id}", "") for account in person.accounts}
    marks |= {(f"the key {key.fingerprint}", "") for key in person.keys}
    # `users` in a policy match an e-mail or a username: an e-mail that is another's username is both of theirs.
    for cluster in ("", *clusters):
        words = {word.casefold() for word in (*person.emails, person.username_on(cluster)) if word}
        marks |= {(f"the name or address {word}", cluster) for word in words}
    return marks
