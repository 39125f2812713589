"""The order of steps: flows are handed ports, and hold no decisions and no vendor's names."""
