"""The people that the policy side names are known."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.rules.people.audiences import audiences
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "unknown-person"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    identities = facts.policy.identities
    words = {
        word
        for person in identities.people
        for word in (*person.emails, person.username, *person.usernames.values())
        if word
    }
    for each in audiences(facts):
        for user in sorted(each.audience.users - words):
            yield Finding(
                _ID,
                f"{each.what} names {user}, who is not in identities.yaml",
                each.document.at(*each.path, "users"),
                Severity.WARNING,
                hint=nearest(user, words) or "add them with their e-mail or username",
            )
    for document in facts.of_kind("Identities"):
        yield from _members(Reading(document))


def _members(reading: Reading) -> Iterator[Finding]:
    """Look at the file and not at who is left of it: that somebody was left out is told once, where it is so."""
    names = {reading.text("people", index, "name") or "" for index in range(reading.count("people"))}
    for index in range(reading.count("groups")):
        for place, member in enumerate(reading.texts("groups", index, "members")):
            if member not in names:
                yield Finding(
                    _ID,
                    f"group {reading.text('groups', index, 'name')} has a member {member}, who is not among the people",
                    reading.document.at("groups", index, "members", place),
                    Severity.WARNING,
                    hint=nearest(member, names) or "members are the names of people in the same file",
                )


RULE = Rule(
    _ID,
    "people who are named are in identities.yaml",
    "Whoever is not in identities.yaml can neither ask nor approve; the policy reads as if they could.",
    on_policy=_on_policy,
)
