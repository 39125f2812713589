"""Go's templates: what they come to, what is wrong with them and where, and what they may cost."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.core.go_template.error import TemplateError
from gitops_breakglass.core.go_template.parsing import LONGEST, parse
from gitops_breakglass.core.go_template.rendering import WORK, render

RECORDED = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "data" / "go_templates.jsonl").read_text(encoding="utf-8").split("\n")
    if line
]
"""Templates, and what text/template of Go 1.26 made of them with DATA; null where it refused them."""
DATA = {
    "Score": 60,
    "Factors": "hostPID, privilegedContainer:app",
    "Pod": "web-0",
    "Namespace": "shöp",
    "Zero": 0,
    "Empty": "",
    "List": ["a", 1, True],
    "None": [],
    "Half": 0.5,
    "Map": {"b": 2, "a": "x"},
    "Yes": True,
}


def rendered(template, data=DATA):
    try:
        return render(parse(template), data)
    except TemplateError:
        return None


@pytest.mark.parametrize("template, expected", RECORDED, ids=[each[0] for each in RECORDED])
def test_a_template_comes_to_what_go_makes_of_it(template, expected):
    assert rendered(template) == expected


@pytest.mark.parametrize(
    "template, expected",
    [
        ("a{{", "1:4: {{ is not closed"),
        ("a\nb {{.Pod", "2:9: {{ is not closed"),
        ("a\n{{ foo }}", "2:4: there is no function foo"),
        ('{{"a}}', '1:3: " is not closed'),
        ("{{`a}}", "1:3: ` is not closed"),
        ("{{/* a }}", "1:3: the comment is not closed"),
        ("{{/* a */ .Pod}}", "1:8: a comment stands alone between {{ and }}"),
        ("{{if .Pod}}", "1:3: if has no {{end}}"),
        ("{{if .Pod}}{{else}}{{else}}{{end}}", "1:3: if has no {{end}}"),
        ("{{end}}", "1:3: {{end}} ends nothing"),
        ("{{}}", "1:3: a command has no value"),
        ("{{range}}{{end}}", "1:8: range has no value"),
        ("{{.Pod | 1}}", "1:10: a value stands where a function has to"),
        ("{{.Pod $x}}", "1:8: there is no variable $x"),
        ("{{$x, $y := 1}}", "1:3: too many variables"),
        ("{{break}}", "1:3: break stands in no range"),
        ("{{template `x`}}", "1:3: template is not supported"),
        ("{{define `x`}}{{end}}", "1:3: define is not supported"),
        ("{{block `x` .}}{{end}}", "1:3: block is not supported"),
        ("{{call .Pod}}", "1:3: there is no function call"),
        ("{{1i}}", "1:3: this is no number"),
        ("{{0x1p4}}", "1:3: this is no number"),
        (r'{{"\q"}}', r"1:3: \q is no escape here"),
        ("{{'ab'}}", "1:3: 'ab' is not one character"),
        ("{{9223372036854775808}}", "1:3: 9223372036854775808 is too large"),
        ("{{.Pod&}}", "1:7: unexpected '&' behind .Pod"),
        ("{{&}}", "1:3: unexpected '&'"),
        ("{{printf `%d`1}}", "1:14: unexpected 1"),
        ("x" * (LONGEST + 1), f"1:1: a template has at most {LONGEST} characters"),
        ("{{(" * 101, "1:4: unexpected '{'"),
        ("{{" + "(" * 101 + "1" + ")" * 101 + "}}", "1:103: more than 100 blocks and parentheses stand in each other"),
    ],
)
def test_what_is_wrong_with_a_template_is_told_with_its_place(template, expected):
    with pytest.raises(TemplateError) as told:
        parse(template)
    assert str(told.value) == expected


@pytest.mark.parametrize(
    "template, expected",
    [
        ("a\n{{.Pod.Name}}", "2:3: there is no field Name in it"),
        ("{{len .Score}}", "1:3: len takes a text, a list or a map"),
        ("{{len}}", "1:3: len takes 1 arguments, not 0"),
        ("{{index .Pod 9}}", "1:3: the index is out of range"),
        ("{{index .Gone}}", "1:3: index of what is not there"),
        ("{{.Pod 1}}", "1:3: only a function takes arguments"),
        ("{{nil}}", "1:3: nil is no command"),
        ("{{eq .Pod 1}}", "1:3: values of two kinds are not compared"),
        ("{{lt .Yes true}}", "1:3: numbers are compared with numbers of the same kind, and texts with texts"),
        ("{{range .Pod}}{{end}}", "1:9: range goes through lists, maps, and the numbers below one"),
        ("{{and}}", "1:3: and takes at least one argument"),
        ("{{$x = 1}}", "1:3: there is no variable $x"),
        ('{{printf "%*d" 1 2}}', "1:3: printf reads flags, width, precision and verb"),
        ('{{printf "%99999d" 2}}', "1:3: a width or precision is at most 10000"),
        ('{{printf "%x" 1.5}}', "1:3: printf has no such form of a number with a fraction"),
        ('{{printf "%#v" .List}}', "1:3: printf has no %#v of such a value"),
    ],
)
def test_what_fails_while_rendering_is_told_with_its_place(template, expected):
    parsed = parse(template)
    with pytest.raises(TemplateError) as told:
        render(parsed, DATA)
    assert str(told.value) == expected


@pytest.mark.parametrize(
    "template",
    [
        "{{range 9223372036854775807}}{{end}}",
        "{{range 1000}}{{range 1000}}{{range 1000}}x{{end}}{{end}}{{end}}",
        "{{range 1000000}}{{$.Long}}{{end}}",
        "{{range 1000000}}{{len $.Long}}{{end}}",
        "{{range 1000000}}{{eq $.Long $.Other}}{{end}}",
        '{{$x := "aaaaaaaaaa"}}{{range 100}}{{$x = printf "%s%s" $x $x}}{{end}}',
        '{{range 1000000}}{{printf "%10000d" 1}}{{end}}',
        "{{range 1000000}}{{html $.Long}}{{end}}",
        "{{range 1000000}}{{$.Wide}}{{end}}",
        "{{range 1000000}}{{index $.Long 1}}{{end}}",
        "{{range $.Wide}}{{range $.Wide}}{{end}}{{end}}",
    ],
)
def test_a_hostile_template_is_stopped_soon(template):
    data = {"Long": "a" * 100_000, "Other": "a" * 99_999 + "b", "Wide": ["x" * 100] * 1000}
    parsed = parse(template)
    begun = time.process_time()
    with pytest.raises(TemplateError, match="1:1: rendering it takes too much work"):
        render(parsed, data)
    assert time.process_time() - begun < 1


@pytest.mark.parametrize("call", ["len $.Long", "eq $.Long $.Other", "slice $.Long 1 2", "$.Long | index | len"])
def test_a_function_costs_as_much_as_it_is_given(call):
    data = {"Long": "a" * WORK, "Other": "b"}
    with pytest.raises(TemplateError, match="1:1: rendering it takes too much work"):
        render(parse(f"{{{{{call}}}}}"), data)
    assert render(parse(f"{{{{{call}}}}}"), {"Long": "abc", "Other": "b"})


@pytest.mark.parametrize("opening", ["{{if 1}}", "{{range 1}}", "{{with 1}}", "{{if 0}}a{{else}}"])
def test_blocks_stand_in_each_other_up_to_a_bound(opening):
    assert rendered(opening * 100 + "x" + "{{end}}" * 100) == "x"
    assert rendered(opening * 101 + "x" + "{{end}}" * 101) is None
    assert rendered("{{if 0}}" + "{{else if 0}}" * 1000 + "{{end}}") is None


SIGNS = st.sampled_from(
    ["{{", "}}", "{{- ", " -}}", " ", "(", ")", "|", ":=", "=", "`", '"', "'", "\\", "/*", "*/", "\n"]
)
NAMES = st.sampled_from(["if", "else", "end", "range", "with", "break", "printf", "nil", "true", "é", "1", "2.5", "-"])
VALUES = st.sampled_from([".", "$", "$x", ".Pod", ".List", ".Gone", '"%d"'])
WORDS = SIGNS | NAMES | VALUES


@given(st.lists(WORDS | st.text(max_size=3), max_size=20).map("".join))
def test_any_text_is_rendered_or_refused_in_the_same_way_each_time(text):
    for template in (text, f"{{{{{text}}}}}"):
        assert rendered(template) == rendered(template)


@given(st.text().filter(lambda text: "{{" not in text))
def test_text_without_braces_is_what_it_is(text):
    assert rendered(text) == text
