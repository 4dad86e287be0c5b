"""What the store does when it is asked or told something: read, decide, write, ring."""
