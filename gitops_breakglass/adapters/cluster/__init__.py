"""Clusters: an API server, and a folder of manifests that something else applies."""
