"""Which data a template asks for, wherever it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from gitops_breakglass.core.go_template.nodes import (
    Block,
    Chain,
    Command,
    Control,
    Field,
    Node,
    Operand,
    Pipe,
    Show,
    Variable,
)
from gitops_breakglass.core.go_template.parsing import Template

_Asked: TypeAlias = tuple[tuple[str, ...], int]


def root_fields(template: Template) -> tuple[str, ...]:
    """Name what is asked of the data that a template is rendered with, each once, in order."""
    return tuple(dict.fromkeys(names[0] for names, _ in root_paths(template)))


def root_paths(template: Template) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield what is asked of that data, field by field, and the offset in the template where it is."""
    yield from _of_nodes(template.nodes, is_root=True)


def _of_nodes(nodes: Sequence[Node], *, is_root: bool) -> Iterator[_Asked]:
    for node in nodes:
        if isinstance(node, Show):
            yield from _of_pipe(node.pipe, is_root=is_root)
        elif isinstance(node, Block):
            yield from _of_pipe(node.pipe, is_root=is_root)
            # Within `with` and `range` the dot is something else.
            yield from _of_nodes(node.body, is_root=is_root and node.control is Control.IF)
            yield from _of_nodes(node.otherwise, is_root=is_root)


def _of_pipe(pipe: Pipe, *, is_root: bool) -> Iterator[_Asked]:
    for command in pipe.commands:
        yield from _of_command(command, is_root=is_root)


def _of_command(command: Command, *, is_root: bool) -> Iterator[_Asked]:
    for operand in command.operands:
        yield from _of_operand(operand, is_root=is_root)


def _of_operand(operand: Operand, *, is_root: bool) -> Iterator[_Asked]:
    match operand:
        case Field(at, names) if is_root:
            yield names, at
        case Variable(at, "$", fields) if fields:
            yield fields, at
        case Chain(inner=inner):
            yield from _of_operand(inner, is_root=is_root)
        case Pipe():
            yield from _of_pipe(operand, is_root=is_root)
