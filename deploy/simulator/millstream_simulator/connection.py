"""Faults of the connection: late headers, a reset, and bytes that are no HTTP."""

import socket
import struct
from asyncio import Transport
from collections.abc import Mapping
from enum import StrEnum

from starlette.types import Receive

from millstream_simulator.catalogue import Fault

GARBAGE = b"\x15\x03\x03\x00\x02\x02\x28" * 20
"""TLS alerts: what a client gets that speaks HTTP to a port where something else listens."""
NO_LINGER = struct.pack("ii", 1, 0)


class Opening(StrEnum):
    """How a connection answers, before there is anything of the answer."""

    REGULAR = "regular"
    LATE = "late"
    RESET = "reset"
    GARBAGE = "garbage"


OPENINGS: Mapping[Fault, Opening] = {
    Fault.SLOW_HEADERS: Opening.LATE,
    Fault.RESET: Opening.RESET,
    Fault.GARBAGE: Opening.GARBAGE,
}


def spoil_connection(opening: Opening, receive: Receive) -> None:
    """Break the connection below HTTP: with a reset, or after some garbage."""
    transport = _transport_behind(receive)
    if opening is Opening.GARBAGE:
        transport.write(GARBAGE)
        transport.close()
        return
    # Closing a socket that may not linger sends RST instead of FIN.
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
    transport.abort()


def _transport_behind(receive: Receive) -> Transport:
    """ASGI has no way below HTTP, but uvicorn's `receive` is a method of what holds the socket."""
    transport: Transport = receive.__self__.transport  # type: ignore[attr-defined]  # see above
    return transport
