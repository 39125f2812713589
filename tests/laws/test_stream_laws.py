"""Laws of reading streams of documents: however they are cut and written, they are what the reader of files reads."""

import json

from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.adapters import yamlfile
from gitops_breakglass.adapters.stream import load_stream
from tests.laws.test_yaml_laws import DOCUMENTS

LINES = st.sampled_from(
    [
        "---",
        "--- # x",
        "---x",
        " ---",
        "...",
        "a: b",
        "b: |",
        "  ---",
        "  text",
        "c: 'x",
        "  y'",
        "# note",
        "",
        "- 1",
        "d: [",
        "]",
        '"e": 1',
    ]
)


def read(loaded):
    """What was read, and where each value of it stands."""
    return [(each.data, dict(each.positions)) for piece in loaded for each in piece.documents]


@given(st.lists(LINES, max_size=14))
def test_a_stream_that_is_read_whole_is_read_the_same_in_pieces(lines):
    text = "\n".join(lines).encode()
    whole = yamlfile.load(text, "x.yaml")
    if not whole.findings:
        assert read(load_stream(text, "x.yaml")) == read([whole])


@given(st.lists(DOCUMENTS, min_size=1, max_size=4))
def test_what_is_written_as_yaml_is_read_with_its_places(values):
    text = "---\n".join(yamlfile.dump(value) for value in values).encode()
    whole = yamlfile.load(text, "x.yaml")
    assert whole.findings == ()
    assert read(load_stream(text, "x.yaml")) == read([whole])


@given(st.lists(DOCUMENTS, min_size=1, max_size=4), st.sampled_from([None, 1]), st.sampled_from(["\n", "", " \n\n"]))
def test_what_is_written_as_json_is_read_as_it_was(values, indent, between):
    text = between.join(json.dumps(value, indent=indent) for value in values).encode()
    assert [data for data, _ in read(load_stream(text, "x.json"))] == values


@given(st.binary(max_size=200) | st.text('{}[]",:-\n ab1', max_size=60).map(str.encode))
def test_whatever_comes_is_documents_or_findings_with_a_place(text):
    for piece in load_stream(text, "x"):
        assert piece.documents or piece.findings
        assert all(finding.location.path == "x" for finding in piece.findings)
