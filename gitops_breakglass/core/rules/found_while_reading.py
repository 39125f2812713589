"""The rules whose findings come from the readers: what breaks one of them can't be judged any further."""

from __future__ import annotations

from gitops_breakglass.core.rules.rule import Rule

REQUEST_PATH = Rule(
    "request-path",
    "the path of a request says its cluster and its name, and the request agrees",
    "Approvals, names of objects and the burning of names all go by the path. A request that calls itself something "
    "else would be approved as one and granted as another.",
)
MISPLACED_DOCUMENT = Rule(
    "misplaced-document",
    "a document lies where its kind is read",
    "A policy among the requests, or a request among the policies, has no effect and looks as if it had.",
)
NOT_JUDGED_YET = Rule(
    "not-judged-yet",
    "a kind or feature is known by name, and this version does not judge it",
    "What can't be judged grants nothing, and silence would look like consent: a request of such a kind fails the "
    "check, a document of the policy side gets a note.",
)
NOT_A_FILE = Rule(
    "not-a-file",
    "everything on both sides of the repository is a plain file",
    "A link would make one name mean another file's content, or a file outside of the repository.",
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
IDENTITY_NOT_UNIQUE = Rule(
    "identity-not-unique",
    "a name, account, key, address or username belongs to one person",
    "An approval is the word of a second person. Two entries that share a key would let one person be both.",
)
INVALID_KEY = Rule(
    "invalid-key",
    "a public key is one, whole",
    "Who signed is told by the key's fingerprint. A key that was cut while copying has another one.",
)
INVALID_TIME = Rule(
    "invalid-time",
    "a time is RFC 3339 with its offset",
    "A time without an offset is another instant on every machine.",
)
CLUSTER_NAME = Rule(
    "cluster-name",
    "a cluster's name does as a folder and as part of a branch",
    "Requests lie in a folder named after their cluster, and approvals of the policy side have `policy` in that place.",
)
AGGREGATED_ROLE = Rule(
    "aggregated-role",
    "a role of the policy side lists its rules",
    "What an aggregated role comes to depends on the other roles of a cluster. It is not resolved, and gives nothing.",
)

FOUND_WHILE_READING = (
    AGGREGATED_ROLE,
    CLUSTER_NAME,
    DUPLICATE_NAME,
    IDENTITY_NOT_UNIQUE,
    INVALID_KEY,
    INVALID_TIME,
    MISPLACED_DOCUMENT,
    NOT_A_FILE,
    NOT_JUDGED_YET,
    POLICY_INCOMPLETE,
    REQUEST_PATH,
    UNREADABLE_POLICY,
)
