"""What to write instead: a value that the schema takes, the nearest word, the place where a field belongs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.adapters.bundled import schema_catalog
from gitops_breakglass.adapters.yamlfile import load
from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.smallest_edit import instead, nearest_of, place_of

DURATION = {"pattern": "^([0-9]+d)?([0-9]+(\\.[0-9]+)?(h|ms|us|ns|m|s))*$"}
NAME = {"pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"}
HEAD = "apiVersion: breakglass.t-caas.telekom.com/v1alpha1\nkind: BreakglassSession\nmetadata: {name: x}\n"


@pytest.mark.parametrize(
    "value, schema, expected",
    [
        ("90 minutes", DURATION, "90m"),
        ("1 hour and 30 min", DURATION, "1h30m"),
        ("2H", DURATION, "2h"),
        (" 2h ", DURATION, "2h"),
        (3600, DURATION, "3600s"),
        ("soon", DURATION, None),
        ("1 week", DURATION, None),
        ("2h", DURATION, None),
        ("Pod Shell", NAME, "pod-shell"),
        ("pod_shell", NAME, "pod-shell"),
        ("-", NAME, None),
        (True, NAME, None),
        ("x", {}, None),
        ("A" * 200, NAME, None),
    ],
)
def test_the_nearest_text_that_a_pattern_takes(value, schema, expected):
    assert instead(value, schema) == expected


@given(st.text() | st.integers() | st.floats())
def test_what_is_proposed_is_taken(value):
    for schema in (DURATION, NAME):
        proposed = instead(value, schema)
        assert proposed is None or (proposed != value and instead(proposed, schema) is None)


def test_capitals_do_not_count_when_words_are_compared():
    assert nearest_of("CLUSTERROLE", ["Role", "ClusterRole"]) == "ClusterRole"
    assert nearest_of("maxvalidfor", ["maxValidFor"]) == "maxValidFor"
    assert nearest_of("zzz", ["Role"]) is None
    assert nearest_of("a" * 10_000, ["a" * 100]) is None


def test_a_field_has_one_home_or_none():
    fields = {"metadata": {"name": {}}, "spec": {"user": {}, "x": {}}, "status": {"x": {}}}
    assert place_of("user", fields) == "spec"
    assert place_of("x", fields) is None
    assert place_of("y", fields) is None


@pytest.mark.parametrize(
    "spec, hint",
    [
        ("spec: {escalation: a}\nmaxValidFor: 1h\n", "it belongs below `spec:`; indent it as what is there"),
        ("spec:\n  escalation: a\n  status: {}\n", "it belongs beside `spec:`; take the spaces before it away"),
        ("spec: {escalation: a, maxValidFor: 1 hour}\n", "did you mean `1h`?"),
        ("spec: {escalation: a, maxValidFor: 60}\n", "write its unit: `60s`, `60m` or `60h`"),
        ("spec: {escalation: Pod Shell}\n", "did you mean `pod-shell`?"),
        ("spec: {escalation: 5}\n", 'quote it: "5"'),
        ("spec: {escalation: a, MaxValidFor: 1h}\n", "did you mean `maxValidFor`?"),
    ],
)
def test_a_schema_s_finding_ends_with_what_to_write(spec, hint):
    loaded = load((HEAD + spec).encode(), "x.yaml")
    assert loaded.findings == ()
    assert [finding.hint for finding in schema_catalog().validate(loaded.documents[0])] == [hint]


@pytest.mark.parametrize(
    "text, hint",
    [
        ("yes", 'write true, or "yes" in quotes to mean the word'),
        ("Off", 'write false, or "Off" in quotes to mean the word'),
        ("04711", 'write "04711" in quotes to mean text, or 4711 to mean the number'),
        ("12:30", 'write "12:30" in quotes to mean text, or a number in plain decimal digits'),
        ("=", 'write "=" in quotes to mean text, or a number in plain decimal digits'),
        ("9" * 40, "write it in quotes to mean text"),
    ],
)
def test_an_ambiguous_scalar_is_told_with_each_form_that_is_none(text, hint):
    assert [finding.hint for finding in load(f"a: {text}\n".encode(), "x.yaml").findings] == [hint]


@pytest.mark.parametrize("text", ["a:\n\tb: 1\n", "a: 1\n\tb: 1\n"])
def test_a_tab_is_named_as_what_is_wrong(text):
    assert [finding.hint for finding in load(text.encode(), "x.yaml").findings] == [
        "indent with spaces: this line begins with a tab"
    ]


def test_a_document_that_has_its_kind_is_not_told_to_write_it_beside_the_spec():
    loaded = load(f"{HEAD}spec:\n  escalation: a\n  kind: Role\n".encode(), "x.yaml")
    (finding,) = schema_catalog().validate(loaded.documents[0])
    assert (finding.hint or "").startswith("known fields are ")


@pytest.mark.parametrize(
    "address, meant",
    [
        ("alcie@example.com", "did you mean `alice@example.com`?"),
        ("alice@example.org", "did you mean `alice@example.com`?"),
        ("oncall@example.com", None),
        ("automation-bot@example.com", None),
        ("alice", None),
    ],
)
def test_an_address_is_not_taken_for_a_colleague_s(address, meant):
    assert nearest(address, ["ben@example.com", "alice@example.com"]) == meant
