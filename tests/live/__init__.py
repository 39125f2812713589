"""What only the real services can confirm; see docs/forges.md. Run by hand: `pytest -m live`."""
