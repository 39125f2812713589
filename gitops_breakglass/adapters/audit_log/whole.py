"""Reads files of an audit log from beginning to end, as they lie there, for whoever asks afterwards."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from gitops_breakglass.adapters.audit_log.file import LONGEST_LINE
from gitops_breakglass.model.errors import UsageError

_GZIP = b"\x1f\x8b"


def whole(files: Sequence[Path]) -> Iterator[bytes]:
    """Yield the lines of plain and of compressed files; of one that is far too long pieces, which are no events.

    Raises UsageError where a file can't be read to its end.
    """
    for file in files:
        try:
            with file.open("rb") as plain:
                is_packed = plain.read(len(_GZIP)) == _GZIP
            with gzip.open(file) if is_packed else file.open("rb") as opened:
                yield from iter(partial(opened.readline, LONGEST_LINE), b"")
        except (OSError, EOFError, zlib.error) as error:
            said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise UsageError(
                f"the audit log {file} can't be read: {said}", hint="is it whole, and yours to read?"
            ) from None
