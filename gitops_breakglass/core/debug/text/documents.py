"""Debug templates, rendered and read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from gitops_breakglass.core.debug.text.context import WITHHELD
from gitops_breakglass.core.debug.text.library import LIBRARY
from gitops_breakglass.core.debug.text.problem import TextProblem, problem_of
from gitops_breakglass.core.debug.text.stand_ins import KeyProblem, WithStandIns, with_stand_ins
from gitops_breakglass.core.go_template.error import TemplateError, error_at
from gitops_breakglass.core.go_template.fields import root_paths
from gitops_breakglass.core.go_template.parsing import Template, parse
from gitops_breakglass.core.go_template.printing import Value
from gitops_breakglass.core.go_template.rendering import render, rendered
from gitops_breakglass.core.yaml.scalars import FORBIDDEN, name_of
from gitops_breakglass.core.yaml.stream import Stream
from gitops_breakglass.model.document import Node
from gitops_breakglass.model.finding import Location

LONGEST = 65_536
"""Characters of a debug template."""
WORK = 500_000
"""What rendering one may cost, in steps and characters handled: about a second at most."""
MOST_DOCUMENTS = 50
"""YAML documents that one template may come to."""
_DEEPEST_TREE = 64


def documents(text: str, context: Mapping[str, Value], *, at: Location) -> tuple[Mapping[str, Node], ...]:
    """Return the YAML documents that a template comes to, empty ones left out; `at` is where its key stands.

    What is foreign in the context ends up in the scalar where the template puts it, whatever it says, and nowhere else.
    Raises TextProblem for what can't be rendered, or comes to something other than strict YAML mappings.
    """
    try:
        held = with_stand_ins(rendered(_parsed(text), context, work=WORK))
        return _read(text, held)
    except TemplateError as error:
        raise problem_of(error, text, at) from None


def filled(tree: Node, context: Mapping[str, Value], at: Callable[..., Location]) -> Node:
    """Return a tree in which each text is rendered as a template; it stays one text, and keys stay as they are.

    `at` gives the place of a path in the tree, as `Document.at` does. Raises TextProblem.
    """
    return _Filling(context, at).of(tree, ())


class _Filling:
    def __init__(self, context: Mapping[str, Value], at: Callable[..., Location]) -> None:
        self.context = context
        self.at = at

    def of(self, value: Node, path: tuple[str | int, ...]) -> Node:
        if isinstance(value, str):
            return self._text(value, path) if "{{" in value else value
        if len(path) >= _DEEPEST_TREE:
            raise TextProblem(f"more than {_DEEPEST_TREE} levels lie within each other", self.at(*path))
        if isinstance(value, Mapping):
            return {key: self.of(held, (*path, key)) for key, held in value.items()}
        if isinstance(value, list | tuple):
            return [self.of(held, (*path, index)) for index, held in enumerate(value)]
        return value

    def _text(self, text: str, path: tuple[str | int, ...]) -> str:
        try:
            return render(_parsed(text), self.context, work=WORK)
        except TemplateError as error:
            raise problem_of(error, text, self.at(*path)) from None


@lru_cache(maxsize=256)
def _parsed(text: str) -> Template:
    template = parse(text, LIBRARY, longest=LONGEST)
    # Also where it is asked for under a condition that seldom holds; any other way to ask is refused when it is done.
    for names, at in root_paths(template):
        if why := WITHHELD.get(names):
            raise error_at(text, at, why)
    return template


def _read(text: str, held: WithStandIns) -> tuple[Mapping[str, Node], ...]:
    if found := FORBIDDEN.search(held.text):
        message = f"the invisible or control character {name_of(found[0])} is in it"
        raise error_at(text, held.origin(found.start()), message)
    stream = Stream("", None, escapes=True, forbidden=())
    stream.read(held.text.encode("utf-8", "replace"))
    lines = held.text.split("\n")

    def error(line: int, column: int, message: str) -> TemplateError:
        offset = sum(len(each) + 1 for each in lines[: line - 1]) + column - 1
        return error_at(text, held.origin(offset), held.hidden(message))

    if stream.findings:
        first = min(stream.findings, key=lambda each: each.location)
        hint = f"; {first.hint}" if first.hint else ""
        raise error(first.location.line, first.location.column, f"what it comes to is refused: {first.message}{hint}")
    if len(stream.documents) > MOST_DOCUMENTS:
        raise error(1, 1, f"it comes to more than {MOST_DOCUMENTS} documents")
    made = []
    for document in stream.documents:
        try:
            made.append(held.put_back(document.data))
        except KeyProblem as problem:
            place = document.at(*problem.path)
            raise error(place.line, place.column, str(problem)) from None
    return tuple(each for each in made if isinstance(each, Mapping))
