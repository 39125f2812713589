"""Tests on a real API server: everything here makes real calls and asks whether they went through."""
