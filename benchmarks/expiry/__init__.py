"""How long after its promised end access really ends: measured on a real API server, on good days and on bad ones."""
