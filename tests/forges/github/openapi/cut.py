"""Cuts GitHub's OpenAPI description down to the routes that the fake answers.

    npm pack @octokit/openapi@23.0.2
    python -m tests.forges.github.openapi.cut octokit-openapi-23.0.2.tgz

Kept are the operations below with their parameters, their request bodies and the schemas of their 2xx answers in JSON;
descriptions, examples and extensions are not.
"""

import hashlib
import json
import sys
import tarfile
from pathlib import Path

FOLDER = Path(__file__).parent
MEMBER = "package/generated/api.github.com.json"

REPO = "/repos/{owner}/{repo}"
ORG = "/orgs/{org}"
OPERATIONS = (
    *(f"GET {REPO}{rest}" for rest in (
        "",
        "/actions/permissions/workflow",
        "/actions/workflows/{workflow_id}/runs",
        "/activity",
        "/branches/{branch}",
        "/branches/{branch}/protection",
        "/check-runs/{check_run_id}",
        "/collaborators/{username}/permission",
        "/commits",
        "/commits/{ref}",
        "/commits/{ref}/check-runs",
        "/commits/{commit_sha}/pulls",
        "/compare/{basehead}",
        "/contents/{path}",
        "/environments/{environment_name}",
        "/environments/{environment_name}/deployment-branch-policies",
        "/git/blobs/{file_sha}",
        "/git/ref/{ref}",
        "/git/trees/{tree_sha}",
        "/issues/comments/{comment_id}",
        "/issues/{issue_number}/comments",
        "/issues/{issue_number}/events",
        "/issues/{issue_number}/timeline",
        "/pulls",
        "/pulls/{pull_number}",
        "/pulls/{pull_number}/commits",
        "/pulls/{pull_number}/files",
        "/pulls/{pull_number}/reviews",
        "/rules/branches/{branch}",
        "/rulesets/rule-suites",
    )),
    f"POST {REPO}/check-runs",
    f"PATCH {REPO}/check-runs/{{check_run_id}}",
    f"POST {REPO}/git/refs",
    f"POST {REPO}/issues/{{issue_number}}/comments",
    f"PATCH {REPO}/issues/comments/{{comment_id}}",
    f"POST {REPO}/pulls",
    f"PATCH {REPO}/pulls/{{pull_number}}",
    *(f"GET {ORG}{rest}" for rest in (
        "",
        "/members/{username}",
        "/teams/{team_slug}",
        "/teams/{team_slug}/members",
        "/teams/{team_slug}/memberships/{username}",
    )),
    "GET /rate_limit",
    "GET /user",
    "GET /user/{account_id}",
    "GET /users/{username}",
)  # fmt: skip

LEFT_OUT = {"description", "summary", "example", "examples", "externalDocs", "tags", "operationId", "links", "title"}


def cut(whole):
    """The part of the description that the operations reach."""
    paths = {}
    for operation in OPERATIONS:
        method, path = operation.split()
        paths.setdefault(path, {})[method.lower()] = kept(whole["paths"][path][method.lower()])
    components = {}
    todo = list(references(paths))
    while todo:
        _, _, kind, name = todo.pop().split("/")
        if name not in components.setdefault(kind, {}):
            components[kind][name] = lean(whole["components"][kind][name])
            todo += references(components[kind][name])
    ordered = {kind: dict(sorted(named.items())) for kind, named in sorted(components.items())}
    info = {"title": whole["info"]["title"], "version": whole["info"]["version"]}
    return {"openapi": whole["openapi"], "info": info, "paths": paths, "components": ordered}


def kept(operation):
    answers = {}
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            content = answer.get("content", {}).get("application/json")
            answers[status] = {"content": {"application/json": {"schema": lean(content["schema"])}}} if content else {}
    wanted = {name: lean(operation[name]) for name in ("parameters", "requestBody") if name in operation}
    return {**wanted, "responses": answers}


def lean(value, *, named=False):
    """Without what does not bind. `named`: the keys are names of properties, of which none is left out."""
    if isinstance(value, list):
        return [lean(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: lean(each, named=key == "properties" and not named)
        for key, each in value.items()
        if named or not (key in LEFT_OUT or key.startswith("x-"))
    }


def references(value):
    if isinstance(value, dict):
        yield from [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from references(each)


def main(package):
    data = Path(package).read_bytes()
    with tarfile.open(package) as archive:
        whole = json.load(archive.extractfile(MEMBER))
        version = json.load(archive.extractfile("package/package.json"))
    (FOLDER / "github.json").write_text(json.dumps(cut(whole), separators=(",", ":")) + "\n", encoding="utf-8")
    origin = {"package": version["name"], "version": version["version"], "license": version["license"],
              "sha512": hashlib.sha512(data).hexdigest(), "member": MEMBER}  # fmt: skip
    (FOLDER / "origin.json").write_text(json.dumps(origin, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
