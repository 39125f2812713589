"""How notices leave: as a request to a webhook, or as mail."""
