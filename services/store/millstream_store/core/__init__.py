"""Decides and returns values; no I/O."""
