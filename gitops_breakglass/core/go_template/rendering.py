"""Templates, rendered with data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gitops_breakglass.core.go_template.error import TemplateError, ValueProblem, error_at
from gitops_breakglass.core.go_template.foreign import measured, tainted
from gitops_breakglass.core.go_template.functions import CHOOSING, told, truth
from gitops_breakglass.core.go_template.library import call
from gitops_breakglass.core.go_template.nodes import (
    Block,
    Chain,
    Command,
    Control,
    Dot,
    Field,
    Function,
    Leave,
    Literal,
    Nil,
    Node,
    Operand,
    Pipe,
    Show,
    Text,
    Variable,
)
from gitops_breakglass.core.go_template.parsing import Template
from gitops_breakglass.core.go_template.printing import Value
from gitops_breakglass.core.go_template.record import member

WORK = 50_000
"""What rendering may cost, in steps and characters handled: some tenths of a second at most."""


@dataclass(frozen=True)
class Piece:
    """A piece of what a template comes to, and the offset in the template that it comes from."""

    text: str
    at: int
    is_verbatim: bool
    """Whether the template itself has this text there."""


def render(template: Template, data: Mapping[str, Value], *, work: int = WORK) -> str:
    """Return the text that a template comes to; raises TemplateError where it fails, or costs more than `work`."""
    return "".join(piece.text for piece in rendered(template, data, work=work))


def rendered(template: Template, data: Mapping[str, Value], *, work: int = WORK) -> tuple[Piece, ...]:
    """Return what a template comes to piece by piece, some of them foreign or mixed; raises TemplateError as `render`."""
    return _Rendering(template, data, work).whole()


class _Left(Exception):
    """A range is left, or goes on with what comes next."""

    def __init__(self, *, goes_on: bool) -> None:
        self.goes_on = goes_on


class _Rendering:
    def __init__(self, template: Template, data: Mapping[str, Value], work: int) -> None:
        self.template = template
        self.work = work
        self.at = 0
        self.out: list[Piece] = []
        self.variables: list[tuple[str, Value]] = [("$", data)]

    def whole(self) -> tuple[Piece, ...]:
        self._walk(self.template.nodes, self.variables[0][1])
        return tuple(self.out)

    def _walk(self, nodes: Sequence[Node], dot: Value) -> None:
        for node in nodes:
            self._spend(1)
            match node:
                case Text(text, at):
                    self._spend(len(text))
                    self.out.append(Piece(text, at, is_verbatim=True))
                case Show(pipe):
                    value = self._pipe(pipe, dot)
                    if not pipe.names:
                        self._tell(value, pipe.at)
                case Leave(goes_on):
                    raise _Left(goes_on=goes_on)
                case Block():
                    known = len(self.variables)
                    self._block(node, dot)
                    del self.variables[known:]

    def _block(self, block: Block, dot: Value) -> None:
        value = self._pipe(block.pipe, dot)
        if block.control is Control.RANGE:
            if not self._range(block, value):
                self._walk(block.otherwise, dot)
        elif truth(value):
            self._walk(block.body, value if block.control is Control.WITH else dot)
        else:
            self._walk(block.otherwise, dot)

    def _range(self, block: Block, value: Value) -> bool:
        """Walk through a list, a map by its keys, or the numbers below one; says whether there was anything."""
        names = block.pipe.names
        pairs: Sequence[tuple[Value, Value]] | enumerate[Value]
        if value is None:
            return False
        if isinstance(value, bool | float | str) or (isinstance(value, int) and len(names) > 1):
            raise self._error(block.pipe.at, "range goes through lists, maps, and the numbers below one")
        if isinstance(value, int):
            pairs = enumerate(range(value))
        elif isinstance(value, Mapping):
            pairs = [(key, value[key]) for key in sorted(value)]
        else:
            pairs = enumerate(value)
        known = len(self.variables)
        begun = False
        for key, each in pairs:
            begun = True
            self._spend(1)
            for name, held in zip(names, (each,) if len(names) == 1 else (key, each), strict=False):
                self._assign(name, held, block.pipe.at)
            try:
                self._walk(block.body, each)
            except _Left as left:
                if not left.goes_on:
                    break
            finally:
                del self.variables[known:]
        return begun

    def _pipe(self, pipe: Pipe, dot: Value) -> Value:
        value: Value = None
        for index, command in enumerate(pipe.commands):
            value = self._command(command, dot, (value,) if index else ())
        for name in pipe.names:
            if pipe.assigns:
                self._assign(name, value, pipe.at)
            else:
                self.variables.append((name, value))
        return value

    def _command(self, command: Command, dot: Value, last: tuple[Value, ...]) -> Value:
        first, *rest = command.operands
        if isinstance(first, Function):
            return self._call(first, rest, dot, last)
        if isinstance(first, Nil):
            raise self._error(first.at, "nil is no command")
        if not rest and not last:
            return self._operand(first, dot)
        # A field of what is not there is not there either, whatever it is given.
        if isinstance(first, Field) and self._fields(dot, first.names[:-1], first.at) is None:
            return None
        if isinstance(first, Variable | Chain) and first.fields:
            holder = replace(first, fields=first.fields[:-1])
            if self._operand(holder, dot) is None:
                return None
        raise self._error(first.at, "only a function takes arguments")

    def _operand(self, operand: Operand, dot: Value) -> Value:
        self._spend(1)
        match operand:
            case Dot():
                return dot
            case Nil():
                return None
            case Literal(value=value):
                return value
            case Field(at, names):
                return self._fields(dot, names, at)
            case Variable(at, name, fields):
                return self._fields(self.variables[self._found(name, at)][1], fields, at)
            case Chain(at, inner, fields):
                return self._fields(self._operand(inner, dot), fields, at)
            case Pipe():
                return self._pipe(operand, dot)
            case Function():
                return self._call(operand, (), dot, ())

    def _fields(self, value: Value, names: Sequence[str], at: int) -> Value:
        for name in names:
            if value is not None and not isinstance(value, Mapping):
                raise self._error(at, f"there is no field {name} in it")
            try:
                value = None if value is None else member(value, name)
            except ValueProblem as problem:
                raise self._error(at, str(problem)) from None
        return value

    def _call(self, function: Function, operands: Sequence[Operand], dot: Value, last: tuple[Value, ...]) -> Value:
        if function.name in CHOOSING:
            return self._choose(function, operands, dot, last)
        arguments = (*(self._operand(each, dot) for each in operands), *last)
        foreign = self._measure(arguments, function.at)
        called = self.template.library.functions[function.name]
        try:
            result = call(function.name, called, arguments)
        except ValueProblem as problem:
            raise self._error(function.at, str(problem)) from None
        self._spend(len(result) if isinstance(result, str | list) else 1)
        return tainted(result) if foreign and not called.keeps else result

    def _choose(self, function: Function, operands: Sequence[Operand], dot: Value, last: tuple[Value, ...]) -> Value:
        if not operands and not last:
            raise self._error(function.at, f"{function.name} takes at least one argument")
        value: Value = None
        for operand in operands:
            value = self._operand(operand, dot)
            if truth(value) is (function.name == "or"):
                return value
        return last[0] if last else value

    def _assign(self, name: str, value: Value, at: int) -> None:
        self.variables[self._found(name, at)] = (name, value)

    def _found(self, name: str, at: int) -> int:
        for index in range(len(self.variables) - 1, -1, -1):
            if self.variables[index][0] == name:
                return index
        raise self._error(at, f"there is no variable {name}")

    def _tell(self, value: Value, at: int) -> None:
        if value is None and self.template.library.is_strict:
            raise self._error(at, "there is no such value; `default` gives another where there is none")
        self._measure((value,), at)
        self.out.append(Piece(told(value), at, is_verbatim=False))

    def _measure(self, values: Sequence[Value], at: int) -> bool:
        """Spend what values weigh; says whether any text in them is foreign."""
        try:
            size, foreign = measured(values, self.work)
        except ValueProblem as problem:
            raise self._error(at, str(problem)) from None
        self._spend(size)
        return foreign

    def _spend(self, work: int) -> None:
        self.work -= work
        if self.work < 0:
            raise self._error(0, "rendering it takes too much work")

    def _error(self, at: int, message: str) -> TemplateError:
        return error_at(self.template.source, at, message)
