"""Users that have a token: the API server reads the file once, so they're known ahead."""

from __future__ import annotations

from pathlib import Path

ADMIN = "test-admin"
MORE_TOKENS = "more-tokens.csv"
"""A file beside the server's that somebody may have put there before it starts: lines for users of their own."""
_MASTERS = "system:masters"

TOKEN_USERS = tuple(
    f"{name}@example.com"
    for name in (
        "alice",
        "ben",
        "carol",
        "dana",
        "erin",
        "frank",
        "grace",
        "heidi",
        "ivan",
        "judy",
        "mallory",
        "automation-bot",
        "reconciler-bot",
        "sweeper-bot",
    )
)


def user_token(name: str) -> str:
    """Return the token of one of `TOKEN_USERS`: no secret, as it is good on a throwaway server on loopback only."""
    return f"{name.partition('@')[0]}-token"


def token_lines(masters: dict[str, str], more: Path | None = None) -> str:
    """Return the token file: user name to token of those who may do everything, then the users without any group.

    The lines of the file `more` come last, where there is one.
    """
    lines = [f'{token},{name},{name},"{_MASTERS}"' for name, token in masters.items()]
    lines += [f"{user_token(name)},{name},{name}" for name in TOKEN_USERS]
    lines += more.read_text().splitlines() if more is not None and more.exists() else []
    return "\n".join(lines) + "\n"
