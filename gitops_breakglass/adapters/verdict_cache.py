"""What `check` said of files before, in a file of the user's own; nothing that grants access reads it.

Whoever can write to that file is the user, or their administrator. What they win with it is a `check` on this machine
that keeps silent about a file. A merge is judged anew by whoever grants, and in CI the cache is off unless asked for.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import tempfile
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from gitops_breakglass.model.finding import Finding, Location, Severity
from gitops_breakglass.model.verdict import Verdict

FORMAT = 1
MOST_BYTES = 32 * 1024 * 1024
"""A larger file is neither written nor read; a hundred thousand requests take two thirds of it."""
MOST_REPOSITORIES = 20
"""Files that are kept in the folder, the newest."""
SETTLED = timedelta(seconds=2)
"""What was written later than this before it was read may be written again without looking any different."""


class NotUsedError(Exception):
    """The cache can't be trusted where it is; the message says why."""


class StampedFiles(Protocol):
    """Files that tell, without being read, whether they may have been written."""

    def __getitem__(self, path: str) -> bytes:
        """Read one."""
        ...

    def stamp(self, path: str) -> tuple[str, int]:
        """Return what changes with each write, and when it was last written, in nanoseconds since 1970."""
        ...


def cache_file(root: Path, home: Path) -> Path:
    """Return the file for one repository below the user's cache folder; makes the folders that lack.

    Raises NotUsedError where somebody else could write there, or the repository itself.
    """
    place = home / "gitops-breakglass" / "check"
    checkout = next((each for each in (root, *root.parents) if (each / ".git").exists()), root)
    if place.resolve().is_relative_to(checkout.resolve()):
        raise NotUsedError(f"{place} lies in the repository, where a change could write to it")
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.mkdir(mode=0o700, exist_ok=True)
        found = place.lstat()
    except OSError as error:
        raise NotUsedError(f"{place} can't be made: {error.strerror}") from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise NotUsedError(f"{place} must be a folder of your own that nobody else may enter (mode 0700)")
    return place / f"{hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:32]}.json"


def cache_home() -> Path:
    """Return the folder for caches of this user: XDG_CACHE_HOME where that is an absolute path, else `~/.cache`."""
    given = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return given if given.is_absolute() else Path.home() / ".cache"


class VerdictCache:
    """Verdicts by path, for one program and one policy side; under another, all of them are forgotten.

    A verdict is said again where the file has the same content: certain by its SHA-256, or by its stamp, which the
    system changes with each write. What git's index knows is of no use here: it describes what is stored, and not the
    bytes that lie there after filters and encodings.
    """

    def __init__(self, file: Path, files: StampedFiles, *, program: str, now: datetime) -> None:
        """`file` is where verdicts are kept, `now` (aware) the time before any of the files was read."""
        self._file = file
        self._files = files
        self._program = program
        self._settled = int((now - SETTLED).timestamp() * 1e9)
        self._policy = ""
        self._changed = False
        self._stamps: dict[str, str] = {}

    @cached_property
    def _stored(self) -> dict[str, Any]:
        """What the file has: the digests that all of it is for, and verdicts by path; empty where it is not whole."""
        try:
            return _read(self._file)
        except (OSError, ValueError, RecursionError, KeyError, TypeError):
            self._changed = True
            return {}

    @cached_property
    def _verdicts(self) -> dict[str, list[Any]]:
        stored = self._stored
        if (stored.get("format"), stored.get("program"), stored.get("policy")) != (FORMAT, self._program, self._policy):
            return {}
        verdicts = stored.get("verdicts")
        return verdicts if isinstance(verdicts, dict) else {}

    def about_policy(self, digest: str) -> Verdict | None:
        """Return what was said of the policy side with this digest."""
        self._policy = digest
        kept = _entry(self._verdicts, "")
        return _verdict("", kept) if kept and kept[0] == digest else None

    def recall(self, path: str) -> Verdict | None:
        """Return what was said of a request under this policy side. Raises UsageError where it can't be read."""
        # Before anybody reads it: a write that comes later makes another stamp.
        stamp, written = self._files.stamp(path)
        trusted = self._stamps[path] = stamp if written < self._settled else ""
        kept = _entry(self._verdicts, path)
        if kept is None:
            return None
        if stamp != kept[1]:
            if hashlib.sha256(self._files[path]).hexdigest() != kept[0]:
                return None
            if trusted:
                kept[1] = trusted
                self._changed = True
        return _verdict(path, kept)

    def remember(self, path: str, digest: str, verdict: Verdict) -> None:
        """Keep a verdict, unless it can't be written down so that the same is read back."""
        findings = [_plain(finding) for finding in verdict.findings]
        kept = [digest, self._stamps.get(path, ""), verdict.documents, findings]
        # One that is not lasting is read back as one that is.
        if _verdict(path, kept) == verdict:
            self._verdicts[path] = kept
            self._changed = True

    def close(self) -> None:
        """Write everything down, in one step, where anything is new. What can't be written is judged again next time."""
        if not self._changed:
            return
        body = self._written(self._verdicts)
        if len(body) > MOST_BYTES:
            looked_at = {path: kept for path, kept in self._verdicts.items() if not path or path in self._stamps}
            body = self._written(looked_at)
        if len(body) > MOST_BYTES:
            return
        try:
            with tempfile.NamedTemporaryFile(dir=self._file.parent, prefix=".new-", delete=False) as new:
                new.write(f"{hashlib.sha256(body).hexdigest()}\n".encode() + body)
            Path(new.name).replace(self._file)
            _forget_the_oldest(self._file.parent)
        except OSError:
            return

    def _written(self, verdicts: dict[str, list[Any]]) -> bytes:
        answer = {"format": FORMAT, "program": self._program, "policy": self._policy, "verdicts": verdicts}
        return json.dumps(answer, separators=(",", ":")).encode()


def _read(file: Path) -> dict[str, Any]:
    """Return what a file holds. Raises OSError or ValueError where it is another's, too large or not whole."""
    descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as opened:  # noqa: PTH123 - a descriptor
        found = os.fstat(opened.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
            raise ValueError("not a file of this user's own")
        checksum, _, body = opened.read(MOST_BYTES + 100).partition(b"\n")
    if len(body) > MOST_BYTES or hashlib.sha256(body).hexdigest().encode() != checksum:
        raise ValueError("not whole")
    stored = json.loads(body)
    if not isinstance(stored, dict):
        raise TypeError
    return stored


def _entry(verdicts: dict[str, Any], path: str) -> list[Any] | None:
    """Return an entry that is ours in form: SHA-256, stamp, number of documents, findings."""
    kept = verdicts.get(path)
    return kept if isinstance(kept, list) and [type(each) for each in kept] == [str, str, int, list] else None


def _verdict(path: str, kept: list[Any]) -> Verdict | None:
    """Return an entry as a verdict; None where a finding in it is none of ours in form."""
    try:
        return Verdict(tuple([_finding(path, each) for each in kept[3]]), kept[2])
    except (TypeError, ValueError, KeyError):
        return None


def _plain(finding: Finding) -> dict[str, Any]:
    place = finding.location
    return {**vars(finding), "location": [place.path, place.line, place.column], "severity": finding.severity.value}


def _finding(path: str, plain: Any) -> Finding:
    """Return a finding; one about a request may only be about that file."""
    place, line, column = plain["location"]
    if (path and place != path) or type(line) is not int or type(column) is not int:
        raise ValueError(place)
    others = {name: value for name, value in plain.items() if name != "location"}
    if not all(value is None or type(value) in {str, bool} for value in others.values()):
        raise TypeError(path)
    return Finding(**{**others, "location": Location(place, line, column), "severity": Severity(plain["severity"])})


def _forget_the_oldest(folder: Path) -> None:
    files = sorted(folder.iterdir(), key=lambda each: each.stat().st_mtime_ns, reverse=True)
    for old in files[MOST_REPOSITORIES:]:
        old.unlink(missing_ok=True)
