"""What is left of a document without some of its fields: everything else, where it stood."""

from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.adapters.yamlfile import dump, load
from gitops_breakglass.core.read.left import left_of, places_of

SCALARS = st.sampled_from(["a", "b", 1, True])
NODES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(st.sampled_from("pqrs"), inner, min_size=1),
    max_leaves=8,
)


def flat(node, path=()):
    yield path, node if not isinstance(node, dict | list) else None
    steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, value in steps:
        yield from flat(value, (*path, step))


@given(st.dictionaries(st.sampled_from("pqrs"), NODES, min_size=1), st.data())
def test_only_what_was_refused_is_gone_and_the_rest_stands_where_it_stood(spec, data):
    (document,) = load(dump({"kind": "K", "spec": spec}).encode(), "requests/a/b.yaml").documents
    before = dict(flat(document.data))
    deep = sorted((path for path in before if len(path) > 1), key=str)
    refused = data.draw(st.lists(st.sampled_from(deep), max_size=3))
    left = left_of(document, [document.at(*path) for path in refused])
    if left is None:
        return
    after = dict(flat(left.data))
    assert all(before[path] == value for path, value in after.items())
    # Whatever is gone hangs on a field in which something was refused.
    tops = {path[: 1 + max(i for i, step in enumerate(path) if isinstance(step, str))] for path in refused}
    places = {document.at(*path) for path in refused}
    assert all(
        any(path[: len(top)] == top for top in tops)
        or any(document.at(*path[:n]) in places for n in range(2, len(path) + 1))
        for path in before.keys() - after.keys()
    )
    assert set(left.positions) == set(after)
    assert all(left.positions[path] == document.positions[path] for path in after)
    assert places_of(left) <= places_of(document)
