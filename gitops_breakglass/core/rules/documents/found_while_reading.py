"""The rules whose findings come from schemas and readers: what breaks one of them can't be judged any further."""

from __future__ import annotations

from gitops_breakglass.core.rules.rule import Rule

UNKNOWN_KIND = Rule(
    "unknown-kind",
    "the kind and version of a document are known",
    "A slip in `kind` would make a policy, and what it forbids, vanish.",
)
SCHEMA = Rule(
    "schema",
    "every field is known, and has the form that it should",
    "No field is passed over in silence: one that is misspelt would be missing where it matters.",
)
MISPLACED_DOCUMENT = Rule(
    "misplaced-document",
    "a document lies where its kind is read",
    "A policy among the requests, or a request among the policies, has no effect and looks as if it had.",
)
INFORMATIONAL_KIND = Rule(
    "informational-kind",
    "a kind that nothing here goes by is told",
    "Upstream's operator sends mail and writes audit events by such documents. Here they do neither, and a file that "
    "lies there without a word would look as if it did.",
)
NOT_A_FILE = Rule(
    "not-a-file",
    "everything on both sides of the repository is a plain file",
    "A link would make one name mean another file's content, or a file outside of the repository.",
)
NOT_READ = Rule(
    "not-read",
    "a file of the policy side has a name by which it is read",
    "Only `.yaml` and `.yml` are read. A deny policy in `deny.YAML` would be passed over, and forbid nothing.",
)
POLICY_INCOMPLETE = Rule(
    "policy-incomplete",
    "breakglass.yaml and identities.yaml are there and can be read",
    "Without them nobody can be told from anybody else, and no request can be judged.",
)
UNREADABLE_POLICY = Rule(
    "unreadable-policy",
    "a restriction that can't be read is taken at its strictest",
    "Losing a deny policy or a role binding would widen access. A deny policy that can't be read forbids everything; "
    "where a binding can't be read, escalations that no other binding speaks for are not offered.",
)
DUPLICATE_NAME = Rule(
    "duplicate-name",
    "a name is used once for each kind",
    "Of two documents with one name, which one counts would depend on the order of files. None of them does.",
)
INVALID_TIME = Rule(
    "invalid-time",
    "a time is RFC 3339 with its offset",
    "A time without an offset is another instant on every machine.",
)

FOUND_WHILE_READING = (
    UNKNOWN_KIND,
    SCHEMA,
    MISPLACED_DOCUMENT,
    INFORMATIONAL_KIND,
    NOT_A_FILE,
    NOT_READ,
    POLICY_INCOMPLETE,
    UNREADABLE_POLICY,
    DUPLICATE_NAME,
    INVALID_TIME,
)
