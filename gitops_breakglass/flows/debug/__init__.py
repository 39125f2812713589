"""What a run does for debug sessions alone: what is to be there, making it, and how it stands."""
