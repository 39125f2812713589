"""What the strict reader of YAML takes, what it refuses, where it says so, and what the writer makes of data."""

import re
import subprocess
import sys
import unicodedata

import pytest

from gitops_breakglass.adapters.yamlfile import LARGEST, LARGEST_REQUEST, MOST_FINDINGS, dump, load
from gitops_breakglass.core.yaml.scalars import FORBIDDEN
from gitops_breakglass.core.yaml.stream import DEEPEST


def told(text, **options):
    """Rule and place of each finding."""
    loaded = load(text if isinstance(text, bytes) else text.encode(), "f.yaml", **options)
    return [(each.rule, each.location.line, each.location.column) for each in loaded.findings]


def data(text, **options):
    return [each.data for each in load(text.encode(), "f.yaml", **options).documents]


def test_a_document_knows_the_place_of_every_value():
    text = "# first\napiVersion: v1\nspec:\n  rules:\n    - verbs: [get, 'list']\n    -   - deep\n"
    (document,) = load(text.encode(), "policies/a.yaml", blob="b10b").documents
    assert document.data == {"apiVersion": "v1", "spec": {"rules": [{"verbs": ["get", "list"]}, ["deep"]]}}
    assert document.positions == {
        (): (2, 1),
        ("apiVersion",): (2, 1),
        ("spec",): (3, 1),
        ("spec", "rules"): (4, 3),
        ("spec", "rules", 0): (5, 7),
        ("spec", "rules", 0, "verbs"): (5, 7),
        ("spec", "rules", 0, "verbs", 0): (5, 15),
        ("spec", "rules", 0, "verbs", 1): (5, 20),
        ("spec", "rules", 1): (6, 9),
        ("spec", "rules", 1, 0): (6, 11),
    }
    assert (document.path, document.blob, str(document.at("spec", "nothing"))) == (
        "policies/a.yaml",
        "b10b",
        "policies/a.yaml:3:1",
    )


@pytest.mark.parametrize(
    "text, value",
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("False", False),
        ("0", 0),
        ("-12", -12),
        ("+3", 3),
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
        ("1.50", 1.5),
        ("-0.25", -0.25),
        ("2026-01-01", "2026-01-01"),
        ("2026-01-01T09:00:00Z", "2026-01-01T09:00:00Z"),
        ("1.2.3", "1.2.3"),
        ("0 9 * * 1-5", "0 9 * * 1-5"),
        ("yesterday", "yesterday"),
        ("1h", "1h"),
        ("'yes'", "yes"),
        ('"010"', "010"),
        ('""', ""),
        ("'1:30'", "1:30"),
    ],
)
def test_a_scalar_means_what_every_reader_takes_it_for(text, value):
    ((found,),) = [list(each.values()) for each in data(f"a: {text}")]
    assert found == value
    assert type(found) is type(value)


WORDS = (
    "yes no on off y n Yes NO On OFF Y N = 010 -07 09 0o17 0x1F 0b1 1_000 1:30 22:22 1:30:00 1:30.5 12e3 1e3 1.5e-3 "
    "1. .5 .inf -.INF .nan .NaN 9223372036854775808 -9223372036854775809"
)
AMBIGUOUS = WORDS.split()


@pytest.mark.parametrize("text", [*AMBIGUOUS, "1" * 5000, "1" * 400 + ".0"])
def test_a_scalar_that_readers_differ_about_is_refused_until_it_is_quoted(text):
    assert told(f"a: {text}") == [("yaml-ambiguous-scalar", 1, 4)]
    assert data(f"a: {text}") == []
    assert data(f"a: '{text}'") == [{"a": text}]


@pytest.mark.parametrize(
    "text, findings",
    [
        ("a: 1\nb: {c: 1, c: 2}", [("yaml-duplicate-key", 2, 11)]),
        ("a: 1\n'a': 2", [("yaml-duplicate-key", 2, 1)]),
        ("a: &x 1\nb: *x", [("yaml-alias", 1, 4), ("yaml-alias", 2, 4)]),
        ("a: &x [1]", [("yaml-alias", 1, 4)]),
        ("a: &a {b: *a}", [("yaml-alias", 1, 4), ("yaml-alias", 1, 11)]),
        ("? *a\n: b", [("yaml-alias", 1, 3)]),
        ("a:\n  <<: {b: c}", [("yaml-alias", 2, 3)]),
        ("a: !!str 1", [("yaml-tag", 1, 4)]),
        ("a: ! 1", [("yaml-tag", 1, 4)]),
        ("a: !!python/object:x {}", [("yaml-tag", 1, 4)]),
        ("a: !x [1]", [("yaml-tag", 1, 4)]),
        ("1: a", [("yaml-key-not-string", 1, 1)]),
        ("null: a", [("yaml-key-not-string", 1, 1)]),
        ("on: a", [("yaml-ambiguous-scalar", 1, 1)]),
        ("? [a]\n: b", [("yaml-key-not-string", 1, 3)]),
        ("? {a: b}\n: [c, {d: e}]", [("yaml-key-not-string", 1, 3)]),
        ("%YAML 1.2\n---\na: b", [("yaml-syntax", 1, 1)]),
        ("%TAG ! tag:x:\n---\na: b", [("yaml-syntax", 1, 1)]),
        ("a: [", [("yaml-syntax", 2, 1)]),
        ("a: b\n c: d", [("yaml-syntax", 2, 3)]),
        ("\ta: b", [("yaml-syntax", 1, 1)]),
        ("- a", [("yaml-syntax", 1, 1)]),
        ("just words", [("yaml-syntax", 1, 1)]),
        ("a: \u202eb", [("yaml-control-character", 1, 4)]),
        ("a\u200b: b", [("yaml-control-character", 1, 2)]),
        ("a: b # \u2066", [("yaml-control-character", 1, 8)]),
        ("a: b\rc: d", [("yaml-control-character", 1, 5)]),
        ("a: b\x07", [("yaml-control-character", 1, 5)]),
        ("a: b\n\ufeffc: d", [("yaml-control-character", 2, 1), ("yaml-syntax", 2, 2)]),
        ('a: "\\0"', [("yaml-control-character", 1, 4)]),
        ('a: "\\u202e"', [("yaml-control-character", 1, 4)]),
        ('"a\\u200b": b', [("yaml-control-character", 1, 1)]),
        (b"\xef\xbb\xbfa: b", [("yaml-encoding", 1, 1)]),
        ("a: b".encode("utf-16"), [("yaml-encoding", 1, 1)]),
        (b"a: b\nc: \xff", [("yaml-encoding", 2, 4)]),
    ],
)
@pytest.mark.parametrize("single", [False, True])
def test_what_is_read_differently_by_people_and_parsers_is_refused_at_its_place(text, findings, single):
    assert told(text, single=single) == findings
    assert not load(text if isinstance(text, bytes) else text.encode(), "f.yaml", single=single).documents


def test_every_finding_says_what_to_do():
    texts = ["a: yes", "a: 1\na: 2", "a: *x", "a: !x 1", "1: a", "? [a]\n: b", "- a", "a: [", "%YAML 1.2\n---\na: b"]
    for text in texts:
        assert all(each.hint for each in load(text.encode(), "f.yaml").findings), text


def test_a_duplicate_key_names_the_line_of_the_first():
    (finding,) = load(b"a: 1\nb: 2\na: 3\n", "f.yaml").findings
    assert finding.message == "`a` is given twice; the first is in line 1"


def test_line_breaks_tabs_and_text_of_any_script_are_fine():
    assert data("a: b\r\nc: 'd\te'\r\nf: Zustände 東京 😀\n") == [{"a": "b", "c": "d\te", "f": "Zustände 東京 😀"}]


def test_a_broken_document_loses_only_itself():
    text = "a: 1\n---\nb: yes\n---\n# only a comment\n---\nc: \u200b\n---\nd: 4\n"
    assert data(text) == [{"a": 1}, {"d": 4}]
    assert told(text) == [("yaml-ambiguous-scalar", 3, 4), ("yaml-control-character", 7, 4)]


def test_documents_before_a_syntax_error_are_still_there():
    text = "a: 1\n---\nb: 2\n---\nc: [\n---\nd: 4\n"
    assert data(text) == [{"a": 1}, {"b": 2}]
    assert [rule for rule, *_ in told(text)] == ["yaml-syntax"]


@pytest.mark.parametrize(
    "text, finding",
    [
        ("", ("yaml-syntax", 1, 1)),
        ("# nothing\n", ("yaml-syntax", 1, 1)),
        ("---\n", ("yaml-syntax", 1, 1)),
        ("a: 1\n---\nb: 2\n", ("yaml-several-documents", 2, 1)),
        ("a: 1\n---\n", ("yaml-several-documents", 2, 1)),
    ],
)
def test_a_request_is_exactly_one_document(text, finding):
    assert told(text, single=True) == [finding]
    assert data(text, single=True) == []


def test_a_file_of_comments_on_the_policy_side_is_empty_and_fine():
    loaded = load(b"# nothing yet\n", "policies/a.yaml")
    assert (loaded.documents, loaded.findings) == ((), ())


@pytest.mark.parametrize("single, largest", [(True, LARGEST_REQUEST), (False, LARGEST)])
def test_size_is_bounded(single, largest):
    fits = b"a: " + b"b" * (largest - 3)
    assert not load(fits, "f.yaml", single=single).findings
    (finding,) = load(fits + b"b", "f.yaml", single=single).findings
    assert (finding.rule, str(finding.location)) == ("yaml-too-large", "f.yaml")


def test_depth_is_bounded_and_a_megabyte_of_brackets_is_answered_at_once():
    fits = "a: " + "[" * (DEEPEST - 1) + "]" * (DEEPEST - 1)
    assert told(fits) == []
    assert told(fits.replace("[]", "[[]]")) == [("yaml-too-deep", 1, 3 + DEEPEST)]
    assert told(b"[" * LARGEST) == [("yaml-too-deep", 1, DEEPEST + 1)]


def test_a_hostile_file_does_not_flood_the_report():
    many = ["a: \n" * 1000, "a: \u200b\n" * 1000]
    for text in many:
        assert len(load(text.encode(), "f.yaml").findings) == MOST_FINDINGS + 1
        assert not data(text)


def test_no_document_slips_through_behind_those_that_are_no_longer_told():
    text = "a: \u200b\n---\n" * (2 * MOST_FINDINGS)
    assert data(text) == []
    assert len(told(text)) == MOST_FINDINGS + 1


def test_long_hostile_words_are_cut_in_messages():
    for text in ("1" * 5000 + ": a", "a: &" + "x" * 5000 + " b"):
        assert all(len(each.message) < 200 for each in load(text.encode(), "f.yaml").findings)


def test_every_control_and_format_character_is_forbidden_and_no_letter_is():
    found = {chr(code) for code in range(0x110000) if FORBIDDEN.match(chr(code))}
    wanted = {chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in {"Cc", "Cf", "Zl", "Zp"}}
    assert wanted - {"\n", "\t"} <= found
    assert {unicodedata.category(each) for each in found} <= {"Cc", "Cf", "Zl", "Zp", "Cn"}


def test_without_libyaml_it_says_so_instead_of_reading_another_way():
    program = (
        "import sys; sys.modules['yaml._yaml'] = None\n"
        "from gitops_breakglass.adapters.yamlfile import load\n"
        "from gitops_breakglass.model.errors import UsageError\n"
        "try: load(b'a: b', 'f.yaml')\n"
        "except UsageError as error: print(error, '|', error.hint)\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert re.search(r"without libyaml.* \| install", ran.stdout)


def test_data_is_written_as_block_yaml_in_the_order_given():
    value = {
        "kind": "Role",
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "metadata": {"name": "bg-x", "labels": {}, "annotations": {"at": "2026-01-01T09:00:00Z"}},
        "rules": [{"verbs": ["get", "*"], "apiGroups": [""]}, [], [[1, 2.5], None]],
        "no": "yes",
        "text": "one\n\ntwo\n",
        "odd": " x\n",
        "flags": [True, False, "true", "1", "1e3", "1:30", "#", "a: b", "Ünï"],
    }
    assert dump(value) == (
        "kind: Role\n"
        "apiVersion: rbac.authorization.k8s.io/v1\n"
        "metadata:\n"
        "  name: bg-x\n"
        "  labels: {}\n"
        "  annotations:\n"
        '    at: "2026-01-01T09:00:00Z"\n'
        "rules:\n"
        "  - verbs:\n"
        "      - get\n"
        '      - "*"\n'
        "    apiGroups:\n"
        '      - ""\n'
        "  - []\n"
        "  - - - 1\n"
        "      - 2.5\n"
        "    - null\n"
        '"no": "yes"\n'
        "text: |\n"
        "  one\n"
        "\n"
        "  two\n"
        'odd: " x\\n"\n'
        "flags:\n"
        "  - true\n"
        "  - false\n"
        '  - "true"\n'
        '  - "1"\n'
        '  - "1e3"\n'
        '  - "1:30"\n'
        '  - "#"\n'
        '  - "a: b"\n'
        '  - "Ünï"\n'
    )
    assert load(dump(value).encode(), "f.yaml").documents[0].data == value


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**63, {1: 2}, b"bytes", object(), {"a": {1, 2}}])
def test_what_yaml_can_not_say_exactly_is_not_written(value):
    with pytest.raises(ValueError, match="YAML"):
        dump({"a": value} if not isinstance(value, dict) else value)


def test_a_forbidden_character_is_written_as_an_escape_and_never_raw():
    written = dump({"a": "x\u202ey"})
    assert written == 'a: "x\\U0000202ey"\n'
    assert told(written) == [("yaml-control-character", 1, 4)]
