"""Aggregated roles hold what a controller comes to that goes over them again and again until nothing changes."""

from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.core.labels import holds
from gitops_breakglass.core.rbac.aggregate import with_gathered
from gitops_breakglass.core.rbac.algebra import rule
from gitops_breakglass.model.deny import LabelExpression, Operator, SelectorTerm
from gitops_breakglass.model.policy import ClusterRole

KEYS, VALUES = st.sampled_from("ab"), st.sampled_from("xy")
EXPRESSIONS = st.one_of(
    st.builds(LabelExpression, KEYS, st.sampled_from([Operator.IN, Operator.NOT_IN]), st.tuples(VALUES)),
    st.builds(LabelExpression, KEYS, st.sampled_from([Operator.EXISTS, Operator.DOES_NOT_EXIST])),
)
TERMS = st.builds(
    SelectorTerm,
    st.dictionaries(KEYS, VALUES, max_size=1).map(lambda labels: tuple(labels.items())),
    st.lists(EXPRESSIONS, max_size=1).map(tuple),
)


@st.composite
def roles(draw):
    made = []
    for index in range(draw(st.integers(1, 6))):
        gathers = draw(st.none() | st.lists(TERMS, max_size=2).map(tuple))
        made.append(
            ClusterRole(
                f"r{index}",
                () if gathers is not None else (rule(["get"], [f"kind-{index}"]),),
                namespace=draw(st.sampled_from(["", "", "", "shop"])) if gathers is None else "",
                labels=tuple(sorted(draw(st.dictionaries(KEYS, VALUES)).items())),
                gathers=gathers,
            )
        )
    return made


def controlled(roles):
    """What the roles hold in the end, by name: each pass copies rules from every selected role but itself."""
    held = {each.name: set(each.rules) for each in roles}
    while True:
        before = {name: set(rules) for name, rules in held.items()}
        for each in roles:
            for term in each.gathers or ():
                for other in roles:
                    if other.name != each.name and not other.namespace and holds(term, dict(other.labels)):
                        held[each.name] |= held[other.name]
        if held == before:
            return held


@given(roles())
def test_an_aggregated_role_holds_what_the_controller_ends_with(made):
    assert {each.name: set(each.rules) for each in with_gathered(made)} == controlled(made)


@given(roles())
def test_nothing_but_the_rules_of_aggregated_roles_changes(made):
    filled = with_gathered(made)
    assert [(each.name, each.namespace, each.labels, each.gathers) for each in filled] == [
        (each.name, each.namespace, each.labels, each.gathers) for each in made
    ]
    assert [each for each in filled if each.gathers is None] == [each for each in made if each.gathers is None]
