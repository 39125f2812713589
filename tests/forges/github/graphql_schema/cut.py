"""Cuts GitHub's GraphQL schema down to the types, fields and arguments that the fake answers.

npm pack @octokit/graphql-schema@15.26.1
python -m tests.forges.github.graphql_schema.cut octokit-graphql-schema-15.26.1.tgz
"""

import dataclasses
import hashlib
import json
import sys
import tarfile
from pathlib import Path

from graphql import parse, print_ast
from graphql.language import ast

FOLDER = Path(__file__).parent
MEMBER = "package/schema.graphql"

PAGE = "nodes totalCount pageInfo"
KEPT = {
    "Query": "repository rateLimit viewer",
    "Repository": "id databaseId nameWithOwner pullRequest object",
    "GitObject": "id oid",
    "Commit": "id oid message associatedPullRequests author authors committer parents signature",
    "CommitConnection": PAGE,
    "GitActor": "name email date user",
    "GitActorConnection": PAGE,
    "GitSignature": "isValid state signer",
    "GpgSignature": "isValid state signer",
    "Actor": "login",
    "User": "id databaseId login",
    "Bot": "id databaseId login",
    "PullRequest": (
        "id databaseId number title body url state createdAt closedAt merged mergedAt mergedBy mergeCommit author editor"
        " lastEditedAt baseRefName headRefName headRefOid headRepository isCrossRepository reviews commits files"
        " timelineItems userContentEdits"
    ),
    "PullRequestConnection": PAGE,
    "PullRequestReview": (
        "id fullDatabaseId state body submittedAt lastEditedAt createdViaEmail editor author commit onBehalfOf"
        " userContentEdits"
    ),
    "PullRequestReviewConnection": PAGE,
    "PullRequestCommit": "id commit",
    "PullRequestCommitConnection": PAGE,
    "PullRequestChangedFile": "path changeType additions deletions",
    "PullRequestChangedFileConnection": PAGE,
    "PullRequestTimelineItemsConnection": PAGE,
    "UserContentEdit": "id editedAt editor",
    "UserContentEditConnection": PAGE,
    "Team": "id databaseId slug",
    "TeamConnection": PAGE,
    "PageInfo": "endCursor hasNextPage",
    "RateLimit": "cost limit remaining resetAt used",
    "BaseRefChangedEvent": "id actor createdAt previousRefName currentRefName",
    "AutomaticBaseChangeSucceededEvent": "id actor createdAt oldBase newBase",
    "HeadRefForcePushedEvent": "id actor createdAt beforeCommit afterCommit",
    "ReviewDismissedEvent": "id actor createdAt dismissalMessage previousReviewState",
    "MergedEvent": "id actor createdAt commit mergeRefName",
    "ClosedEvent": "id actor createdAt",
    "ReopenedEvent": "id actor createdAt",
    "AddedToMergeQueueEvent": "id actor createdAt",
}
EVENTS = [name for name in KEPT if name.endswith("Event")]
WHOLE = {"GitSignatureState", "PatchStatus", "PullRequestReviewState", "PullRequestState",
         "BigInt", "DateTime", "GitObjectID", "GitTimestamp", "URI"}  # fmt: skip
VALUES = {
    "PullRequestTimelineItemsItemType": {
        "BASE_REF_CHANGED_EVENT", "AUTOMATIC_BASE_CHANGE_SUCCEEDED_EVENT", "HEAD_REF_FORCE_PUSHED_EVENT",
        "REVIEW_DISMISSED_EVENT", "MERGED_EVENT", "CLOSED_EVENT", "REOPENED_EVENT", "ADDED_TO_MERGE_QUEUE_EVENT",
    },
}  # fmt: skip
ARGUMENTS = {"first", "after", "owner", "name", "number", "oid", "expression", "itemTypes"}


def cut(text):
    """The schema's text, in the order of the whole one's."""
    return "\n\n".join(
        print_ast(small) for each in parse(text, no_location=True).definitions if (small := lean(each)) is not None
    )


def lean(node):
    """A definition with what is kept of it; None for none."""
    name = getattr(node, "name", None) and node.name.value
    if name in VALUES or (name in WHOLE and isinstance(node, ast.EnumTypeDefinitionNode)):
        wanted = VALUES.get(name, {each.name.value for each in node.values})
        return plain(node, values=tuple(plain(each) for each in node.values if each.name.value in wanted))
    if name == "PullRequestTimelineItems":
        return plain(node, types=tuple(each for each in node.types if each.name.value in EVENTS))
    if name in WHOLE:
        return plain(node)
    if name not in KEPT:
        return None
    fields = {}
    for each in node.fields:
        if each.name.value in KEPT[name].split():
            given = tuple(plain(one) for one in each.arguments or () if one.name.value in ARGUMENTS)
            fields.setdefault(each.name.value, plain(each, arguments=given))
    assert set(fields) == set(KEPT[name].split()), f"{name} lacks {set(KEPT[name].split()) - set(fields)}"
    above = tuple(each for each in node.interfaces or () if each.name.value in KEPT)
    return plain(node, fields=tuple(fields.values()), interfaces=above)


def plain(node, **changed):
    """Without its description and its directives."""
    return dataclasses.replace(node, description=None, directives=(), **changed)


def main(package):
    data = Path(package).read_bytes()
    with tarfile.open(package) as archive:
        text = archive.extractfile(MEMBER).read().decode()
        version = json.load(archive.extractfile("package/package.json"))
    (FOLDER / "github.graphql").write_text(cut(text) + "\n", encoding="utf-8")
    origin = {"package": version["name"], "version": version["version"], "license": version["license"],
              "sha512": hashlib.sha512(data).hexdigest(), "member": MEMBER}  # fmt: skip
    (FOLDER / "origin.json").write_text(json.dumps(origin, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
