"""Why nothing could be sent, in words of the system's: never the other side's, which may be anything."""

from __future__ import annotations

import ssl


def reason_of(error: Exception) -> str:
    """Return what went wrong with a connection, in a few words without a secret."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, TimeoutError):
        return "it took too long"
    return getattr(error, "strerror", None) or type(error).__name__
