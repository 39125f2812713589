"""What a set of functions has, and how one of them is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from gitops_breakglass.core.go_template.error import ValueProblem
from gitops_breakglass.core.go_template.printing import Value


class Int64(int):
    """A number of Go's type int64, which is what sums are; literals are of type int."""


@dataclass(frozen=True)
class Function:
    """A function, how many arguments it takes at least and at most, and of which kinds."""

    run: Callable[..., Value]
    least: int
    most: int | None
    kinds: str = ""
    """A letter for each argument, the last for all that follow: t text, i int, n int64, b bool, m map, a anything."""
    keeps: bool = False
    """Whether it keeps foreign text and its own apart; what others make of foreign text is foreign as a whole."""


@dataclass(frozen=True)
class Library:
    """The functions that templates of one purpose can call."""

    functions: Mapping[str, Function]
    withheld: Mapping[str, str] = field(default_factory=dict)
    """Functions that are known and not offered, with the reason."""
    is_strict: bool = False
    """Whether a value that is not there is an error where it would be told."""


_KINDS: Mapping[str, tuple[str, Callable[[Value], bool]]] = {
    "t": ("a text", lambda value: isinstance(value, str)),
    "i": ("an int", lambda value: type(value) is int),
    "n": ("an int64", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    "b": ("true or false", lambda value: isinstance(value, bool)),
    "m": ("a map", lambda value: value is None or isinstance(value, Mapping)),
    "a": ("anything", lambda _: True),
}


def call(name: str, function: Function, arguments: Sequence[Value]) -> Value:
    """Call a function; raises ValueProblem where it can't do anything with its arguments."""
    least, most = function.least, function.most
    if len(arguments) < least or (most is not None and len(arguments) > most):
        raise ValueProblem(f"{name} takes {'at least ' if most is None else ''}{least} arguments, not {len(arguments)}")
    kinds = function.kinds
    if kinds:
        for index, argument in enumerate(arguments):
            told, fits = _KINDS[kinds[min(index, len(kinds) - 1)]]
            if not fits(argument):
                raise ValueProblem(f"{name} takes {told} as its argument {index + 1}")
    return function.run(*arguments)
