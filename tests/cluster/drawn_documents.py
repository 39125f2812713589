"""Documents drawn from structural schemas, and the slips that people make in them.

`hypothesis-jsonschema` would be the library for it; its last release does not run with the hypothesis that is locked here.
Structural schemas are a small language, without references and without alternatives that add fields.
"""

import copy
import re

from hypothesis import strategies as st

WORDS = ("ops", "a", "prod-eu-1", "x" * 63)
PATTERNED = st.sampled_from(WORDS)
ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 70000),
    st.sampled_from(["", "1h", "yes", "-", "A b"]),
    st.just([]),
    st.just({}),
)
ASCII = st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"])
MOST_ITEMS = 3
DEEPEST = 5


@st.composite
def values(draw, schema, depth=0):
    """A value that the schema allows, as far as each part of it can say."""
    if "enum" in schema:
        return draw(st.sampled_from(schema["enum"]))
    if schema.get("x-kubernetes-int-or-string"):
        return draw(st.sampled_from([1, "25%", "100m"]))
    if schema.get("x-kubernetes-preserve-unknown-fields") and "properties" not in schema:
        return draw(st.sampled_from([{}, {"key": "value"}, {"list": [1, "two"]}]))
    match schema["type"]:
        case "object":
            return draw(objects(schema, depth))
        case "array":
            return draw(lists(schema, depth))
        case "string":
            return draw(texts(schema))
        case "integer":
            lowest = schema.get("minimum", 0)
            return draw(st.integers(lowest, min(schema.get("maximum", lowest + 9), 2**31 - 1)))
        case "number":
            return draw(st.sampled_from([0, 1, 0.5]))
        case "boolean":
            return draw(st.booleans())
    raise AssertionError(schema)


@st.composite
def objects(draw, schema, depth):
    # Alternatives only ever ask for more of fields that are there anyway.
    branch = draw(st.sampled_from(schema.get("anyOf") or [{}]))
    required = {*schema.get("required", ()), *branch.get("required", ())}
    bounds = branch.get("properties", {})
    # The deeper, the fewer of the fields that may be left out: the whole of a pod is thousands.
    rarely = max(1, min(9, depth * 2))
    names = [
        name
        for name in schema.get("properties", {})
        if name in required or (depth < DEEPEST and draw(st.integers(0, rarely)) == 0)
    ]
    drawn = {name: draw(values({**schema["properties"][name], **bounds.get(name, {})}, depth + 1)) for name in names}
    more = schema.get("additionalProperties")
    if isinstance(more, dict) and draw(st.booleans()):
        drawn[draw(st.sampled_from(["key", "NET_ADMIN", "a.b/c"]))] = draw(values(more, depth + 1))
    return drawn


@st.composite
def lists(draw, schema, depth):
    fewest = schema.get("minItems", 0)
    size = draw(st.integers(fewest, max(fewest, min(MOST_ITEMS, schema.get("maxItems", MOST_ITEMS)))))
    drawn = [draw(values(schema["items"], depth + 1)) for _ in range(size)]
    # What nobody means twice is drawn once, or almost every list would be refused for the same reason.
    return [each for index, each in enumerate(drawn) if each not in drawn[:index]] if size > fewest else drawn


@st.composite
def texts(draw, schema):
    if schema.get("format") == "date-time":
        return draw(st.sampled_from(["2026-11-22T09:00:00Z", "2026-11-22T10:00:00+01:00"]))
    if "ms|" in schema.get("pattern", ""):
        return draw(st.sampled_from(["1h", "90m", "2h30m", "45s"]))
    if "#?" in schema.get("pattern", ""):
        return draw(
            st.sampled_from(["0 9 * * 1-5", "*/30 8-17 1,15 * MON", "0 0 * JAN-mar 7", "5/15 * * * *", "0 22-6 * * *"])
        )
    if "pattern" in schema:
        # Python's `$` lets a newline follow, Go's does not.
        pattern = re.sub(r"\$$", r"\\Z", schema["pattern"])
        text = draw(st.from_regex(pattern, alphabet=ASCII).filter(lambda each: len(each) >= schema.get("minLength", 0)))
        return text[: schema.get("maxLength", 40)]
    return draw(PATTERNED)


@st.composite
def slips(draw, document):
    """The document with one thing wrong, or at least odd, in its spec."""
    damaged = copy.deepcopy(document)
    places = list(_places(damaged["spec"]))
    around, key = draw(st.sampled_from(places)) if places else (damaged, "spec")
    match draw(st.sampled_from(["gone", "other", "unknown", "more", "twice"])):
        case "gone":
            del around[key]
        case "other":
            around[key] = draw(ANYTHING)
        case "unknown":
            target = around[key] if isinstance(around[key], dict) else damaged["spec"]
            target["surprise"] = 1
        case "more":
            around[key] = _more(around[key])
        case "twice":
            if isinstance(around, list):
                around.append(around[key])
            else:
                around[key] = [around[key], around[key]]
    return damaged


def _more(value):
    match value:
        case bool():
            return not value
        case int():
            return value * 1000 + 1
        case str():
            return (value or "a") * 300
        case list():
            return value * 60
    return {**value, "more": value} if isinstance(value, dict) else value


def _places(node):
    steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in steps:
        yield node, key
        yield from _places(value)
