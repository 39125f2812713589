"""Strict YAML, found before anything is read."""

from __future__ import annotations

from gitops_breakglass.core.rules.rule import Rule

RULES = (
    Rule(
        "yaml-syntax",
        "a file is YAML",
        "What can be read in two ways, or in none, can't be approved. One broken document does not keep the others from being checked.",
    ),
    Rule(
        "yaml-encoding",
        "a file is UTF-8 without a byte order mark or directives",
        "Other encodings hide text from whoever reviews the change.",
    ),
    Rule(
        "yaml-duplicate-key",
        "a key is there once in its mapping",
        "Parsers disagree which of two values counts: a reviewer would read one, and the other be granted.",
    ),
    Rule(
        "yaml-alias",
        "there are no anchors, aliases or merge keys",
        "With them the text that a reviewer reads is not the value that is used, and a few lines can stand for gigabytes.",
    ),
    Rule(
        "yaml-tag",
        "there are no tags",
        "A tag makes a value something else than what it looks like.",
    ),
    Rule(
        "yaml-ambiguous-scalar",
        "a value is the same in every version of YAML",
        "`yes`, `010` and `1:30` are a word or a number, depending on who reads. Quotes say what is meant.",
    ),
    Rule(
        "yaml-control-character",
        "there are no control or invisible characters",
        "Characters that turn the direction of text, or that can't be seen, make a review worthless.",
    ),
    Rule(
        "yaml-key-not-string",
        "every key is text",
        "No document here has keys of other types; a number or a date as a key is a slip.",
    ),
    Rule(
        "yaml-several-documents",
        "a request file holds one document",
        "One request, one file: a second document could be overlooked in a review.",
    ),
    Rule(
        "yaml-too-deep",
        "a document is not nested deeper than it needs to be",
        "Deep nesting is an attack on parsers.",
    ),
    Rule(
        "yaml-too-large",
        "a file is not longer than a document needs to be",
        "A request that nobody can read can't be approved.",
    ),
)
