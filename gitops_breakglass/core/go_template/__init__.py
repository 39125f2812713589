"""Go's text templates, as far as docs/deny-policies.md says: read once, rendered with data, bounded in work."""
