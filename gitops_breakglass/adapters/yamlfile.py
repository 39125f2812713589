"""Strict YAML: files become documents that know the line and column of each value, or findings."""

from __future__ import annotations

from itertools import islice

from gitops_breakglass.adapters.yaml_values import documents_of, is_plain_ascii
from gitops_breakglass.core.yaml.dump import dump
from gitops_breakglass.core.yaml.scalars import FORBIDDEN, name_of
from gitops_breakglass.core.yaml.stream import Stream
from gitops_breakglass.model.document import Loaded
from gitops_breakglass.model.finding import Finding, Location

__all__ = ["LARGEST", "LARGEST_OF", "LARGEST_REQUEST", "MOST_DOCUMENTS", "MOST_FINDINGS", "dump", "load"]

LARGEST_REQUEST = 64 * 1024
"""Bytes in a request file."""
LARGEST = 256 * 1024
"""Bytes in any other file: what a hostile one of this size costs is still less than a second."""
LARGEST_OF = {"identities.yaml": 512 * 1024}
"""Bytes in files that can't be split, and that cost less for their size."""
MOST_DOCUMENTS = 500
"""Documents in one file: rules compare some of them with one another."""
MOST_FINDINGS = 100
"""Findings told about one file; a hostile one could have a hundred thousand."""


def load(text: bytes, path: str, *, blob: str | None = None, single: bool = False) -> Loaded:
    """Read every document of one file. Bad content becomes findings; a document that has one is left out.

    With `single` (a request) the file holds exactly one document of at most 64 KiB, and one finding leaves nothing.
    A file that is too large, or has too many documents, is not read at all.
    Raises UsageError where PyYAML came without libyaml.
    """
    largest = LARGEST_REQUEST if single else LARGEST_OF.get(path, LARGEST)
    if len(text) > largest:
        message = f"the file has {len(text)} bytes; at most {largest} are read"
        return _refused("yaml-too-large", message, Location(path), "split it, or take out what does not belong there")
    if text.startswith(b"\xef\xbb\xbf"):
        message = "the file begins with a byte order mark"
        return _refused("yaml-encoding", message, Location(path, 1, 1), "save it as UTF-8 without a BOM")
    try:
        characters = text.decode()
    except UnicodeDecodeError as error:
        place = _place(path, text[: error.start].decode())
        return _refused("yaml-encoding", f"byte 0x{text[error.start]:02x} is no UTF-8", place, "save the file as UTF-8")
    forbidden = [] if is_plain_ascii(text) else _forbidden(characters, path)
    if not forbidden:
        # Nearly every file has nothing to be told about: then values are all that is needed at first.
        documents = documents_of(text, path, blob=blob)
        if documents is not None and len(documents) > MOST_DOCUMENTS:
            return _too_many(len(documents), path)
        if documents is not None and (not single or len(documents) == 1):
            return Loaded(documents)
    if len(forbidden) > MOST_FINDINGS:
        return Loaded((), _bounded(forbidden, path))
    stream = Stream(path, blob, escapes="\\" in characters, forbidden=forbidden)
    stream.read(text)
    if len(stream.documents) > MOST_DOCUMENTS:
        return _too_many(len(stream.documents), path)
    findings = sorted((*forbidden, *stream.findings), key=lambda each: each.location)
    if single and not findings and (len(stream.starts), len(stream.documents)) != (1, 1):
        findings = [_not_one(path, stream.starts)]
    return Loaded(() if single and findings else tuple(stream.documents), _bounded(findings, path))


def _too_many(documents: int, path: str) -> Loaded:
    message = f"the file has {documents} documents; at most {MOST_DOCUMENTS} are read"
    return _refused("yaml-too-large", message, Location(path), "split it")


def _refused(rule: str, message: str, location: Location, hint: str) -> Loaded:
    return Loaded((), (Finding(rule, message, location, hint=hint),))


def _place(path: str, before: str) -> Location:
    """Return the place of the character that `before` leads up to."""
    return Location(path, before.count("\n") + 1, len(before) - before.rfind("\n"))


def _forbidden(characters: str, path: str) -> list[Finding]:
    """Report each forbidden character of the text, in comments too, where it could mislead a reviewer."""
    hint = "take it out; the editor may not show it"
    return [
        Finding(
            "yaml-control-character",
            f"the invisible or control character {name_of(match[0])} is in the file",
            _place(path, characters[: match.start()]),
            hint=hint,
        )
        for match in islice(FORBIDDEN.finditer(characters), MOST_FINDINGS + 1)
    ]


def _not_one(path: str, starts: list[tuple[int, int]]) -> Finding:
    if len(starts) < 2:
        hint = "write the request into it, or delete the file"
        return Finding("yaml-syntax", "there is no document in this file", Location(path, 1, 1), hint=hint)
    message = f"there are {len(starts)} documents in this file; a request is exactly one"
    hint = "put each request into a file of its own, and take out `---` lines that nothing follows"
    return Finding("yaml-several-documents", message, Location(path, *starts[1]), hint=hint)


def _bounded(findings: list[Finding], path: str) -> tuple[Finding, ...]:
    if len(findings) <= MOST_FINDINGS:
        return tuple(findings)
    more = Finding("yaml-syntax", f"there are more than {MOST_FINDINGS} findings about this file", Location(path))
    return (*findings[:MOST_FINDINGS], more)
