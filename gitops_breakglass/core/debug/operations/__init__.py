"""kubectl-debug mode: what is done once to pods and nodes that are there."""
