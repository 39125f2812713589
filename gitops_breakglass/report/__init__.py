"""Findings, plans and states become text for people and machines; nothing is decided here."""
