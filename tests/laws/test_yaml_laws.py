"""Laws of reading and writing YAML."""

import yaml
from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.adapters.yaml_scalars import FORBIDDEN
from gitops_breakglass.adapters.yamlfile import dump, load

CHARACTERS = st.characters(codec="utf-8").filter(lambda each: each != "\r" and not FORBIDDEN.match(each))
WORDS = st.sampled_from(
    ["yes", "no", "010", "1e3", "~", "null", "1:30", "<<", "=", ".inf", "---", "- a", "a: b", "# a", "|"]
)
TEXTS = st.text(CHARACTERS, max_size=40) | WORDS | st.text("ab \n\t#:-'\"\\", max_size=12)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(TEXTS | st.text("k\u00e4\\", min_size=400, max_size=1200), VALUES, min_size=1, max_size=4)


def same(left, right):
    """Equal, and of the same types: 1, 1.0 and True are three things."""
    return left == right and repr(left) == repr(right)


@given(DOCUMENTS)
def test_what_is_written_is_read_back_the_same(value):
    loaded = load(dump(value).encode(), "f.yaml", single=True)
    assert loaded.findings == ()
    assert same(loaded.documents[0].data, value)


@given(DOCUMENTS)
def test_another_reader_reads_the_same(value):
    assert yaml.safe_load(dump(value)) == value


@given(
    st.binary(max_size=200) | st.text("ab:- \n[]{}&*!%|>?'\"#,\\0\u202e", max_size=60).map(str.encode), st.booleans()
)
def test_bad_content_is_findings_and_never_an_error(text, single):
    loaded = load(text, "f.yaml", single=single)
    if single:
        assert (len(loaded.documents) == 1) != bool(loaded.findings)
    for document in loaded.documents:
        assert same(load(dump(document.data).encode(), "f.yaml").documents[0].data, document.data)
        assert () in document.positions


@given(DOCUMENTS)
def test_every_value_has_a_place(value):
    (document,) = load(dump(value).encode(), "f.yaml").documents

    def paths(node, path=()):
        yield path
        items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        for key, each in items:
            yield from paths(each, (*path, key))

    assert set(document.positions) == set(paths(value))
