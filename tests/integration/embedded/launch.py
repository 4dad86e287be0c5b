"""`millstream up` with stand-ins for the services: `python launch.py DATA PORT`."""

import asyncio
import sys
from pathlib import Path

from rich.console import Console

from millstream_embedded.options import Options
from millstream_embedded.up import up

STAND_IN = (sys.executable, str(Path(__file__).with_name("stand_in.py")))

if __name__ == "__main__":
    options = Options(data=Path(sys.argv[1]), port=int(sys.argv[2]))
    sys.exit(asyncio.run(up(options, Console(width=100), entry=STAND_IN)))
