"""A real Kubernetes API server, a small kubelet and users for the tests."""
