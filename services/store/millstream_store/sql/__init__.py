"""The store's statements, and a session to run them in."""
