"""Making a new access repository."""
