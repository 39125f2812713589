"""Templates of debug sessions: rendered with what the request says, and read as YAML that no value can break out of."""
