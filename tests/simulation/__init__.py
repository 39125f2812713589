"""A deterministic model of git, forge, clock and cluster in which the real flows run, are interleaved, and meet faults."""
