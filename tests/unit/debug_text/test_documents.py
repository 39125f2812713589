"""Debug templates: the documents that they come to, with what the request says in its place and nowhere else."""

import pytest

from gitops_breakglass.core.debug.text.context import context_of
from gitops_breakglass.core.debug.text.documents import documents, filled
from gitops_breakglass.core.debug.text.problem import TextProblem
from gitops_breakglass.core.debug.text.values import values_of
from gitops_breakglass.model.finding import Location

AT = Location("policy/debug.yaml", 10, 3)
NASTY = 'a: "b"\n--- # {{ .session.name }}\n&x !!python/none *y'
DECLARED = [
    {"name": "count", "inputType": "number", "default": 3},
    {"name": "words"},
    {"name": "flag", "inputType": "boolean"},
    {"name": "size", "inputType": "storageSize"},
    {"name": "one", "inputType": "select", "options": [{"value": "8080"}]},
    {"name": "some", "inputType": "multiSelect", "options": [{"value": "a"}, {"value": "b"}]},
]


def context(reason=NASTY, **given):
    return context_of(
        name="bg-web-0123456789",
        cluster="prod",
        requested_by="anna@example.com",
        reason=reason,
        namespace="breakglass-debug",
        template="net",
        variables=values_of(DECLARED, given),
        labels={"team": NASTY},
    )


def made(text, **given):
    return documents(text, context(**given), at=AT)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("a: {{ .session.reason }}", [{"a": NASTY}]),
        ("a: '{{ .session.reason }}'", [{"a": NASTY}]),
        ('a: "{{ .session.reason }}"', [{"a": NASTY}]),
        ("a: {{ quote .session.reason }}", [{"a": NASTY}]),
        ("a: {{ squote .session.reason }}", [{"a": NASTY}]),
        ("a: {{ yamlQuote .session.reason }}", [{"a": NASTY}]),
        ('a: {{ printf "%q" .session.reason }}', [{"a": NASTY}]),
        ('a: {{ printf "-%s-" .session.reason }}', [{"a": f"-{NASTY}-"}]),
        ("a: {{ toJson .session.reason }}", [{"a": NASTY}]),
        ("a: {{ toYaml .session.reason }}", [{"a": NASTY}]),
        ("a: |\n  {{ .session.reason }}", [{"a": NASTY}]),
        ("a: >-\n  x {{ .session.reason }}\n  y", [{"a": f"x {NASTY} y"}]),
        ("a: [{{ .session.reason }}, 1]", [{"a": [NASTY, 1]}]),
        ("a: {b: {{ .session.reason }}}", [{"a": {"b": NASTY}}]),
        ("a: {{ upper .session.reason }}", [{"a": NASTY.upper()}]),
        ("a: {{- toYaml .labels | nindent 2 }}", [{"a": {"team": NASTY}}]),
        ("a: {{ toJson .labels }}", [{"a": {"team": NASTY}}]),
        ("a: {{ range $k, $v := .labels }}{{ $v }}{{ end }}", [{"a": NASTY}]),
        ("a: {{ with .session.reason }}{{ . }}{{ end }}", [{"a": NASTY}]),
        ('a: {{ index .session "reason" }}', [{"a": NASTY}]),
        ('a: {{ default "x" .session.reason }}', [{"a": NASTY}]),
        ("a: |\n{{ indent 2 .session.reason }}\n  b", [{"a": f"{NASTY}\nb"}]),
        ("a: b # {{ .session.reason }}", [{"a": "b"}]),
        # No word that the template has, with escapes or without, is taken for a value.
        ('zq0v0j: {{ .session.reason }}\nb: "\\x7aq0v0j"', [{"zq0v0j": NASTY, "b": "zq0v0j"}]),
        ("a: {{ .vars.count }}", [{"a": 3}]),
        ("a: {{ add .vars.count 1 }}", [{"a": 4}]),
        ("a: b\n---\n{{ if .binding.name }}c: d{{ end }}\n---\ne: f", [{"a": "b"}, {"e": "f"}]),
    ],
)
def test_a_template_comes_to_documents_with_each_value_in_its_scalar(text, expected):
    assert list(made(text)) == expected


def test_what_names_a_session_or_its_place_is_text_whatever_it_looks_like():
    odd = context_of(name="a: b", cluster="1e3", requested_by="x", reason="", namespace="true", template="t")
    text = "m: {{ .session.name }}\nc: {{ .session.cluster }}/{{ .target.clusterName }}\nt: {{ .target.namespace }}"
    assert documents(text, odd, at=AT) == ({"m": "a: b", "c": "1e3/1e3", "t": "true"},)
    assert list(made("{{ .session.name }}.conf: x")) == [{"bg-web-0123456789.conf": "x"}]


@pytest.mark.parametrize(
    "given, expected",
    [
        ({"count": 7}, {"count": 7}),
        ({"count": "7, x: y"}, {"count": "7, x: y"}),
        ({"flag": True}, {"flag": True}),
        ({"flag": "true\nx: y"}, {"flag": "true\nx: y"}),
        ({"size": "10Gi"}, {"size": "10Gi"}),
        ({"size": "10Gi\nx: y"}, {"size": "10Gi\nx: y"}),
        ({"one": "8080"}, {"one": 8080}),
        ({"one": "8081"}, {"one": "8081"}),
        ({"some": ["a", "b"]}, {"some": "a,b"}),
        ({"some": ["a", "b\nx: y"]}, {"some": "a,b\nx: y"}),
        ({"words": "7"}, {"words": "7"}),
        ({"words": "x\ny: z"}, {"words": "x\ny: z"}),
    ],
)
def test_a_variable_is_plain_yaml_only_where_it_can_be_nothing_but_what_it_is_declared_to_be(given, expected):
    (name,) = given
    assert list(made(f"{name}: {{{{ .vars.{name} }}}}", **given)) == [expected]


@pytest.mark.parametrize(
    "text, expected",
    [
        (
            "a: 1\nb: {{ .now }}",
            (
                "policy/debug.yaml:12: .now is not known when the request is reviewed, and what is reviewed is what is made "
                "(line 2, column 7 of the template)"
            ),
        ),
        (
            "a: {{ .session.expiresAt }}",
            (
                "policy/debug.yaml:10:3: .session.expiresAt is not known when the request is reviewed, and what is reviewed is "
                "what is made (line 1, column 7 of the template)"
            ),
        ),
        (
            'a: {{ index .session "approvedBy" }}',
            (
                "policy/debug.yaml:10:3: .session.approvedBy is not known when the request is reviewed, and what is reviewed is "
                "what is made (line 1, column 7 of the template)"
            ),
        ),
        (
            "a: {{ uuidv4 }}",
            (
                "policy/debug.yaml:10:3: the function uuidv4 is not offered: it comes out differently each time, and what is "
                "reviewed is what is made (line 1, column 7 of the template)"
            ),
        ),
        (
            "a: {{ .vars.gone }}",
            "policy/debug.yaml:10:3: there is no such value; `default` gives another where there is none (line 1, column 7 of the template)",
        ),
        (
            "x: z\na:\n  {{ .session.reason }}: b\n",
            (
                "policy/debug.yaml:13: text of the request can't be a key of a mapping: it is a value, and only that "
                "(line 3, column 6 of the template)"
            ),
        ),
        (
            "a: &{{ .session.reason }} b",
            (
                "policy/debug.yaml:10:3: what it comes to is refused: the anchor `&{{…}}` is not read; take it out, and write "
                "the value wherever it is meant (line 1, column 4 of the template)"
            ),
        ),
        (
            "a: b\n\na: {{ .session.reason }}\n",
            (
                "policy/debug.yaml:13: what it comes to is refused: `a` is given twice; the first is in line 1; keep one: "
                "readers differ in which of them counts (line 3, column 1 of the template)"
            ),
        ),
        (
            "a: b\nc: \u202e{{ .vars.count }}",
            (
                "policy/debug.yaml:12: the invisible or control character U+202E RIGHT-TO-LEFT OVERRIDE is in it "
                "(line 2, column 4 of the template)"
            ),
        ),
        (
            "{{ range until 51 }}\n---\na: b\n{{ end }}",
            "policy/debug.yaml:11: it comes to more than 50 documents (line 1, column 21 of the template)",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place_in_the_text_and_in_the_file(text, expected):
    with pytest.raises(TextProblem) as told:
        made(text)
    assert str(told.value) == expected


MADE = [
    ("upper {}", "A: B\nC: D %D"),
    ("trunc 4 {}", "a: b"),
    ("trimSuffix `%d` {}", "a: b\nc: d "),
    ("replace `b` `e: f` {}", "a: e: f\nc: d %d"),
    ("{} | quote | lower", '"a: b\\nc: d %d"'),
    ("print (list {} 1)", "[a: b\nc: d %d 1]"),
    ("print (dict `k` (list {}))", "map[k:[a: b\nc: d %d]]"),
    ("list (list {})", "[[a: b\nc: d %d]]"),
    ("printf {} 1", "a: b\nc: d 1"),
    ("printf `x%d` 1 {}", "x1%!(EXTRA string=a: b\nc: d %d)"),
    ("printf `%20s|%.1s|%x` {} {} `a`", "        a: b\nc: d %d|a|61"),
    ("printf `%v` (list {})", "[a: b\nc: d %d]"),
    ("println {}", "a: b\nc: d %d"),
    ('splitList "\\n" {} | last', "c: d %d"),
    ("(split ` ` {})._1", "b\nc:"),
    ('range splitList "\\n" {} }}{{ . }},{{ end', "a: b,c: d %d,"),
    ("range $k, $v := dict `k` {} }}{{ $v }}{{ end", "a: b\nc: d %d"),
    ("(fromYaml {}).a", "b"),
    ("range $k, $v := fromYaml {} }}{{ $k }}{{ end", "ac"),
    ("join {} (list 1 2)", "1a: b\nc: d %d2"),
    ("slice {} 0 4", "a: b"),
    ("html {}", "a: b\nc: d %d"),
    ("b64dec (b64enc {})", "a: b\nc: d %d"),
    ("and 1 {}", "a: b\nc: d %d"),
    ("or {} 1", "a: b\nc: d %d"),
    ("keys (dict {} 1) | first", "a: b\nc: d %d"),
    ("toYaml (dict {} 1) | quote", '"a: b\\nc: d %d": 1'),
    ("yamlSafe {}", "a- b c- d %d"),
    ("toString (list {})", "[a: b\nc: d %d]"),
    ("len {}", 12),
    ("index {} 0", 97),
    ('range $i := until 12 }}{{ printf "%c" (index $.session.reason $i) }}{{ end', "a: b\nc: d %d"),
    ('printf "%c%q" 58 10', ":'\\n'"),
]


@pytest.mark.parametrize("call, expected", MADE)
def test_whatever_a_function_makes_of_a_value_is_one_text(call, expected):
    shown = call.replace("{}", ".session.reason", 1) if "range" in call else call.replace("{}", ".session.reason")
    reason = "a: b\nc: d %d"
    assert list(documents(f"x: {{{{ {shown} }}}}", context(reason), at=AT)) == [{"x": expected}]


@pytest.mark.parametrize(
    "asked",
    [
        "{{ if .binding.name }}{{ .now }}{{ end }}",
        "{{ with .binding }}{{ if .name }}{{ $.now }}{{ end }}{{ end }}",
        "{{ with .session }}{{ .expiresAt }}{{ end }}",
        "{{ $s := .session }}{{ $s.approvedBy }}",
        "{{ (index . `session`).expiresAt }}",
        '{{ get . "now" }}',
        '{{ hasKey .session "expiresAt" }}',
    ],
)
def test_what_is_not_known_at_review_is_refused_however_it_is_asked_for(asked):
    with pytest.raises(TextProblem, match="is not known when the request is reviewed"):
        made(f"a: x{asked}")


def test_each_text_of_a_tree_is_filled_and_stays_one_text():
    tree = {"{{ a }}": ["{{ .vars.count }}", "{{ .session.reason | quote }}", 1, None, {"b": "x-{{ .session.name }}"}]}
    quoted = '"a: \\"b\\"\\n--- # {{ .session.name }}\\n&x !!python/none *y"'
    expected = {"{{ a }}": ["3", quoted, 1, None, {"b": "x-bg-web-0123456789"}]}
    assert filled(tree, context(), lambda *_: AT) == expected


def test_what_is_wrong_in_a_tree_is_told_with_its_path():
    with pytest.raises(TextProblem) as told:
        filled({"a": ["{{ nope }}"]}, context(), lambda *path: Location("f.yaml", len(path), 1))
    assert str(told.value) == "f.yaml:2:1: there is no function nope (line 1, column 4 of the template)"
