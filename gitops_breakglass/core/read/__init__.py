"""Documents become the model here, and nowhere else knows their dialects."""
