"""Workload mode: pods of the session's own, and what stands around them.

`objects.py` is the one way in and calls the others in their order: `texts.py` and `base.py` (with `text_pod.py`) give the pod as
it is written, `pod.py` and `scheduling.py` what it comes to, `resources.py`, `limits.py` and `network.py` its bounds, and
`auxiliary.py` and `aside.py` what is made beside it. What there is to say is gathered in a `told.Told`, with the place.
"""
