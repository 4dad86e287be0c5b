"""Events in: what the agents ask for, and what the broker gave up delivering."""
