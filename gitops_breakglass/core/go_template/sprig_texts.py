"""Sprig's functions of texts."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence

from gitops_breakglass.core.go_template.error import ValueProblem
from gitops_breakglass.core.go_template.foreign import Foreign, enclosed, is_foreign, joined, pieces_of, whole
from gitops_breakglass.core.go_template.library import Function
from gitops_breakglass.core.go_template.printing import LARGEST_TEXT, Value, has_foreign, quoted, shown, text_of

_SPACE = "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
"""What Go takes for blank."""
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def _quote(*values: Value) -> str:
    return _spaced([_in_quotes(text_of(each)) for each in values if each is not None])


def _in_quotes(text: str) -> str:
    return enclosed('"', text, quoted(text))


def _squote(*values: Value) -> str:
    return _spaced(
        [enclosed("'", text, f"'{text}'") for text in (text_of(each) for each in values if each is not None)]
    )


def _spaced(texts: Sequence[str]) -> str:
    return joined([part for text in texts for part in (" ", text)][1:])


def _upper(text: str) -> str:
    return "".join(map(_upper_of, text))


def _upper_of(character: str) -> str:
    # One for one, as Go does it: no "SS" for "ß".
    return next((each for each in (character.upper(), character.title()) if len(each) == 1), character)


def _lower(text: str) -> str:
    return "".join(each.lower()[0] for each in text)


def _truncated(length: int, text: str) -> str:
    raw = text.encode("utf-8", "replace")
    if length < 0:
        return raw[length:].decode("utf-8", "ignore") if len(raw) + length > 0 else text
    return raw[:length].decode("utf-8", "ignore")


def _replace(old: str, new: str, text: str) -> str:
    if len(new) * text.count(old) > LARGEST_TEXT:
        raise ValueProblem(f"replace makes at most {LARGEST_TEXT} characters")
    return text.replace(old, new)


def _join(separator: str, values: Value) -> str:
    if is_foreign(separator):
        return whole(_join(str(separator), values))
    listed = values if isinstance(values, list | tuple) else [] if values is None else [values]
    texts = [text_of(each) for each in listed if each is not None]
    if len(separator) * len(texts) > LARGEST_TEXT:
        raise ValueProblem(f"join makes at most {LARGEST_TEXT} characters")
    return joined([part for text in texts for part in (separator, text)][1:])


def _split_list(separator: str, text: str) -> list[Value]:
    return [*text.split(separator)] if separator else [*text]


def _split(separator: str, text: str) -> Mapping[str, Value]:
    return {f"_{index}": each for index, each in enumerate(_split_list(separator, text))}


def _indent(spaces: int, text: str) -> str:
    """Indent each line that is not empty: upstream's, which differs from Sprig's in that."""
    if spaces < 0 or spaces * (text.count("\n") + 1) > LARGEST_TEXT:
        raise ValueProblem("indent takes how many blanks go in front of each line, and makes no text too large")
    pad, at_start = " " * spaces, True
    out: list[str] = []
    for piece in pieces_of(text):
        if isinstance(piece, Foreign):
            # Its own lines are not the template's: they are one value, and stay what they are.
            out += [pad, piece] if at_start else [piece]
            at_start = False
            continue
        for index, line in enumerate(piece.split("\n")):
            if index:
                out.append("\n")
                at_start = True
            if line:
                out += [pad, line] if at_start else [line]
                at_start = False
    return joined(out)


def _nindent(spaces: int, text: str) -> str:
    return joined(["\n", _indent(spaces, text)])


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")


def _decoded(text: str) -> str:
    plain = text.replace("\n", "").replace("\r", "")
    if not _BASE64.fullmatch(plain):
        raise ValueProblem("b64dec takes a text in base64")
    try:
        return base64.b64decode(plain).decode("utf-8")
    except UnicodeDecodeError:
        raise ValueProblem("what b64dec comes to is no text") from None


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _to_string(value: Value) -> str:
    return value if isinstance(value, str) else whole(shown(value)) if has_foreign(value) else shown(value)


TEXTS: Mapping[str, Function] = {
    "b64dec": Function(_decoded, 1, 1, "t"),
    "b64enc": Function(_encoded, 1, 1, "t"),
    "contains": Function(lambda part, text: part in text, 2, 2, "t"),
    "hasPrefix": Function(lambda part, text: text.startswith(part), 2, 2, "t"),
    "hasSuffix": Function(lambda part, text: text.endswith(part), 2, 2, "t"),
    "indent": Function(_indent, 2, 2, "it", keeps=True),
    "join": Function(_join, 2, 2, "ta", keeps=True),
    "lower": Function(_lower, 1, 1, "t"),
    "nindent": Function(_nindent, 2, 2, "it", keeps=True),
    "quote": Function(_quote, 0, None, keeps=True),
    "replace": Function(_replace, 3, 3, "t"),
    "sha256sum": Function(_sha256, 1, 1, "t"),
    "split": Function(_split, 2, 2, "t"),
    "splitList": Function(_split_list, 2, 2, "t"),
    "squote": Function(_squote, 0, None, keeps=True),
    "toString": Function(_to_string, 1, 1, keeps=True),
    "trim": Function(lambda text: text.strip(_SPACE), 1, 1, "t"),
    "trimPrefix": Function(lambda part, text: text.removeprefix(part), 2, 2, "t"),
    "trimSuffix": Function(lambda part, text: text.removesuffix(part), 2, 2, "t"),
    "trunc": Function(_truncated, 2, 2, "it"),
    "upper": Function(_upper, 1, 1, "t"),
}
