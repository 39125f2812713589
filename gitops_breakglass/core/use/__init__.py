"""What a grant was used for, by the calls that the API server's audit log tells of.

Read in this order: `events.py`, what one event says; `tally.py`, what many come to for one request; `coverage.py`, how far
the log is proved to be whole; `needed.py`, the rules that would have done.
"""
