"""The exit codes of every command."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The same in every format and for every command."""

    CLEAN = 0
    BUG = 1
    USAGE = 2
    FINDINGS = 3
    CHANGES_PENDING = 4
    BRAKE = 5
    ACTIONS_FAILED = 6
    UNREACHABLE = 7
