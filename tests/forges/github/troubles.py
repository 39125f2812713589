"""Faults that only GitHub has, for `world.faults.add(route, …)`; the others are in tests/forges/faults.py."""

from tests.forges.faults import status

DOCS = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api"


def secondary_limit(retry_after=60):
    """Too many requests at once: nothing to do with what the token has left."""
    said = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
            "documentation_url": f"{DOCS}#about-secondary-rate-limits"}  # fmt: skip
    return status(403, said, Retry_After=retry_after)
