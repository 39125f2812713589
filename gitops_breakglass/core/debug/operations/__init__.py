"""kubectl-debug mode: what is done once to pods and nodes that are there.

`objects.py` is the one way in. It holds each operation (`asked.py`) against its template (`terms.py`) by `checks.py`, where `image.py`
and `places.py` help, and against the cluster by `live.py`; then `ephemeral.py`, `pod_copy.py` (with `keeping.py`) and `node.py` render it.
"""
