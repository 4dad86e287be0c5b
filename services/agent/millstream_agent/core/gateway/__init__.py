"""The model gateway's decisions: whom to ask, what a failure means, what an answer cost."""
