"""Files of an access repository, from wherever they were read, become its policy side and its requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gitops_breakglass.core.read.kinds import is_policy_path
from gitops_breakglass.core.validate import ParsedFile, Schemas, validate_policy, validate_request
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import Request

if TYPE_CHECKING:
    from gitops_breakglass.ports import DocumentLoader


def load_policy(
    entries: Mapping[str, bytes], *, commit: str, loader: DocumentLoader, catalog: Schemas
) -> tuple[PolicySide | None, tuple[Finding, ...]]:
    """Read the policy side out of the files of one commit, by path; files of other sorts among them are passed over.

    None where there is no readable `breakglass.yaml` or `identities.yaml`: then nothing can be judged. Errors beside a
    policy side are about parts of it that were left out.
    """
    read = validate_policy(parse_policy(entries, loader=loader), commit=commit, schemas=catalog)
    return read.value, read.findings


def load_request(
    path: str, content: bytes, *, blob: str | None, loader: DocumentLoader, catalog: Schemas
) -> tuple[Request | None, tuple[Finding, ...]]:
    """Read one request file; None where anything about it is an error.

    What the rules say of it by a policy side is `core.validate.judge`.
    """
    read = validate_request(parse_request(path, content, blob=blob, loader=loader), schemas=catalog)
    return read.value, read.findings


def parse_policy(entries: Mapping[str, bytes], *, loader: DocumentLoader) -> tuple[ParsedFile, ...]:
    """Parse the files of the policy side, in the order of their paths."""
    return tuple(_parse(path, entries[path], loader=loader) for path in sorted(entries) if is_policy_path(path))


def parse_files(entries: Mapping[str, bytes], *, loader: DocumentLoader) -> tuple[ParsedFile, ...]:
    """Parse files whatever they are called, in the order of their paths."""
    return tuple(_parse(path, entries[path], loader=loader) for path in sorted(entries))


def parse_request(path: str, content: bytes, *, blob: str | None, loader: DocumentLoader) -> ParsedFile:
    """Parse one request file."""
    loaded = loader(content, path, blob=blob, single=True)
    return ParsedFile(path, content, loaded.documents, loaded.findings)


def _parse(path: str, content: bytes, *, loader: DocumentLoader) -> ParsedFile:
    loaded = loader(content, path)
    return ParsedFile(path, content, loaded.documents, loaded.findings)
