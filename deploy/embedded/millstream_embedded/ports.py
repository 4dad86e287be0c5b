"""Which ports the stack listens on: two the caller chose, the others free and remembered."""

import errno
import json
import socket
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass

from millstream_embedded.files import write_private
from millstream_embedded.options import Folder, Options, StackError

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Ports:
    """`api` and `preview` listen on the caller's host, all others on loopback."""

    api: int
    preview: int
    broker: int
    broker_monitor: int
    database: int
    store: int
    validator: int
    agent: int
    simulator: int


INNER = ("broker", "broker_monitor", "database", "store", "validator", "agent", "simulator")


def choose_ports(options: Options) -> Ports:
    """Takes the wanted API ports and, for the rest, those of the last start if still free.

    Every port is held open until all are chosen, so no two can be the same.
    Raises StackError naming the port that is in use, before anything has been started.
    """
    remembered = _remembered(options.folder)
    with ExitStack() as held:
        api = _claim(held, options.host, options.port, "--port")
        wanted = options.preview_port
        if wanted is None:
            wanted = api + 1 if options.port else 0
        preview = _claim(held, options.host, wanted, "--preview-port")
        inner = {name: _prefer(held, remembered.get(name, 0)) for name in INNER}
    ports = Ports(api=api, preview=preview, **inner)
    write_private(options.folder.run / "state.json", json.dumps(asdict(ports), indent=2))
    return ports


def is_free(port: int) -> bool:
    """Whether a stack could listen on this loopback port now."""
    try:
        with ExitStack() as held:
            _bind(held, LOOPBACK, port)
    except OSError:
        return False
    return True


def _remembered(folder: Folder) -> Mapping[str, int]:
    with suppress(OSError, ValueError):
        state = json.loads((folder.run / "state.json").read_text())
        return {name: port for name, port in state.items() if isinstance(port, int)}
    return {}


def _claim(held: ExitStack, host: str, port: int, flag: str) -> int:
    try:
        return _bind(held, host, port)
    except PermissionError:
        raise StackError(
            f"Port {port} needs more rights than you have; choose one above 1023 with {flag}."
        ) from None
    except OverflowError:
        raise StackError(f"Port {port} does not exist; choose another with {flag}.") from None
    except OSError as error:
        if isinstance(error, socket.gaierror) or error.errno != errno.EADDRINUSE:
            raise StackError(f"Cannot listen on {host}: {error.strerror}.") from error
        raise StackError(f"Port {port} is in use; choose another with {flag}.") from error


def _prefer(held: ExitStack, port: int) -> int:
    with suppress(OSError, OverflowError):
        return _bind(held, LOOPBACK, port)
    return _bind(held, LOOPBACK, 0)


def _bind(held: ExitStack, host: str, port: int) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # SO_REUSEADDR, which create_server sets, ignores the last run's closing connections.
    server = held.enter_context(socket.create_server((host, port), family=family))
    return int(server.getsockname()[1])
