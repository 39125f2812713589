"""Values as YAML and JSON within templates, with foreign text kept within its quotes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from gitops_breakglass.core.go_template.error import ValueProblem
from gitops_breakglass.core.go_template.foreign import enclosed, joined
from gitops_breakglass.core.go_template.library import Function
from gitops_breakglass.core.go_template.printing import Value, shown
from gitops_breakglass.core.yaml.scalars import FORBIDDEN, AmbiguousError, read_plain
from gitops_breakglass.core.yaml.stream import Stream

_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_/.-]*", re.ASCII)
"""Words that need no quotes anywhere in YAML."""
_JSON = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
"""What Go's JSON escapes beside what has to be."""
_SMALLEST_PLAIN, _FIRST_LARGE = 1e-6, 1e21
"""Where Go's JSON begins to write numbers with exponents."""


def _to_yaml(value: Value) -> str:
    """Return a value as block YAML without a newline at its end."""
    return joined(_lines(value))


def _lines(value: Value, indent: str = "") -> Iterator[str]:
    """Yield the pieces of a value; the first line stands where the caller is."""
    if isinstance(value, Mapping) and value:
        for index, key in enumerate(sorted(value)):
            yield f"\n{indent}" if index else ""
            yield _scalar(key)
            yield ":"
            yield from _below(value[key], indent)
    elif isinstance(value, list | tuple) and value:
        for index, each in enumerate(value):
            yield f"\n{indent}- " if index else "- "
            yield from _lines(each, f"{indent}  ")
    else:
        yield _scalar(value)


def _below(value: Value, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        yield f"\n{indent}  "
        yield from _lines(value, f"{indent}  ")
    elif isinstance(value, list | tuple) and value:
        yield f"\n{indent}"
        yield from _lines(value, indent)
    else:
        yield " "
        yield _scalar(value)


def _scalar(value: Value) -> str:
    match value:
        case None:
            return "null"
        case str():
            text = _plain(value)
            # Go may write foreign text without quotes; within them it is the same, whatever it says.
            return enclosed('"', value, text)
        case Mapping():
            return "{}"
        case list() | tuple():
            return "[]"
        case _:
            return shown(value)


def _plain(text: str) -> str:
    try:
        if _PLAIN.fullmatch(text) and isinstance(read_plain(text), str):
            return text
    except AmbiguousError:
        pass
    told = json.dumps(text, ensure_ascii=False)
    return FORBIDDEN.sub(lambda found: f"\\U{ord(found[0]):08x}", told)


def _to_json(value: Value) -> str:
    return joined(_json(value))


def _json(value: Value) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield "{"
        for index, key in enumerate(sorted(value)):
            yield "," if index else ""
            yield _json_text(key)
            yield ":"
            yield from _json(value[key])
        yield "}"
    elif isinstance(value, list | tuple):
        yield "["
        for index, each in enumerate(value):
            yield "," if index else ""
            yield from _json(each)
        yield "]"
    elif isinstance(value, str):
        yield _json_text(value)
    elif isinstance(value, float):
        yield _number(value)
    else:
        yield "null" if value is None else shown(value)


def _json_text(text: str) -> str:
    told = "".join(_JSON.get(each, each) for each in json.dumps(text, ensure_ascii=False))
    return enclosed('"', text, told)


def _number(value: float) -> str:
    if value and not _SMALLEST_PLAIN <= abs(value) < _FIRST_LARGE:
        # Go writes exponents of one digit where one is enough.
        return re.sub(r"e([+-])0([0-9])$", r"e\1\2", repr(value))
    return format(Decimal(repr(value)), "f").removesuffix(".0")


def _from_yaml(text: str) -> Value:
    """Read one YAML mapping, as strictly as any file of a repository."""
    if found := FORBIDDEN.search(text):
        raise ValueProblem(f"fromYaml takes no control or invisible character, such as U+{ord(found[0]):04X}")
    stream = Stream("", None, escapes=True, forbidden=())
    stream.read(text.encode("utf-8", "replace"))
    if stream.findings:
        raise ValueProblem(f"fromYaml can't read it: {stream.findings[0].message}")
    if len(stream.documents) > 1:
        raise ValueProblem("fromYaml takes one document")
    return dict(stream.documents[0].data) if stream.documents else {}


def _yaml_quote(text: str) -> str:
    told = _upstream_quoted(text) if _needs_quotes(text) else str(text)
    return enclosed('"', text, told)


def _needs_quotes(text: str) -> bool:
    return (
        not text
        or any(each in ":#{}[]|>!&*?-'\"\\`@,\n\r\t " for each in text)
        or text.startswith("...")
        or text.lower() in {"true", "false", "yes", "no", "on", "off", "null", "~"}
    )


def _upstream_quoted(text: str) -> str:
    escapes = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
    return f'"{text.translate(escapes)}"'


def _yaml_safe(text: str) -> str:
    made = re.sub(r"[:#{}\[\]|>!&*?'\"\\`@]", "-", re.sub(r"[\n\r\t]", " ", text))
    return re.sub("-{2,}", "-", re.sub(" {2,}", " ", made)).strip()


YAML: Mapping[str, Function] = {
    "fromYaml": Function(_from_yaml, 1, 1, "t"),
    "toJson": Function(_to_json, 1, 1, keeps=True),
    "toYaml": Function(_to_yaml, 1, 1, keeps=True),
    "yamlQuote": Function(_yaml_quote, 1, 1, "t", keeps=True),
    "yamlSafe": Function(_yaml_safe, 1, 1, "t"),
}
