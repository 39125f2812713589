"""Where audit events come from: a log file, or the API server's webhook; `core/use` says what they mean."""
