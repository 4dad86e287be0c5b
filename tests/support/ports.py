"""Loopback ports for servers that tests start."""

import random
import socket

BELOW_EPHEMERAL = range(20_000, 32_000)
"""Linux gives connections ports from 32768 on: one of those may be taken a moment later."""


def free_port() -> int:
    """A port that nobody listens on, nor on the next one, where a stack puts its previews."""
    while True:
        port = random.choice(BELOW_EPHEMERAL)  # noqa: S311 - spreads, guards nothing
        if _is_free(port) and _is_free(port + 1):
            return port


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
