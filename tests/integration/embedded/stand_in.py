"""A stand-in for any service: answers /readyz on its port and does as its settings say.

`python stand_in.py NAME`. MILLSTREAM_<NAME>_STAND_IN chooses: `crash` ends at once with status 3,
`loop` starts once and then always ends at once, `deaf` ignores SIGTERM. GET /environment answers
with its environment. SIGTERM ends it with status 0, leaving a line in its log.
"""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType

NAME = sys.argv[1]
PREFIX = f"MILLSTREAM_{NAME.upper()}_"
MODE = os.environ.get(f"{PREFIX}STAND_IN", "")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path in ("/readyz", "/environment") else 404)
        self.end_headers()
        self.wfile.write(json.dumps(dict(os.environ)).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base's name
        """Says nothing."""


def stop(number: int, frame: FrameType | None) -> None:
    print(f"{NAME} drained", flush=True)  # noqa: T201  this is its log
    os._exit(0)


def misbehave() -> None:
    """Ends the process with status 3 if its settings ask for that now."""
    born = Path(os.environ["TMPDIR"]) / f"{NAME}.born"
    if MODE == "crash" or (MODE == "loop" and born.exists()):
        print("no [reason] at all", flush=True)  # noqa: T201  this is its log
        sys.exit(3)
    born.touch()


if __name__ == "__main__":
    if MODE:
        misbehave()
    signal.signal(signal.SIGTERM, signal.SIG_IGN if MODE == "deaf" else stop)
    address = ("127.0.0.1", int(os.environ[f"{PREFIX}PORT"]))
    ThreadingHTTPServer(address, Handler).serve_forever()
