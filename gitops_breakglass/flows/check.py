"""Check the files of an access repository as they lie there, without credentials and without running any of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gitops_breakglass.core.validate import Schemas, validate
from gitops_breakglass.flows.load import parse_policy, parse_requests
from gitops_breakglass.model.finding import Finding, Location, in_order
from gitops_breakglass.ports import DocumentLoader

WORK_TREE = "work-tree"
"""Stands where a commit's id would: what is checked may not be committed yet."""


@dataclass(frozen=True)
class Checked:
    """What a check found, in the order in which it is told, and how much it looked at."""

    findings: tuple[Finding, ...]
    requests: int
    documents: int
    files: tuple[str, ...] = ()
    """The paths of both sides that findings were told about, if there were any."""

    @property
    def is_clean(self) -> bool:
        """Whether nothing is an error."""
        return not any(finding.is_error for finding in self.findings)


def check(
    entries: Mapping[str, bytes],
    *,
    not_files: Sequence[str] = (),
    within: Sequence[str] = (),
    loader: DocumentLoader,
    catalog: Schemas,
) -> Checked:
    """Judge the files, by path in the repository; `not_files` are links and the like that were found among them.

    The whole repository is always read, since a policy decides about other files; `within` narrows what is told to
    findings in these files and folders.
    """
    policy = parse_policy(entries, loader=loader)
    requests = parse_requests(entries, loader=loader)
    found = [*validate(policy, requests, commit=WORK_TREE, schemas=catalog).findings, *map(_not_a_file, not_files)]
    told = [finding for finding in found if not within or _is_within(finding.location.path, within)]
    files = [file.path for file in (*policy, *requests) if not within or _is_within(file.path, within)]
    return Checked(in_order(told), len(requests), sum(len(file.documents) for file in policy), tuple(files))


def _not_a_file(path: str) -> Finding:
    return Finding(
        "not-a-file",
        "this is no plain file, so nothing is read through it",
        Location(path),
        hint="replace the link by the file itself",
    )


def _is_within(path: str, places: Sequence[str]) -> bool:
    return any(place in {"", path} or path.startswith(f"{place}/") for place in places)
