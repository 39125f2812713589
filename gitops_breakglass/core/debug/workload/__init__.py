"""Workload mode: pods of the session's own, and what stands around them."""
