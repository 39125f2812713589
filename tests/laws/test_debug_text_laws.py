"""What a request says can't break out of its place in the YAML of a debug template."""

from hypothesis import assume, given
from hypothesis import strategies as st

from gitops_breakglass.core.debug.text.context import context_of
from gitops_breakglass.core.debug.text.documents import documents, filled
from gitops_breakglass.core.debug.text.problem import TextProblem
from gitops_breakglass.core.debug.text.values import values_of
from gitops_breakglass.model.finding import Location

AT = Location("debug.yaml", 1, 1)
SIGNS = st.sampled_from(
    [
        *(
            "\n",
            "\r\n",
            "\t",
            "---",
            "\n---\n",
            "...",
            ": ",
            "- ",
            "? ",
            "&a ",
            "*a",
            "!!python/object:x",
            "!t ",
            "|",
            ">-",
            "#",
            " #",
        ),
        *(
            '"',
            "'",
            "\\",
            "{",
            "}",
            "[",
            "]",
            ",",
            "%",
            "@",
            "`",
            "<<: ",
            "{{",
            "}}",
            '{{"{{"}}',
            "{{ .session.reason }}",
        ),
        *(
            "\u2028",
            "\u0085",
            "\ufeff",
            "\x00",
            "\x1b",
            "zq0v0j",
            "zq0v",
            "0j",
            "null",
            "true",
            "yes",
            "0x1",
            "1e3",
            "~",
            "x" * 5000,
        ),
    ]
)
ANYTHING = st.lists(SIGNS | st.text(max_size=4), max_size=8).map("".join)
ASKED = [
    ".session.reason",
    ".vars.words",
    ".labels.team",
    "(index .labels `team`)",
    "($.session.reason)",
    "(get .vars `words`)",
]
"""How a template gets at foreign text; each is the value itself."""
AROUND = [
    "{}",
    "quote {}",
    "squote {}",
    "yamlQuote {}",
    "toYaml {}",
    "toJson {}",
    "{} | default `x` | quote",
    'printf "%q" {}',
    'printf "%s" {}',
    'print "" {}',
    "ternary {} `no` true",
    "coalesce nil {}",
    "first (list {})",
    "last (list 1 {})",
    "index (list {}) 0",
    "(dict `k` {}).k",
    "join `-` (list {})",
    "toString {}",
    "required `m` (print `` {})",
]
"""What leaves a value as it is, in quotes or without."""
MAKING = [
    "upper {}",
    "trim {}",
    "trunc 5 {}",
    "replace `a` `b: c` {}",
    "quote (quote {})",
    "printf `%q` (quote {})",
    "printf `%10s|%-3s|%x` {} {} {}",
    "b64enc {}",
    "k8sName {}",
    "yamlSafe {}",
    "html {}",
    "js {}",
    "slice {} 0 0",
    "join {} (list 1 2 3)",
    "indent 4 {}",
    "nindent 2 (upper {})",
    "print (list {} 1)",
    "print (dict `a` {})",
    "(splitList `,` {}) | first",
    "(splitList `\\n` {}) | toJson | quote",
    "(split `:` {})._0",
    "toYaml (quote {}) | quote",
    "printf {} 1",
    "println {}",
    "sha256sum {}",
]
"""What makes another text of it."""
PLACES = [
    "a: {}",
    "a: 'x{}y'",
    "a: x{}y",
    "a: [1, {}, 2]",
    "a: {{k: {}, l: 1}}",
    "a: |\n  {}\nb: 1",
    "a: >-\n  {} x\n  y\nb: 1",
    "- {}",
    "a:\n- {}\n- b: {}",
    "a: 1\n---\nb: {}\n---\nc: {}",
    "a: b # {}",
    "# {}\na: b",
    "a: 08{}",
    "a: {}: b",
    "{}: a",
    "a: &{} b",
    "a: !{} b",
    "a: *{}",
    "{}",
    "--- {}",
    "%{}\n---\na: b",
    "? {}\n: b",
    'a: "\\{}"',
    'a: "\\x4{}"',
    "a: |{}\n  b",
]


def context(value):
    variables = values_of([{"name": "words"}], {"words": value})
    return context_of(
        name="bg-x",
        cluster="c",
        requested_by=value,
        reason=value,
        namespace="n",
        template="t",
        variables=variables,
        labels={"team": value},
    )


def made(template, value):
    try:
        return documents(template, context(value), at=AT)
    except TextProblem as problem:
        return str(problem)


def shape(value):
    """What is left of documents without their texts."""
    if isinstance(value, dict):
        return {key: shape(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [shape(each) for each in value]
    return "text" if isinstance(value, str) else value


@given(st.sampled_from(PLACES), st.sampled_from(AROUND + MAKING), st.sampled_from(ASKED), ANYTHING)
def test_a_template_has_the_same_structure_whatever_a_value_says(place, call, asked, value):
    assume(value)
    text = place.replace("{{", "\1").replace("}}", "\2").replace("{}", f"{{{{ {call.replace('{}', asked)} }}}}")
    template = text.replace("\1", "{").replace("\2", "}")
    assert shape(made(template, value)) == shape(made(template, "harmless"))


@given(st.sampled_from(AROUND), st.sampled_from(ASKED), ANYTHING)
def test_a_value_comes_out_exactly_in_its_scalar(call, asked, value):
    assume(value)
    shown = f"{{{{ {call.replace('{}', asked)} }}}}"
    if "quote" not in call.lower() and "%q" not in call and "toYaml" not in call and "toJson" not in call:
        assert made(f"a: '{shown}'\nb: \"x{shown}\"", value) == ({"a": value, "b": f"x{value}"},)
        assert made(f"a: |-\n  {shown}\nb: c", value) == ({"a": value, "b": "c"},)
    assert made(f"a: {shown}\nb: [{shown}]", value) == ({"a": value, "b": [value]},)


@given(ANYTHING)
def test_an_empty_value_is_an_empty_text_and_no_value_is_ever_a_template(value):
    assert made("a: {{ .session.reason }}\nb: {{ quote .vars.words }}", "") == ({"a": "", "b": ""},)
    tree = {"a": "{{ .session.reason }}", "b": ["x-{{ .labels.team }}"]}
    assert filled(tree, context(value), lambda *_: AT) == {"a": value, "b": [f"x-{value}"]}


@given(ANYTHING, ANYTHING)
def test_maps_and_lists_of_values_stay_what_they_are(first, second):
    data = context(first) | {"vars": values_of([{"name": "a"}, {"name": "b"}], {"a": first, "b": second})}
    template = "m: {{- toYaml .vars | nindent 2 }}\nj: {{ toJson .vars }}\nl: {{ list .vars.a .vars.b | toJson }}"
    expected = {"m": {"a": first, "b": second}, "j": {"a": first, "b": second}, "l": [first, second]}
    assert documents(template, data, at=AT) == (expected,)
    # A loop over values makes one item of each.
    looped = "l:\n{{- range $k, $v := .vars }}\n- {{ $k }}: {{ $v }}\n{{- end }}"
    assert documents(looped, data, at=AT) == ({"l": [{"a": first}, {"b": second}]},)


@given(ANYTHING)
def test_a_value_is_never_a_key(value):
    assume(value)
    for template in (
        "{{ toYaml (dict .session.reason 1) }}",
        "{{ dict .vars.words `x` | toJson }}",
        "{{ .labels.team }}: x",
    ):
        assert "can't be a key of a mapping" in made(template, value)
