"""Sprig's functions, and those of debug templates: they come to what Go and Sprig make of them, and cost little."""

import time
from dataclasses import replace

import pytest
import yaml

from gitops_breakglass.core.debug.text.library import LIBRARY
from gitops_breakglass.core.go_template.error import TemplateError
from gitops_breakglass.core.go_template.parsing import parse
from gitops_breakglass.core.go_template.rendering import render
from tests.sprig.recorded import DATA, recorded

AS_GO = replace(LIBRARY, is_strict=False)
"""Go tells `<no value>` where debug templates have an error."""
RECORDED = recorded()
DIFFERENT = {
    # Sprig tells the error as if it were the text; what is no text has no place in YAML.
    '{{ b64dec "YWI" }}': None,
    '{{ b64dec "a b=" }}': None,
    '{{ b64dec "/w==" }}': None,
    # Go takes it for nothing of a gibibyte.
    '{{ parseQuantity "Gi" }}': None,
    '{{ resourceQuantity "Gi" }}': None,
    # The same numbers: Go leaves some as they were written, of which not all are numbers to every reader of YAML.
    '{{ resourceQuantity "1e3" }}': "1k",
    '{{ resourceQuantity "1E6" }}': "1M",
    '{{ resourceQuantity "1." }}': "1",
    '{{ resourceQuantity "+1" }}': "1",
    '{{ resourceQuantity "1e-3" }}': "1m",
    '{{ resourceQuantity "100e-3" }}': "100m",
    # Go writes the largest number it has; that is refused by the cluster for everything there is.
    '{{ resourceQuantity "16Ei" }}': "16Ei",
}


def rendered(template, data=DATA):
    try:
        return render(parse(template, AS_GO), data)
    except TemplateError:
        return None


@pytest.mark.parametrize("template, expected", [each for each in RECORDED if "toYaml" not in each[0]])
def test_a_function_comes_to_what_sprig_makes_of_it(template, expected):
    assert rendered(template) == DIFFERENT.get(template, expected)


@pytest.mark.parametrize("template, expected", [each for each in RECORDED if "toYaml" in each[0]])
def test_yaml_of_a_value_reads_as_that_of_go_does(template, expected):
    # A newline at the very end is taken off either way, and matters to one text of several lines alone.
    assert yaml.safe_load(rendered(template) + "\n") == yaml.safe_load(expected + "\n")


def test_every_function_is_asked_of_sprig():
    asked = " ".join(template for template, _ in RECORDED)
    of_go = set(parse("").library.functions)
    assert [name for name in set(LIBRARY.functions) - of_go if name not in asked] == []


@pytest.mark.parametrize("name", sorted(LIBRARY.withheld))
def test_a_function_that_is_not_offered_is_refused_with_the_reason(name):
    with pytest.raises(TemplateError) as told:
        parse(f"a\n {{{{ {name} }}}}", LIBRARY)
    assert str(told.value) == f"2:5: the function {name} is not offered: {LIBRARY.withheld[name]}"


@pytest.mark.parametrize(
    "template, expected",
    [
        ("{{ upper 1 }}", "1:4: upper takes a text as its argument 1"),
        ('{{ trunc "1" "a" }}', "1:4: trunc takes an int as its argument 1"),
        ('{{ ternary 1 2 "x" }}', "1:4: ternary takes true or false as its argument 3"),
        ('{{ hasKey "a" "b" }}', "1:4: hasKey takes a map as its argument 1"),
        ('{{ formatQuantity "1" }}', "1:4: formatQuantity takes an int64 as its argument 1"),
        ("{{ div 1 0 }}", "1:4: nothing is divided by zero"),
        ("{{ int 1e300 }}", "1:4: the number is too large"),
        ('{{ required "say a team" "" }}', "1:4: a value is required: say a team"),
        ("{{ first 1 }}", "1:4: first takes a list"),
        ('{{ b64dec "a" }}', "1:4: b64dec takes a text in base64"),
        ('{{ fromYaml "a: &x b" }}', "1:4: fromYaml can't read it: the anchor `&x` is not read"),
        ('{{ fromYaml "a: b\\n---\\nc: d" }}', "1:4: fromYaml takes one document"),
        ('{{ fromYaml "a: \\u202e" }}', "1:4: fromYaml takes no control or invisible character, such as U+202E"),
        ('{{ parseQuantity "x" }}', "1:4: 'x' is no quantity; write it as 500m, 2, 512Mi or 10Gi"),
        ("{{ until 10001 }}", "1:4: until counts to 10000 at most"),
        (
            '{{ indent 1000001 "" }}',
            "1:4: indent takes how many blanks go in front of each line, and makes no text too large",
        ),
        (
            '{{ indent -1 "" }}',
            "1:4: indent takes how many blanks go in front of each line, and makes no text too large",
        ),
        ('{{ replace "x" .wide .wide }}', "1:4: replace makes at most 1000000 characters"),
        ("{{ join .wide (until 1000) }}", "1:4: join makes at most 1000000 characters"),
        ("{{ .gone }}", "1:4: there is no such value; `default` gives another where there is none"),
        (
            "{{ $x := list 1 }}{{ range until 40 }}{{ $x = list $x }}{{ end }}",
            "1:47: more than 32 lists and maps lie within each other",
        ),
        (f"{{{{ printf `{'%9999d' * 101}` {'1 ' * 101}}}}}", "1:4: printf makes at most 1000000 characters"),
    ],
)
def test_what_a_function_can_not_do_is_told_with_its_place(template, expected):
    parsed = parse(template, LIBRARY)
    with pytest.raises(TemplateError) as told:
        render(parsed, {"wide": "x" * 10_000})
    assert str(told.value) == expected


@pytest.mark.parametrize(
    "template",
    [
        "{{ range until 10000 }}{{ range until 10000 }}{{ end }}{{ end }}",
        "{{ $x := list 1 }}{{ range until 10000 }}{{ $x = list $x $x }}{{ end }}",
        '{{ $x := dict "a" 1 }}{{ range until 10000 }}{{ $x = dict "a" $x "b" $x }}{{ end }}{{ toYaml $x }}',
        "{{ $x := list 1 }}{{ range until 25 }}{{ $x = list $x $x }}{{ end }}{{ $x }}",
        '{{ $x := "ab" }}{{ range until 10000 }}{{ $x = replace "a" $x $x }}{{ end }}',
        '{{ $x := "a" }}{{ range until 10000 }}{{ $x = nindent 1000 $x }}{{ end }}',
        "{{ $x := until 10000 }}{{ range until 10000 }}{{ $y := toJson $x }}{{ end }}",
        '{{ $x := "a" }}{{ range until 10000 }}{{ $x = quote $x }}{{ end }}',
        '{{ $x := "a" }}{{ range until 10000 }}{{ $x = b64enc $x }}{{ end }}',
    ],
)
def test_a_hostile_template_of_lists_and_texts_is_stopped_soon(template):
    parsed = parse(template, LIBRARY)
    begun = time.process_time()
    with pytest.raises(TemplateError):
        render(parsed, {}, work=500_000)
    assert time.process_time() - begun < 3
