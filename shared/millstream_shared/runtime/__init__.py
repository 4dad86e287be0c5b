"""The only NATS plumbing, and what every process needs: settings, health, logs."""
