"""Which program this is, down to its last byte, so that no verdict of another one is taken for its own."""

from __future__ import annotations

import hashlib
import os
import sys
from importlib.util import find_spec
from pathlib import Path

from gitops_breakglass.adapters.bundled import folder

_PACKAGE = Path(__file__).parents[1]
_DECIDING = ("yaml", "jsonschema_rs", "cronsim")
"""Packages of others that a verdict depends on."""


def program_digest(package: Path = _PACKAGE) -> str:
    """Return a SHA-256, in hexadecimal, that differs where code, schemas, policies, Python or a package does.

    Our own files count by their content; packages of others by the names, sizes and times of theirs, which installing
    another version changes.
    """
    digest = hashlib.sha256(sys.version.encode())
    for place, pattern in (
        (package, "*.py"),
        (folder("schemas", package), "*.json"),
        (folder("policies", package), "*"),
    ):
        for path in sorted(place.rglob(pattern)):
            if path.is_file():
                content = path.read_bytes()
                digest.update(f"{path.relative_to(place)} {len(content)} ".encode())
                digest.update(content)
    for name in _DECIDING:
        spec = find_spec(name)
        for location in sorted((spec and spec.submodule_search_locations) or ()):
            with os.scandir(location) as entries:
                found = sorted((each.name, each.stat()) for each in entries if each.is_file())
            digest.update(repr([(name, stat.st_size, stat.st_mtime_ns) for name, stat in found]).encode())
    return digest.hexdigest()
