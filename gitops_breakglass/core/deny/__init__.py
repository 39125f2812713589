"""Deny policies: what they say of a request, and what of that a cluster can enforce."""
