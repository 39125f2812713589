"""Holds every answer of the fake GitLab against the JSON Schemas in `schemas/`."""

import json
from functools import cache
from pathlib import Path

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

FOLDER = Path(__file__).parent / "schemas"


@cache
def registry():
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))]
    return Registry().with_resources((each["$id"], Resource.from_contents(each)) for each in documents)


@cache
def validator(name):
    """For `merge_request.whole`, or for `[note.note]`: a list of them."""
    document, _, definition = name.strip("[]").partition(".")
    schema = {"$ref": f"gitlab:{document}#/$defs/{definition}"}
    if name.startswith("["):
        schema = {"type": "array", "items": schema}
    return Draft202012Validator(schema, registry=registry())


def faults_of(value, name):
    """What in a JSON value is not as the schema of that name has it, in sentences."""
    return [f"{error.json_path}: {error.message}" for error in validator(name).iter_errors(value)]
