"""What a template consists of, once it is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias


@dataclass(frozen=True)
class Dot:
    """`.`: what the template is about at that place."""

    at: int


@dataclass(frozen=True)
class Nil:
    """`nil`."""

    at: int


@dataclass(frozen=True)
class Literal:
    """A text, number, character or truth value."""

    at: int
    value: str | int | float | bool


@dataclass(frozen=True)
class Field:
    """`.A.B`: a field of what the template is about, and so on."""

    at: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class Variable:
    """`$x`, `$x.A`; `$` alone is what the whole template is about."""

    at: int
    name: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Function:
    """The name of a function."""

    at: int
    name: str


@dataclass(frozen=True)
class Chain:
    """`(…).A`: fields of what something comes to."""

    at: int
    inner: Operand
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Command:
    """A function or value, with the arguments that stand behind it."""

    operands: tuple[Operand, ...]


@dataclass(frozen=True)
class Pipe:
    """Commands, each of which is the last argument of the next; perhaps kept in variables."""

    at: int
    commands: tuple[Command, ...]
    names: tuple[str, ...] = ()
    assigns: bool = False
    """Whether the variables were there before (`=` rather than `:=`)."""


Operand: TypeAlias = Dot | Nil | Literal | Field | Variable | Function | Chain | Pipe


@dataclass(frozen=True)
class Text:
    """What is told as it stands."""

    text: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Show:
    """`{{…}}`: what something comes to is told, or kept in a variable."""

    pipe: Pipe


class Control(Enum):
    """What decides about a part of a template."""

    IF = "if"
    WITH = "with"
    RANGE = "range"


@dataclass(frozen=True)
class Block:
    """`{{if …}}…{{else}}…{{end}}`, and `with` and `range` alike."""

    control: Control
    pipe: Pipe
    body: tuple[Node, ...]
    otherwise: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Leave:
    """`{{break}}` or `{{continue}}`."""

    goes_on: bool


Node: TypeAlias = Text | Show | Block | Leave
