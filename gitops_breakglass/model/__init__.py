"""The nouns: frozen values without I/O, clock or vendor types."""
