"""The world: each vendor and each program is spoken to in one file here."""
