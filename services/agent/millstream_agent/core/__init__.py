"""Decides and returns values; all I/O goes through the ports."""
