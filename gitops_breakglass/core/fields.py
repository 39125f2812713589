"""The fields of a schema, each with what it does here, as the marks in the schema say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from gitops_breakglass.model.document import Document, Node, Path

Schema: TypeAlias = Mapping[str, Any]
ITEM = "[]"
"""Stands in a path for every entry of a list."""
KEY = "*"
"""Stands in a path for every key of a mapping whose keys are free."""
_KUBERNETES = "kubernetes/"


@dataclass(frozen=True)
class Field:
    """One field of a kind. `effect` is enforced, refused, informational, or None where nothing says it."""

    path: tuple[str, ...]
    schema: Schema
    """The field's own schema, with the keywords of what it refers to."""
    required: bool = False
    effect: str | None = None
    rule: str | None = None
    """The rule that refuses the field, or that tells that it has no effect."""
    note: str | None = None
    form: str | None = None
    """The one JSON type that this is about, where upstream knows the field in another form only."""
    own: bool = False
    """Whether the schema says its effect here, and not further up."""

    @property
    def upstream(self) -> str | None:
        """What to write where upstream reads the file too; None where it knows the field itself."""
        text = self.schema.get("x-upstream")
        return text if isinstance(text, str) else None

    @property
    def unenforced_upstream(self) -> str | None:
        """What happens instead, where upstream takes the field and never holds to it."""
        text = self.schema.get("x-unenforced-upstream")
        return text if isinstance(text, str) else None

    @property
    def text(self) -> str:
        """The path as people write it: `spec.rules[].verbs[]`."""
        return ".".join(self.path).replace(f".{ITEM}", ITEM)


def fields_of(schema: Schema, parts: Mapping[str, Schema]) -> Iterator[Field]:
    """Yield every field of a kind's schema, outer ones first. `parts` are the files that it refers to, by path.

    A mark holds for everything below it that has none of its own. What a reference leads to is marked where it is
    referred to, in `x-below`, by path. Types of Kubernetes' own are not gone into.
    """
    yield from _Walk(schema, parts).below(Field((), schema), {})


def told_of(schema: Schema, parts: Mapping[str, Schema]) -> tuple[Field, ...]:
    """Return the fields that something is told about wherever they are set."""
    return tuple(
        field
        for field in fields_of(schema, parts)
        if field.upstream or field.unenforced_upstream or (field.own and field.effect == "informational" and field.rule)
    )


def set_places(document: Document, field: Field) -> Iterator[Path]:
    """Yield the places of a document where a field is set: to anything but null, false, or nothing at all."""
    for place, value in _places(document.data, field.path, ()):
        empty = value is None or value is False or (isinstance(value, str | Mapping | list | tuple) and not value)
        if not empty and (field.form is None or _form(value) == field.form):
            yield place


def text_of(place: Path) -> str:
    """Return a place as people write it: `spec.rules[0].verbs`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).removeprefix(".")


class _Walk:
    def __init__(self, schema: Schema, parts: Mapping[str, Schema]) -> None:
        self._definitions: dict[str, Schema] = dict(schema.get("$defs", {}))
        self._parts = parts

    def below(self, field: Field, marks: Mapping[str, Schema]) -> Iterator[Field]:
        """Yield the fields below one; `marks` are what an outer reference says of them, by path from here."""
        node = field.schema
        required = node.get("required", ())
        for name, child in node.get("properties", {}).items():
            yield from self._one(field, name, child, marks, required=name in required)
        if isinstance(node.get("items"), Mapping):
            yield from self._one(field, ITEM, node["items"], marks)
        if isinstance(node.get("additionalProperties"), Mapping):
            yield from self._one(field, KEY, node["additionalProperties"], marks)
        for branch in (*node.get("anyOf", ()), *node.get("oneOf", ())):
            # Other branches only say what has to be there together.
            if {"type", "$ref", "x-dialect"} & set(branch):
                whole = self._whole(branch)
                form = str(whole.get("type")) if "x-dialect" in branch else None
                found = Field(
                    field.path,
                    whole,
                    effect=field.effect,
                    rule=field.rule,
                    note=field.note,
                    form=form,
                )
                if form:
                    yield found
                yield from self.below(found, {**_below(branch), **marks})

    def _one(
        self, outer: Field, name: str, child: Schema, marks: Mapping[str, Schema], *, required: bool = False
    ) -> Iterator[Field]:
        inner = {path.removeprefix(f"{name}."): mark for path, mark in marks.items() if path.startswith(f"{name}.")}
        node = {**self._whole(child), **marks.get(name, {})}
        own = "x-effect" in node
        found = Field(
            (*outer.path, name),
            node,
            required=required,
            effect=node.get("x-effect") if own else outer.effect,
            rule=node.get("x-effect-rule") if own else outer.rule,
            note=node.get("x-effect-note") if own else outer.note,
            own=own,
        )
        yield found
        yield from self.below(found, {**_below(child), **inner})

    def _whole(self, node: Schema) -> Schema:
        """Return a schema with what it refers to filled in; its own keywords come first."""
        while (reference := node.get("$ref", _KUBERNETES)) and not reference.startswith(_KUBERNETES):
            file, _, name = reference.partition("#/$defs/")
            if file:
                # A name means the same in every file, so that what is found there may refer to its neighbours.
                self._definitions = {**self._parts[file]["$defs"], **self._definitions}
            node = {**self._definitions[name], **{key: each for key, each in node.items() if key != "$ref"}}
        return node


def _below(node: Schema) -> Mapping[str, Schema]:
    marks = node.get("x-below", {})
    return marks if isinstance(marks, Mapping) else {}


def _places(node: Node, steps: tuple[str, ...], at: Path) -> Iterator[tuple[Path, Node]]:
    if not steps:
        yield at, node
    elif steps[0] == ITEM:
        for index, each in enumerate(node if isinstance(node, list | tuple) else ()):
            yield from _places(each, steps[1:], (*at, index))
    elif isinstance(node, Mapping):
        for key in node if steps[0] == KEY else [key for key in steps[:1] if key in node]:
            yield from _places(node[key], steps[1:], (*at, key))


def _form(value: Node) -> str:
    if isinstance(value, Mapping):
        return "object"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list | tuple) else "other"
