"""Debug sessions: what a request and its template come to, as values."""
