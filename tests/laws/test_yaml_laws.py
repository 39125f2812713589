"""Laws of reading and writing YAML."""

import re

import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from gitops_breakglass.adapters.yaml_values import documents_of, is_plain_ascii
from gitops_breakglass.adapters.yamlfile import dump, load
from gitops_breakglass.core.yaml.scalars import FORBIDDEN
from gitops_breakglass.core.yaml.stream import Stream

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


# Bits of which odd and plain files are made, so that many of them can be read and many nearly.
BITS = st.sampled_from(
    [
        *(
            "a: ",
            "b: 1\n",
            "c:\n",
            "  ",
            "- ",
            "x\n",
            "[",
            "]",
            "{",
            "}",
            ", ",
            "\n",
            "---\n",
            "...\n",
            '"a"',
            "'b'",
            ": ",
        ),
        *("? ", "&x ", "*x", "!!str ", "!", "yes", "on: ", "1_0", "010", "<<: ", "'<<': ", "%YAML 1.2\n", '"\\u202e"'),
        *(
            '"\\x07"',
            "|\n",
            "#",
            "~",
            "null: ",
            "1: ",
            "\t",
            "\r\n",
            "\u00e9",
            '"\\t"',
            "a: {a: 1, a: 2}",
            "[" * 20,
            "]" * 20,
        ),
    ]
)


@st.composite
def nearly_fine(draw):
    """A file that is fine, but for one bit that was put where a value or an item begins."""
    text = draw(DOCUMENTS.map(dump))
    places = [match.end() for match in re.finditer(r"(?:: |- |^)", text, re.MULTILINE)]
    place = draw(st.sampled_from(places))
    return text[:place] + draw(BITS) + text[place:]


@given(st.lists(BITS, max_size=14).map("".join) | nearly_fine())
def test_the_pass_without_positions_takes_nothing_but_what_the_other_reads_the_same(text):
    content = text.encode()
    stream = Stream("f.yaml", "b10b", escapes=True, forbidden=())
    stream.read(content)
    documents = documents_of(content, "f.yaml", blob="b10b")
    if documents is not None:
        assert stream.findings == []
        assert same([each.data for each in documents], [each.data for each in stream.documents])
        assert [each.positions for each in documents] == [each.positions for each in stream.documents]
        assert list(documents) == stream.documents


@given(DOCUMENTS)
def test_a_file_about_which_nothing_is_to_be_said_takes_the_pass_without_positions(value):
    text = dump(value)
    assume("<<" not in text)
    assert documents_of(text.encode(), "f.yaml", blob=None) is not None


@given(st.binary(max_size=40))
def test_text_that_is_searched_for_no_forbidden_character_has_none(text):
    assert not is_plain_ascii(text) or not FORBIDDEN.search(text.decode())
