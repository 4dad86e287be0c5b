"""Millstream on one machine: the command line, and the stack it starts."""
