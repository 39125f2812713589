"""Values as Go prints them: `print`, `println` and `printf`."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

from gitops_breakglass.core.go_template.error import ValueProblem
from gitops_breakglass.core.go_template.foreign import enclosed, is_foreign, joined, measured, whole

Value: TypeAlias = "str | int | float | bool | Sequence[Value] | Mapping[str, Value] | None"

LARGEST_TEXT = 1_000_000
"""Characters that a function may make of little."""
WIDEST = 10_000
"""Of a width or precision in `printf`: a text may not be made large by its format alone."""
_VERB = re.compile(r"%([-+# 0]*)([0-9]+)?(?:\.([0-9]*))?(.?)", re.DOTALL)
_INTEGERS = {"b": "b", "o": "o", "d": "d", "x": "x", "X": "X", "O": "o", "v": "d"}
_PREFIXES = {"b": "0b", "o": "0", "x": "0x", "X": "0X", "O": "0o"}
_ESCAPES = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\"}
_ABSENT = "<nil>"
_FROM_EXPONENT = 6
"""From which power of ten on Go writes an exponent."""


def shown(value: Value) -> str:
    """Return a value as `%v` prints it."""
    if value is None:
        return _ABSENT
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _shortest(value)
    if isinstance(value, Mapping):
        return f"map[{' '.join(f'{key}:{shown(value[key])}' for key in sorted(value))}]"
    if isinstance(value, list | tuple):
        return f"[{' '.join(shown(each) for each in value)}]"
    return str(value)


def text_of(value: Value) -> str:
    """Return a value as `%v` prints it; what was foreign in it still is."""
    if isinstance(value, str):
        return value
    return whole(shown(value)) if has_foreign(value) else shown(value)


def has_foreign(value: Value) -> bool:
    """Whether any text in a value is foreign."""
    return measured((value,), sys.maxsize)[1]


def sprint(values: Sequence[Value]) -> str:
    """Put values behind each other, with a blank where neither is a text."""
    out: list[str] = []
    for index, value in enumerate(values):
        if index and not isinstance(value, str) and not isinstance(values[index - 1], str):
            out.append(" ")
        out.append(text_of(value))
    return joined(out)


def sprintf(form: str, values: Sequence[Value]) -> str:
    """Put values into a format; as in Go, what does not fit is told in the text itself. Raises ValueProblem."""
    out: list[str] = []
    at, used, size = 0, 0, 0
    while (begin := form.find("%", at)) >= 0:
        out.append(form[at:begin])
        found = _VERB.match(form, begin)
        if found is None or found[4] in {"*", "["} or (found[4] == "." and found[3] is not None):
            raise ValueProblem("printf reads flags, width, precision and verb")
        at, verb = found.end(), found[4]
        if verb == "%":
            out.append("%")
        elif not verb:
            out.append("%!(NOVERB)")
        elif used >= len(values):
            out.append(f"%!{verb}(MISSING)")
        else:
            out.append(_kept(verb, found, values[used]))
            used += 1
            if (size := size + len(out[-1])) > LARGEST_TEXT:
                raise ValueProblem(f"printf makes at most {LARGEST_TEXT} characters")
    out.append(form[at:])
    if used < len(values):
        extra = (_ABSENT if each is None else f"{_type(each)}={shown(each)}" for each in values[used:])
        told = f"%!(EXTRA {', '.join(extra)})"
        out.append(whole(told) if has_foreign(values[used:]) else told)
    return whole("".join(out)) if is_foreign(form) else joined(out)


def _kept(verb: str, found: re.Match[str], value: Value) -> str:
    """Format a value; what was foreign in it still is, within its quotes."""
    told = _formatted(verb, found[1], _bounded(found[2]), _bounded(found[3]), value)
    if verb in {"c", "q"} and isinstance(value, int):
        # A number may have been made of foreign text, and the character that it stands for may be any.
        return whole(told)
    if not has_foreign(value):
        return told
    if isinstance(value, str) and not any(found.group(1, 2, 3)):
        if verb in {"s", "v"}:
            return value
        if verb == "q":
            return enclosed('"', value, told)
    return whole(told)


def quoted(text: str, *, ascii_only: bool = False) -> str:
    """Return a text in quotes, with escapes for what can't be printed."""
    return f'"{"".join(_escaped(each, ascii_only=ascii_only, quote=chr(34)) for each in text)}"'


def _bounded(digits: str | None) -> int | None:
    if digits is None:
        return None
    if len(digits) > len(str(WIDEST)) or (number := int(digits or "0")) > WIDEST:
        raise ValueProblem(f"a width or precision is at most {WIDEST}")
    return number


def _formatted(verb: str, flags: str, width: int | None, precision: int | None, value: Value) -> str:
    if verb == "T":
        return _padded(_type(value), flags, width)
    if verb == "v":
        if "#" in flags and isinstance(value, float | Mapping | list | tuple):
            raise ValueProblem("printf has no %#v of such a value")
        flags = flags.replace("+", "")
    if isinstance(value, list | tuple):
        return f"[{' '.join(_formatted(verb, flags, width, precision, each) for each in value)}]"
    if isinstance(value, Mapping):
        parts = ((key, _formatted(verb, flags, width, precision, value[key])) for key in sorted(value))
        return f"map[{' '.join(f'{_formatted(verb, flags, width, precision, key)}:{each}' for key, each in parts)}]"
    return _one(verb, flags, width, precision, value)


def _one(verb: str, flags: str, width: int | None, precision: int | None, value: Value) -> str:
    body: str | None = None
    if value is None or isinstance(value, bool):
        body = shown(value) if verb == "v" or (verb == "t" and value is not None) else None
    elif isinstance(value, int):
        body = _integer(verb, flags, width, precision, value)
        flags = flags if precision is None or verb in "cqU" else flags.replace("0", "")
    elif isinstance(value, float):
        body = _float(verb, flags, width, precision, value)
    elif isinstance(value, str):
        body = _text(verb, flags, precision, value)
    if body is not None:
        return _padded(body, flags, width)
    # What the verb is not for is told as it is, in the same width.
    return (
        f"%!{verb}({_ABSENT})"
        if value is None
        else f"%!{verb}({_type(value)}={_one('v', flags, width, precision, value)})"
    )


def _text(verb: str, flags: str, precision: int | None, value: str) -> str | None:
    if verb in {"s", "v"}:
        if "#" in flags and verb == "v":
            return quoted(value)
        return value if precision is None else value[:precision]
    if verb == "q":
        cut = value if precision is None else value[:precision]
        if "#" in flags and "`" not in cut and all(each.isprintable() or each == "\t" for each in cut):
            return f"`{cut}`"
        return quoted(cut, ascii_only="+" in flags)
    if verb in {"x", "X"}:
        raw = value.encode("utf-8", "replace")[:precision]
        prefix = f"0{verb}" if "#" in flags and raw else ""
        pairs = [f"{byte:02{verb}}" for byte in raw]
        return f" {prefix}".join(pairs).join([prefix, ""]) if " " in flags else prefix + "".join(pairs)
    return None


def _integer(verb: str, flags: str, width: int | None, precision: int | None, value: int) -> str | None:
    character = chr(value) if 0 <= value <= 0x10FFFF and not 0xD800 <= value <= 0xDFFF else "\ufffd"
    if verb == "c":
        return character
    if verb == "q":
        return f"'{_escaped(character, ascii_only='+' in flags, quote=chr(39))}'"
    if verb == "U":
        code = f"U+{value & 0xFFFFFFFFFFFFFFFF:0{max(precision or 0, 4)}X}"
        return f"{code} '{character}'" if "#" in flags and character.isprintable() else code
    if verb not in _INTEGERS:
        return None
    digits = "" if precision == 0 and value == 0 else f"{abs(value):{_INTEGERS[verb]}}"
    sign = "-" if value < 0 else "+" if "+" in flags else " " if " " in flags else ""
    if precision is not None:
        digits = digits.zfill(precision)
    elif "0" in flags and "-" not in flags and width is not None:
        digits = digits.zfill(width - len(sign))
    prefix = _PREFIXES.get(verb, "") if "#" in flags or verb == "O" else ""
    return sign + ("" if prefix == "0" and digits.startswith("0") else prefix) + digits


def _float(verb: str, flags: str, width: int | None, precision: int | None, value: float) -> str | None:
    if not math.isfinite(value) or "#" in flags or verb in "bxX":
        raise ValueProblem("printf has no such form of a number with a fraction")
    if verb not in "vgGeEfF":
        return None
    if verb in {"v", "g", "G"} and precision is None:
        digits = _shortest(abs(value))
        digits = digits.upper() if verb == "G" else digits
    else:
        digits = f"{abs(value):.{6 if precision is None else precision}{'g' if verb == 'v' else verb}}"
    sign = "-" if math.copysign(1, value) < 0 else "+" if "+" in flags else " " if " " in flags else ""
    if "0" in flags and "-" not in flags and width is not None:
        digits = digits.zfill(width - len(sign))
    return sign + digits


def _shortest(value: float) -> str:
    """Return the fewest digits that are this number, with an exponent where Go has one."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
    number = Decimal(repr(value))
    exponent = number.adjusted() if value else 0
    if exponent < -4 or exponent >= _FROM_EXPONENT:
        digits = "".join(map(str, number.as_tuple().digits)).rstrip("0")
        fraction = f".{digits[1:]}" if len(digits) > 1 else ""
        sign = "-" if value < 0 else ""
        return f"{sign}{digits[0]}{fraction}e{'-' if exponent < 0 else '+'}{abs(exponent):02}"
    plain = f"{number:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _padded(text: str, flags: str, width: int | None) -> str:
    if width is None:
        return text
    if "-" in flags:
        return text.ljust(width)
    return text.rjust(width, "0" if "0" in flags else " ")


def _type(value: Value) -> str:
    if value is None:
        return _ABSENT
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return type(value).__name__.lower() if isinstance(value, int) else "float64"
    if isinstance(value, str):
        return "string"
    return "map[string]interface {}" if isinstance(value, Mapping) else "[]interface {}"


def _escaped(character: str, *, ascii_only: bool, quote: str) -> str:
    if character == quote:
        return f"\\{quote}"
    if character in _ESCAPES:
        return _ESCAPES[character]
    code = ord(character)
    if character.isprintable() and (not ascii_only or code < 0x80):
        return character
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
