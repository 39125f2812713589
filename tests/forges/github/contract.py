"""Holds requests and answers against GitHub's own description of its API."""

import json
from functools import cache
from pathlib import Path

import jsonschema_rs

FILE = Path(__file__).parent / "openapi" / "github.json"

# Where the fake does as GitHub does, and not as the description says.
DEVIATIONS = {
    "head.repo may be null": "the description says it never is; it is where the fork was deleted",
    "user of a pull request may be null": "as for reviews, where the description says so",
    "2026-03-10 has no merge_commit_sha and no assignee": "the description is that of 2022-11-28",
}


@cache
def description():
    return json.loads(FILE.read_text(encoding="utf-8"))


def plain(value):
    """An OpenAPI 3.0 schema as JSON Schema: `nullable` said with null, and `oneOf` read as `anyOf`.

    (GitHub's alternatives overlap: an ordinary user is also an empty object.)
    """
    if isinstance(value, list):
        return [plain(each) for each in value]
    if not isinstance(value, dict):
        return value
    made = {key: plain(each) for key, each in value.items() if key not in ("nullable", "discriminator")}
    if "oneOf" in made:
        made["anyOf"] = made.pop("oneOf")
    if "$ref" in made:
        made["$ref"] = made["$ref"].replace("#/components/schemas/", "#/$defs/")
    return {"anyOf": [made, {"type": "null"}]} if value.get("nullable") is True else made


@cache
def definitions(version):
    found = {name: plain(each) for name, each in description()["components"]["schemas"].items()}
    for name in ("pull-request", "pull-request-simple"):
        found[name]["properties"]["user"] = {"$ref": "#/$defs/nullable-simple-user"}
        repo = found[name]["properties"]["head"]["properties"]
        repo["repo"] = {"anyOf": [repo["repo"], {"type": "null"}]}
        if version >= "2026-03-10":
            left = [each for each in found[name]["required"] if each not in ("merge_commit_sha", "assignee")]
            found[name]["required"] = left
    return found


@cache
def validator(schema, version):
    whole = {**plain(json.loads(schema)), "$defs": definitions(version)}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


def operation(name):
    """The description's entry for `GET /repos/{owner}/{repo}`; None for a route that it lacks."""
    method, path = name.split()
    return description()["paths"].get(path, {}).get(method.lower())


def parameters(name):
    """The query parameters that the route has, by name."""
    found = {}
    for each in operation(name).get("parameters", []):
        if "$ref" in each:
            each = description()["components"]["parameters"][each["$ref"].rpartition("/")[2]]
        if each["in"] == "query":
            found[each["name"]] = each
    return found


def wrong_query(name, query):
    """What is wrong with the values of query parameters; what GitHub itself takes in any form is left alone."""
    known, found = parameters(name), []
    for each, value in query:
        allowed = known[each].get("schema", {}).get("enum")
        if allowed and value not in allowed:
            found.append(f"{name}: {each} is none of {', '.join(allowed)}: {value}")
    return found


def wrong_answer(name, status, body, version):
    """What is wrong with an answer, in sentences; an empty list for nothing. `body` is JSON text, or empty."""
    expected = operation(name)["responses"].get(str(status))
    if expected is None:
        return [f"{name}: {status} is not described"]
    content = expected.get("content", {}).get("application/json")
    if content is None:
        return [f"{name}: {status} has no body"] if body else []
    return errors(name, content["schema"], json.loads(body), version)


def wrong_body(name, body, version):
    """The same for the body of a request."""
    expected = operation(name).get("requestBody")
    if expected is None:
        return [f"{name} takes no body"] if body else []
    return errors(name, expected["content"]["application/json"]["schema"], json.loads(body), version)


def errors(name, schema, value, version):
    checked = validator(json.dumps(schema), version)
    return [
        f"{name}: {'/'.join(map(str, each.instance_path))}: {each.message[:300]}" for each in checked.iter_errors(value)
    ]
