"""What rules say of every policy: thresholds by every score that there is, and people by every name that they have."""

from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.core.rules.deny import score_above_thresholds, threshold_unreachable
from gitops_breakglass.core.rules.rule import PolicyFacts
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.identity import Group, Identities, Person, Provider
from gitops_breakglass.model.policy import Audience, Configuration, PolicySide

WORDS = st.sampled_from(["a", "b", "c", "d@example.com", "e@example.com"])
PEOPLE = st.builds(
    lambda name, email, username, there: Person(
        name, (email,) if email else (), username, {"prod": there} if there else {}
    ),
    st.sampled_from(["p", "q", "r"]),
    st.none() | WORDS,
    st.none() | WORDS,
    st.none() | WORDS,
)


def facts(*documents, identities=None):
    configuration = Configuration(Provider.LOCAL, "acme/access", Audience())
    return PolicyFacts(PolicySide("c", configuration, identities or Identities()), documents, lambda _: ())


def policy(thresholds, weight):
    rules = {"riskFactors": {"hostNetwork": weight}, "thresholds": thresholds}
    return Document("policies/x.yaml", {"kind": "DenyPolicy", "spec": {"podSecurityRules": rules}})


def decided(thresholds, score):
    return next((index for index, each in enumerate(thresholds) if score <= each["maxScore"]), None)


def thresholds(*actions):
    return st.lists(
        st.fixed_dictionaries({"maxScore": st.integers(0, 20), "action": st.sampled_from(actions)}), max_size=6
    )


@given(thresholds("allow", "warn", "deny"))
def test_a_threshold_is_told_exactly_where_no_score_reaches_it(listed):
    reached = {decided(listed, score) for score in range(25)}
    told = list(threshold_unreachable.RULE.on_policy(facts(policy(listed, 1))))
    assert len(told) == len(set(range(len(listed))) - reached)


@given(thresholds("allow", "warn"), st.integers(0, 25))
def test_scores_that_no_threshold_is_for_are_told_exactly_where_a_pod_can_have_one(listed, weight):
    told = list(score_above_thresholds.RULE.on_policy(facts(policy(listed, weight))))
    assert bool(told) is (not listed or decided(listed, weight) is None)


@given(
    st.lists(PEOPLE, unique_by=lambda person: person.name),
    st.lists(
        st.builds(Group, st.sampled_from(["g", "h"]), st.frozensets(st.sampled_from(["p", "q", "r", "x"]))), max_size=1
    ),
    st.builds(Audience, st.frozensets(WORDS), st.frozensets(st.sampled_from(["g", "h"]))),
)
def test_an_audience_is_whoever_is_in_a_group_of_it_or_answers_to_a_word_of_it(people, groups, audience):
    identities = Identities(tuple(people), tuple(groups))
    expected = {
        person.name
        for person in people
        if any(person.name in group.members for group in groups if group.name in audience.groups)
        or any(word in {*person.emails, person.username, *person.usernames.values()} for word in audience.users)
    }
    assert facts(identities=identities).people_of(audience) == expected
