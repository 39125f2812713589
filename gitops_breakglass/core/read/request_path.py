"""Where request files are: the path says which cluster, and what the request is called."""

from __future__ import annotations

import re

from gitops_breakglass.core.read.kinds import REQUESTS
from gitops_breakglass.core.read.reading import Read, Reading
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.finding import Finding, Location
from gitops_breakglass.model.request import RequestId

CLUSTER_NAME = re.compile(r"\A[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
REQUEST_NAME = re.compile(r"\A[a-z0-9](?:[a-z0-9-]{0,50}[a-z0-9])?\Z")
RESERVED_CLUSTERS = frozenset({"policy"})
"""`policy` stands where a cluster's name would, in the names of approvals of the policy side."""

_HINT = (
    "requests/<cluster>/<name>.yaml, in lower-case ASCII letters, digits and dashes; the name at most 52 characters, "
    "since names of objects are made from it"
)


def read_path(path: str) -> Read[RequestId]:
    """Return which request a path is for."""
    parts = path.split("/")
    if len(parts) == 3 and f"{parts[0]}/" == REQUESTS and parts[2].endswith(".yaml"):
        found = RequestId(parts[1], parts[2].removesuffix(".yaml"))
        if (
            CLUSTER_NAME.match(found.cluster)
            and found.cluster not in RESERVED_CLUSTERS
            and REQUEST_NAME.match(found.name)
        ):
            return Read(found)
    return Read(
        None, (Finding("request-path", "a request can't be in a file of this name", Location(path), hint=_HINT),)
    )


def agrees(document: Document, request: RequestId) -> tuple[Finding, ...]:
    """Say where the document calls itself something else than its path does."""
    findings = []
    if document.name != request.name:
        findings.append(
            Finding(
                "request-path",
                f"the file is called {request.name}, the request {document.name or 'nothing'}",
                document.at("metadata", "name"),
                hint=f"write `name: {request.name}`, or give the file the other name",
            )
        )
    for field in ("cluster", "clusterConfigRef"):
        cluster = Reading(document).text("spec", field)
        if cluster not in (None, request.cluster):
            findings.append(
                Finding(
                    "request-path",
                    f"the file is for cluster {request.cluster}, the request for {cluster}",
                    document.at("spec", field),
                    hint=f"write `{field}: {request.cluster}`, leave it out, or move the file: the folder says which cluster",
                )
            )
    return tuple(findings)
