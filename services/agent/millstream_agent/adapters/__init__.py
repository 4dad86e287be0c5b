"""The only place that touches openai and NATS."""
