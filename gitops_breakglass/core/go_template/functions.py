"""The functions that templates can call, as Go has them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote_plus

from gitops_breakglass.core.go_template.error import ValueProblem
from gitops_breakglass.core.go_template.foreign import joined
from gitops_breakglass.core.go_template.library import Function, Library
from gitops_breakglass.core.go_template.printing import Value, sprint, sprintf, text_of
from gitops_breakglass.core.go_template.record import member

_NO_VALUE = "<no value>"
_HTML = str.maketrans({'"': "&#34;", "'": "&#39;", "&": "&amp;", "<": "&lt;", ">": "&gt;", "\0": "\ufffd"})
_JS = {"\\": "\\\\", "'": "\\'", '"': '\\"', **{each: f"\\u{ord(each):04X}" for each in "<>&="}}
_LONGEST_SLICE = 2


def truth(value: Value) -> bool:
    """Whether a value counts as true: it is there, and neither false nor zero nor empty."""
    return bool(value)


def told(value: Value) -> str:
    """Return what stands in the text for a value."""
    return _NO_VALUE if value is None else text_of(value)


def _not(value: Value) -> bool:
    return not truth(value)


def _length(value: Value) -> int:
    if isinstance(value, str):
        return len(_raw(value))
    if isinstance(value, Mapping | list | tuple):
        return len(value)
    raise ValueProblem("len takes a text, a list or a map")


def _index(value: Value, *keys: Value) -> Value:
    if value is None:
        raise ValueProblem("index of what is not there")
    for key in keys:
        if isinstance(value, Mapping):
            if not isinstance(key, str):
                raise ValueProblem("the key of a map is a text")
            value = member(value, key)
        elif isinstance(value, str | list | tuple):
            held: Sequence[Any] = _raw(value) if isinstance(value, str) else value
            value = held[_place(key, len(held) - 1)]
        else:
            raise ValueProblem("index takes a text, a list or a map")
    return value


def _slice(value: Value, *bounds: Value) -> Value:
    if not isinstance(value, str | list | tuple) or len(bounds) > _LONGEST_SLICE:
        raise ValueProblem("slice takes a text or a list, and where to begin and to end")
    held: Any = _raw(value) if isinstance(value, str) else value
    begin = _place(bounds[0], len(held)) if bounds else 0
    end = _place(bounds[1], len(held)) if len(bounds) > 1 else len(held)
    if begin > end:
        raise ValueProblem("slice ends before it begins")
    cut = held[begin:end]
    return cut.decode("utf-8", "replace") if isinstance(cut, bytes) else cut


def _place(index: Value, most: int) -> int:
    if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index <= most:
        raise ValueProblem("the index is out of range")
    return index


def _printf(form: Value, *values: Value) -> str:
    if not isinstance(form, str):
        raise ValueProblem("printf takes a format first")
    return sprintf(form, values)


def _equals(first: Value, *others: Value) -> bool:
    for other in others:
        if first is None or other is None:
            if first is other:
                return True
        elif _sort(first) is not _sort(other):
            raise ValueProblem("values of two kinds are not compared")
        elif first == other:
            return True
    return False


def _differs(first: Value, other: Value) -> bool:
    return not _equals(first, other)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Value, Value], bool]:
    def compared(first: Value, other: Value) -> bool:
        if _sort(first) is not _sort(other) or not isinstance(first, int | float | str) or isinstance(first, bool):
            raise ValueProblem("numbers are compared with numbers of the same kind, and texts with texts")
        # By bytes, which is the order of code points.
        return compare(first, other)

    return compared


def _sort(value: Value) -> type:
    if value is None or isinstance(value, Mapping | list | tuple):
        raise ValueProblem("a list or map is not compared")
    return (
        str if isinstance(value, str) else bool if isinstance(value, bool) else int if isinstance(value, int) else float
    )


def _as_text(values: Sequence[Value]) -> str:
    return sprint([_NO_VALUE if each is None else each for each in values])


def _html(*values: Value) -> str:
    return _as_text(values).translate(_HTML)


def _js(*values: Value) -> str:
    return "".join(_JS.get(each) or _js_escaped(each) for each in _as_text(values))


def _js_escaped(character: str) -> str:
    code = ord(character)
    return character if code >= 0x20 and (code < 0x80 or character.isprintable()) else f"\\u{code:04X}"


def _urlquery(*values: Value) -> str:
    return quote_plus(_as_text(values), errors="replace")


def _println(*values: Value) -> str:
    told = [part for value in values for part in (" ", text_of(value))]
    return joined([*told[1:], "\n"])


def _raw(text: str) -> bytes:
    """Return the bytes of a text, which is what Go counts."""
    return text.encode("utf-8", "replace")


FUNCTIONS: Mapping[str, Function] = {
    "eq": Function(_equals, 2, None),
    "ge": Function(_ordered(operator.ge), 2, 2),
    "gt": Function(_ordered(operator.gt), 2, 2),
    "html": Function(_html, 0, None),
    "index": Function(_index, 1, None, keeps=True),
    "js": Function(_js, 0, None),
    "le": Function(_ordered(operator.le), 2, 2),
    "len": Function(_length, 1, 1),
    "lt": Function(_ordered(operator.lt), 2, 2),
    "ne": Function(_differs, 2, 2),
    "not": Function(_not, 1, 1),
    "print": Function(lambda *values: sprint(values), 0, None, keeps=True),
    "printf": Function(_printf, 1, None, keeps=True),
    "println": Function(_println, 0, None, keeps=True),
    "slice": Function(_slice, 1, None),
    "urlquery": Function(_urlquery, 0, None),
}
CHOOSING = frozenset({"and", "or"})
"""Functions that look at no argument behind the one that decides."""
STANDARD = Library(FUNCTIONS)
"""What Go itself has."""
