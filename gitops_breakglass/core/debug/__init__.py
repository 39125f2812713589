"""Debug sessions: what a request and its template come to, and what of that is there, all as values.

Read in this order:

- `offer.py`: what a template offers one request on its cluster, by the binding that is for both (`bindings.py`) and the
  stricter of their terms (`narrowing.py`, `pod_operations.py`, `people.py`), with what the request chooses (`choices.py`).
- `session.py`: the whole session, rendered from that and from what was seen on the cluster (`parts.py`): `workload/` makes
  pods of its own, `operations/` what is done once to pods and nodes that are there, and `text/` fills in templates for the
  first. `namespaces.py` says where it may be.
- `statement.py`: the session in the signed decision, and back. `rights.py`: the most that it can come to hold on pods, and what
  it holds on those that are there. `risk.py`: what reviewers are told of its pods.
- `now.py`: what is to be on the cluster at one time: the objects with our marks (`marked_objects.py`), the pods that are the
  session's (`pods.py`), and the containers that are still to be added.
- `readiness.py`, `done.py`: what is not ready yet, and what was done and is never done again. What the policy side of today
  leaves of it is in `core/authorize/lasting.py`.
- `needs.py`: the most that the templates of a policy side can come to make on a cluster, for `install` and `doctor`.

The rules that `check` tells are in `core/rules/debug/`; those of operations, and those that render a sample, ask the modules here.
"""
