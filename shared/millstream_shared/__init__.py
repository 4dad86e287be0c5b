"""What the services share: the contracts between them and the plumbing that carries them."""
