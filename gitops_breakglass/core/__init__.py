"""The verbs: pure functions over the nouns, without I/O or clock."""
