"""Every field of every schema says what it does, and the page that tells it is what the schemas generate."""

import json

import pytest

from gitops_breakglass.adapters.bundled import schema_catalog
from gitops_breakglass.core.fields import Field, fields_of, set_places
from gitops_breakglass.core.rules import ALL_RULES
from gitops_breakglass.model.document import Document
from tests.unit.test_schema_files import FILES, FOLDER, generator, nodes, read

EFFECTS = {"enforced", "refused", "informational"}
PARTS = schema_catalog().parts
RULES = {rule.id for rule in ALL_RULES}


def found(schema):
    return {field.text: field for field in fields_of(schema, PARTS)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_field_says_what_it_does(path):
    fields = list(fields_of(read(path), PARTS))
    assert [field.text for field in fields if field.effect not in EFFECTS] == []
    assert [field.text for field in fields if field.effect == "refused" and field.rule not in RULES] == []
    assert [field.text for field in fields if field.rule is not None and field.rule not in RULES] == []
    assert [field.text for field in fields if field.effect == "enforced" and field.rule] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_mark_reaches_a_field(path):
    """A path in `x-below` that leads nowhere, or a mark in a definition that nothing refers to, would be lost."""
    schema = read(path)
    for where, node in nodes(schema):
        if isinstance(node.get("x-effect"), str):
            assert where[0] == "properties" or "x-below" in where, where
    said = [
        mark for _, node in nodes(schema) if isinstance(node.get("x-below"), dict) for mark in node["x-below"].items()
    ]
    fields = found(schema)
    for name, mark in said:
        ends = [field for text, field in fields.items() if text.endswith(name)]
        assert any(mark.items() <= field.schema.items() for field in ends), name


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_field_that_upstream_does_not_know_says_what_to_write_there(path):
    for field in fields_of(read(path), PARTS):
        if "x-dialect" in field.schema:
            assert field.upstream and not field.upstream.endswith("."), field.text
        if "x-unenforced-upstream" in field.schema:
            assert field.unenforced_upstream and not field.unenforced_upstream.endswith("."), field.text


def test_the_page_of_fields_is_what_the_schemas_generate():
    page = FOLDER.parent / "docs" / "reference" / "fields.md"
    assert generator("generate_fields").generate() == page.read_text(encoding="utf-8"), (
        "run `python schemas/generate_fields.py`"
    )


SMALL = json.loads("""{
  "properties": {
    "spec": {
      "x-effect": "enforced", "required": ["list"],
      "properties": {
        "list": {"type": "array", "items": {"$ref": "#/$defs/entry", "x-below": {"note": {"x-effect": "informational"}}}},
        "either": {"x-effect": "refused", "x-effect-rule": "schema", "anyOf": [
          {"type": "array", "x-dialect": "ours", "items": {"type": "string"}},
          {"type": "object", "properties": {"names": {"type": "array"}}}
        ]},
        "pod": {"$ref": "kubernetes/pod.schema.json#/$defs/PodSpec"},
        "few": {"type": "object", "anyOf": [{"required": ["a"], "properties": {"a": {"minItems": 1}}}]}
      }
    }
  },
  "$defs": {"entry": {"type": "object", "properties": {"name": {"type": "string"}, "note": {"type": "string"}}}}
}""")


def test_a_mark_holds_below_it_until_another_one_and_references_are_marked_where_they_stand():
    assert {text: (field.effect, field.rule, field.required) for text, field in found(SMALL).items()} == {
        "spec": ("enforced", None, False),
        "spec.list": ("enforced", None, True),
        "spec.list[]": ("enforced", None, False),
        "spec.list[].name": ("enforced", None, False),
        "spec.list[].note": ("informational", None, False),
        "spec.either": ("refused", "schema", False),
        "spec.either[]": ("refused", "schema", False),
        "spec.either.names": ("refused", "schema", False),
        "spec.pod": ("enforced", None, False),
        "spec.few": ("enforced", None, False),
    }
    assert found({"properties": {"spec": {"type": "object"}}})["spec"].effect is None


def test_places_are_found_in_lists_and_mappings_and_in_the_form_that_is_meant():
    data = {"spec": {"list": [{"note": "a"}, {}, {"note": None}, 1], "either": ["x"], "free": {"a": {"b": 1}, "c": 2}}}
    document = Document("policies/a.yaml", data)
    for path, form, places in [
        (("spec", "list", "[]", "note"), None, [("spec", "list", 0, "note")]),
        (("spec", "either"), "array", [("spec", "either")]),
        (("spec", "either"), "object", []),
        (("spec", "free", "*", "b"), None, [("spec", "free", "a", "b")]),
        (("spec", "other", "b"), None, []),
    ]:
        assert list(set_places(document, Field(path, {}, form=form))) == places
