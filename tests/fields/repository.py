"""A repository in which every field is set, what our code makes of it, and the code that reads what it made."""

import ast
import dataclasses
import json
import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import gitops_breakglass
from gitops_breakglass.adapters import yamlfile
from gitops_breakglass.adapters.bundled import schema_catalog
from gitops_breakglass.core.fields import ITEM, KEY, fields_of
from gitops_breakglass.core.validate import ParsedFile, judge_policy, validate_request, verdict_on
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.finding import Location

FOLDER = Path(__file__).parent / "repository"
PACKAGE = Path(gitops_breakglass.__file__).parent
CATALOG = schema_catalog()
FORMS_ONLY = ("core/read/", "report/")
"""Code that makes the model, or only shows it."""
SHOWS = {"__str__"}


@cache
def documents():
    """Every document of the repository, as the loader makes it."""
    found = []
    for path in sorted(FOLDER.rglob("*.yaml")):
        loaded = yamlfile.load(path.read_bytes(), path.relative_to(FOLDER).as_posix())
        assert not loaded.findings, loaded.findings
        # Without positions every place is the same, so that a finding is told by what it says.
        found += [Document(each.path, json.loads(json.dumps(each.data))) for each in loaded.documents]
    return tuple(found)


@cache
def fields(kind):
    """The fields of a kind by how they are written, forms apart; below `status` nothing is read."""
    (schema,) = [each for (_, name), each in CATALOG.schemas.items() if name == kind]
    return tuple(each for each in fields_of(schema, CATALOG.parts) if each.path[:2] != ("status",) or not each.path[1:])


def kinds():
    return sorted({document.kind for document in documents()})


def places(field, data, at=()):
    """The places in a document's data that a field's path leads to."""
    steps = field.path[len(at) :]
    if not steps:
        return [at]
    below = data_at(data, at)
    if steps[0] == ITEM:
        names = range(len(below)) if isinstance(below, list) else ()
    else:
        names = [name for name in below if steps[0] in (KEY, name)] if isinstance(below, dict) else ()
    return [place for name in names for place in places(field, data, (*at, name))]


def data_at(data, place):
    for step in place:
        data = data[step]
    return data


def changed(document, place, value):
    """The document with another value at a place; `...` takes it out."""
    data = json.loads(json.dumps(document.data))
    around = data_at(data, place[:-1])
    if value is ...:
        del around[place[-1]]
    else:
        around[place[-1]] = value
    return Document(document.path, data)


def made_of(all_documents):
    """What our code makes of the documents: every attribute of the model by its place, and the findings."""
    by_path = {}
    for document in all_documents:
        by_path.setdefault(document.path, []).append(document)
    files = [ParsedFile(path, b"", tuple(found)) for path, found in by_path.items()]
    facts, findings = judge_policy(
        [file for file in files if not file.path.startswith("requests/")], commit="c0", schemas=Remembered
    )
    attributes = dict(flat(facts.policy if facts else None, "policy"))
    told = list(findings)
    for file in files:
        if file.path.startswith("requests/"):
            told += verdict_on(file, facts, schemas=Remembered).findings
            attributes |= dict(flat(validate_request(file, schemas=Remembered).value, file.path))
    # Two documents may be told the same: each time counts.
    times = Counter(shown(each) for each in told)
    return attributes, {(*each, time) for each, often in times.items() for time in range(often)}


class Remembered:
    """The schemas, asked once for each document that stays as it is."""

    told = CATALOG.told
    shipped = CATALOG.shipped

    @staticmethod
    def validate(document):
        return validated(id(document)) if any(document is each for each in documents()) else CATALOG.validate(document)


@cache
def validated(number):
    (document,) = [each for each in documents() if id(each) == number]
    return CATALOG.validate(document)


def shown(finding):
    return finding.rule, finding.holds_back, finding.message


def flat(value, at, name=""):
    """Every value within, by place, with the name of the attribute that it is read by."""
    if isinstance(value, Document | Location) or name == "findings":
        return
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from flat(getattr(value, field.name), f"{at}.{field.name}", field.name)
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from flat(each, f"{at}[{key}]", name)
        yield (at, name), tuple(value)
    elif isinstance(value, tuple | list) and any(dataclasses.is_dataclass(each) for each in value):
        for number, each in enumerate(value):
            yield from flat(each, f"{at}[{number}]", name)
        yield (at, name), len(value)
    else:
        yield (at, name), repr(sorted(value) if isinstance(value, frozenset) else value)


@cache
def readers():
    """The modules that read an attribute, by its name: all but those that make the model, and those that show it."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if not name.startswith(FORMS_ONLY):
            for node in judging(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                    found.setdefault(node.attr, set()).add(name.removesuffix(".py"))
    return found


def judging(node):
    """Every part of the code but what only shows a value."""
    yield node
    for each in ast.iter_child_nodes(node):
        if not (isinstance(each, ast.FunctionDef) and each.name in SHOWS):
            yield from judging(each)


def others(document, field, place):
    """Other values that the schema takes at a place."""
    value = data_at(document.data, place)
    wanted = [each for each in field.schema.get("enum", ()) if each != value]
    if isinstance(value, bool):
        wanted.append(not value)
    elif isinstance(value, int):
        wanted += [value + 1, value - 1]
    elif isinstance(value, str):
        wanted += [f"{value}x", f"x{value}", "3h", "5m", "0.5", "2026-12-01T01:00:00Z", "2027-02-01T00:00:00Z"]
        wanted += [each for each in strings() if each != value]
    return (each for each in wanted if not CATALOG.validate(changed(document, place, each)))


@cache
def strings():
    """Every text of the repository: among them are keys, e-mail addresses and globs."""
    text = json.dumps([each.data for each in documents()])
    return tuple(dict.fromkeys(json.loads(each) for each in re.findall(r'"(?:[^"\\]|\\.)*"', text)))
