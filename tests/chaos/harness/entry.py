"""Becomes a service, as the stack would, in a changed environment: `entry.py CHANGES SERVICE`.

CHANGES is a JSON file: service -> {"set": {variable: value}, "through": {variable: port}}, where a
URL in a variable "through" a port keeps all but its host and port: that of a proxy.
"""

import json
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from millstream_embedded.programs import ENTRY


def main() -> None:
    changes, service = Path(sys.argv[1]), sys.argv[2]
    own = json.loads(changes.read_text()).get(service, {})
    for name, port in own.get("through", {}).items():
        os.environ[name] = through(os.environ[name], port)
    os.environ.update(own.get("set", {}))
    os.execv(ENTRY[0], [*ENTRY, service])  # noqa: S606 - no shell wanted


def through(url: str, port: int) -> str:
    """The same URL with another place to connect to."""
    parts = urlsplit(url)
    user, at, _ = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user}{at}127.0.0.1:{port}").geturl()


if __name__ == "__main__":
    main()
