"""Waits for what an API server does a moment later."""

from __future__ import annotations

import time
from collections.abc import Callable


def becomes(code: int, call: Callable[[], int]) -> None:
    """Wait a moment: the authorizer sees roles and bindings by a watch of its own."""
    deadline = time.monotonic() + 5
    while (got := call()) != code:
        assert time.monotonic() < deadline, got
        time.sleep(0.05)
