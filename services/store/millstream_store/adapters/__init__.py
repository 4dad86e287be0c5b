"""The only place that touches asyncpg and NATS."""
