"""The schema files themselves: closed, anchored, explained, and the CustomResourceDefinitions that follow from them."""

import importlib.util
import json
import re
from pathlib import Path

import pytest

from gitops_breakglass.adapters import bundled
from gitops_breakglass.model.errors import UsageError

FOLDER = Path(__file__).parents[2] / "schemas"
CHOOSERS = {"policy.schema.json", "request.schema.json"}
"""Schemas of every kind at once, for editors: they choose one of the others."""
FILES = sorted(path for path in FOLDER.glob("*.schema.json") if path.name not in CHOOSERS)
PARTS = sorted(FOLDER.glob("kubernetes/*.schema.json"))
OPEN = {"status", "labels", "annotations"}


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def nodes(node, path=()):
    """Every schema in a schema, with where it is."""
    if isinstance(node, dict):
        yield path, node
        for key, each in node.items():
            yield from nodes(each, (*path, key))
    elif isinstance(node, list):
        for number, each in enumerate(node):
            yield from nodes(each, (*path, number))


def of_files(function):
    return pytest.mark.parametrize("path", [*FILES, *PARTS], ids=lambda path: path.name)(function)


def target(reference, path):
    """The definition that a reference in a file leads to."""
    name, _, definition = reference.partition("#/$defs/")
    return read(FOLDER / name if name else path)["$defs"][definition]


@of_files
def test_a_schema_names_itself(path):
    schema = read(path)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"https://gitops-breakglass.dev/schemas/{path.relative_to(FOLDER).as_posix()}"
    assert schema["title"] and schema["description"].endswith(".")


@of_files
def test_every_object_is_closed(path):
    for where, node in nodes(read(path)):
        if node.get("type") == "object" and where[-1:] != ("metadata",) and not OPEN & set(where[-1:]):
            assert "additionalProperties" in node, where
            assert node["additionalProperties"] is False or isinstance(node["additionalProperties"], dict), where


@of_files
def test_every_field_is_explained(path):
    schema = read(path)
    for where, node in nodes(schema):
        for name, each in node.get("properties", {}).items() if "type" in node else ():
            text = each.get("description") or (target(each["$ref"], path) if "$ref" in each else {}).get("description")
            assert text and text.endswith("."), (*where, name)


@of_files
def test_every_pattern_is_anchored_and_says_what_is_expected(path):
    for where, node in nodes(read(path)):
        if isinstance(pattern := node.get("pattern"), str):
            assert pattern.startswith("^") and pattern.endswith("$"), where
            assert not re.search(r"\\[dswDSW]|\(\?[=!<]", pattern), where
            assert not re.search(pattern.removesuffix("$") + r"\Z", "a\nb"), where
            assert "errorMessage" in node, where


@of_files
def test_a_number_or_time_is_held_to_its_format_as_the_api_server_does(path):
    written = {key: value for key, value in read(path).items() if key != "$defs"} | {
        name: node for name, node in read(path).get("$defs", {}).items() if name not in {"status", "condition"}
    }
    for where, node in nodes(written):
        if node.get("format") == "int32":
            assert node["minimum"] >= -(2**31) and node["maximum"] < 2**31, where
        elif node.get("format") == "date-time" and path.name != "grant.schema.json":
            assert "pattern" in node, where


@of_files
def test_what_a_choice_says_is_not_said_of_every_slip_in_a_mapping(path):
    for where, node in nodes(read(path)):
        if node.get("type") == "object" and {"anyOf", "oneOf"} & set(node):
            assert node["x-choice"] and "errorMessage" not in node, where


def test_every_reference_leads_somewhere_and_every_definition_is_referred_to():
    used, there = set(), set()
    for path in [*FILES, *PARTS]:
        schema = read(path)
        found = [node["$ref"] for _, node in nodes(schema) if isinstance(node.get("$ref"), str)]
        found += [node["x-crd"] for _, node in nodes(schema) if isinstance(node.get("x-crd"), str)]
        own = path.relative_to(FOLDER).as_posix()
        used |= {reference if reference[0] != "#" else own + reference for reference in found}
        there |= {f"{own}#/$defs/{name}" for name in schema.get("$defs", {})}
    assert used == there


def test_a_definition_of_one_name_says_the_same_in_every_file():
    own = {"status", "clusterRoleRef", "someone"}
    said = {}
    for path in [*FILES, *PARTS]:
        for name, node in read(path).get("$defs", {}).items():
            if name not in own:
                assert said.setdefault(name, node) == node, (path.name, name)


def generator(name):
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_schema_file_is_named_for_its_kind():
    for path in FILES:
        kind = read(path)["properties"]["kind"]["const"]
        assert path.name == re.sub(r"(?<=[a-z])(?=[A-Z])", "-", kind).lower() + ".schema.json"


def test_the_catalogue_and_the_schemas_that_choose_a_kind_are_what_the_schemas_generate():
    generated = generator("generate_index").generate()
    assert set(generated) == {"index.json", *CHOOSERS}
    assert generated == {name: (FOLDER / name).read_text(encoding="utf-8") for name in generated}


def test_the_catalogue_lists_every_schema_of_a_file_in_a_repository():
    entries = read(FOLDER / "index.json")["schemas"]
    kinds = {version for version, _ in bundled.schema_catalog().kinds}
    of_files = [read(path) for path in FILES]
    wanted = {each["$id"] for each in of_files if each["properties"]["apiVersion"]["const"] in kinds}
    wanted |= {read(FOLDER / name)["$id"] for name in CHOOSERS}
    assert {each["url"] for each in entries} == wanted
    assert len({each["name"] for each in entries}) == len(entries)
    assert {pattern: each["url"].rpartition("/")[2] for each in entries for pattern in each.get("fileMatch", ())} == {
        "breakglass.yaml": "configuration.schema.json",
        "identities.yaml": "identities.schema.json",
        "clusters/**/*.yaml": "policy.schema.json",
        "clusters/**/*.yml": "policy.schema.json",
        "policies/**/*.yaml": "policy.schema.json",
        "policies/**/*.yml": "policy.schema.json",
        "requests/*/*.yaml": "request.schema.json",
    }


def test_every_kind_is_chosen_on_its_side_and_on_no_other():
    chosen = {
        name: {each["then"]["$ref"].removesuffix(".schema.json") for each in read(FOLDER / name)["allOf"]}
        for name in CHOOSERS
    }
    request_side = chosen["request.schema.json"]
    assert {"breakglass", "breakglass-session"} <= request_side
    alone = {"configuration", "identities"}
    kinds = {version for version, _ in bundled.schema_catalog().kinds}
    every = {
        path.name.removesuffix(".schema.json")
        for path in FILES
        if read(path)["properties"]["apiVersion"]["const"] in kinds
    }
    assert chosen["policy.schema.json"] == every - request_side - alone


def test_the_definitions_of_custom_resources_are_what_the_schemas_generate():
    crds = FOLDER / "crds"
    committed = {path.relative_to(crds).as_posix(): path.read_text(encoding="utf-8") for path in crds.rglob("*.yaml")}
    assert generator("generate_crds").generate() == committed


def test_the_definitions_of_custom_resources_are_strictly_upstreams():
    by_kind = {each["spec"]["names"]["kind"]: each["spec"]["versions"][0] for each in bundled.crds()}
    assert sorted(by_kind) == [
        "Breakglass",
        "BreakglassSession",
        "Checkpoint",
        "DebugSession",
        "Grant",
        "GuardParameters",
        "LedgerPage",
        "TrustRoot",
    ]
    session = by_kind["BreakglassSession"]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    assert "escalation" not in session["properties"]
    assert session["required"] == ["cluster", "grantedGroup", "user"]
    assert sorted(kind for kind, each in by_kind.items() if "subresources" in each) == [
        "Breakglass",
        "BreakglassSession",
        "DebugSession",
        "Grant",
    ]
    banned = {"$ref", "uniqueItems", "default", "const", "propertyNames", "errorMessage", "x-dialect", "x-crd"}
    for where, node in nodes([each["schema"] for each in by_kind.values()]):
        assert not banned & set(node) or where[-1:] == ("properties",), where
        assert node.get("additionalProperties") is not False, where


def test_what_ships_is_found_in_a_wheel_first_and_else_in_a_checkout(tmp_path):
    package = tmp_path / "gitops_breakglass"
    (tmp_path / "schemas").mkdir()
    assert bundled.folder("schemas", package) == tmp_path / "schemas"
    (package / "_data/schemas").mkdir(parents=True)
    assert bundled.folder("schemas", package) == package / "_data/schemas"
    with pytest.raises(UsageError, match="policies"):
        bundled.folder("policies", package)
