"""Whoever answers to a word is found by an index, as a walk through all people would find them."""

from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.model.identity import Identities, Person

WORDS = st.sampled_from(["ann", "ben", "ann@example.com", "ben@example.com", "oidc:ann", "Ann"])
CLUSTERS = st.sampled_from(["prod", "edge"])


@st.composite
def people(draw):
    return tuple(
        Person(
            name=f"person-{index}",
            emails=tuple(draw(st.lists(WORDS, max_size=2))),
            username=draw(st.none() | WORDS),
            usernames=draw(st.dictionaries(CLUSTERS, WORDS, max_size=2)),
        )
        for index in range(draw(st.integers(0, 4)))
    )


@given(people(), WORDS | st.just(""), CLUSTERS)
def test_the_first_who_answers_to_a_word_is_found(people, word, cluster):
    walked = next((each for each in people if each.answers_to(word, cluster)), None)
    assert Identities(people).answering_to(word, cluster) == walked
