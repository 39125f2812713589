"""Strict YAML, as text: what a plain scalar means, how data is written, and what a stream of documents holds, with places."""
