"""YAML as text: what readers take a plain scalar for, and how data is written so that all of them read the same."""
