"""The only place that touches the sandbox, the disk and NATS."""
