"""Runs `up` with a real broker, a real database and stand-ins for the services."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from millstream_embedded.environment import PROVIDER_SWITCHES
from tests.support.ports import free_port

LAUNCH = Path(__file__).with_name("launch.py")


def alive(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


class Up:
    """One `millstream up`. `children` are all processes it had when last looked at."""

    def __init__(self, data: Path, port: int, environment: dict[str, str]) -> None:
        self.data = data
        self.children: list[psutil.Process] = []
        caller = {
            name: value for name, value in os.environ.items() if name not in PROVIDER_SWITCHES
        }
        self._screen = data.with_suffix(".screen")
        with self._screen.open("w") as screen:
            self.process = subprocess.Popen(
                (sys.executable, str(LAUNCH), str(data), str(port)),
                env={**caller, "TMPDIR": str(data.parent), **environment},
                stdout=screen,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def screen(self) -> str:
        return self._screen.read_text()

    def facts(self) -> dict[str, str]:
        lines = (self.data / "dev.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def wait_until_ready(self) -> "Up":
        self.wait_for(lambda: "Ctrl-C" in self.screen or self.process.poll() is not None)
        assert self.process.poll() is None, self.screen
        self.children = psutil.Process(self.process.pid).children(recursive=True)
        return self

    def wait_for(self, condition: Callable[[], bool], seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, self.screen
            time.sleep(0.05)

    def wait_to_say(self, text: str) -> None:
        self.wait_for(lambda: text in self.screen)

    def ends(self, seconds: float = 30) -> int:
        return self.process.wait(seconds)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.ends()

    def survivors(self, seconds: float = 3) -> list[psutil.Process]:
        """The children that still run after so many seconds; a zombie waits only for init."""
        return [p for p in psutil.wait_procs(self.children, seconds)[1] if alive(p)]

    def child(self, words: str) -> psutil.Process:
        """The direct child of supervisord whose command line contains the words."""
        (supervisord,) = psutil.Process(self.process.pid).children()
        (child,) = (p for p in supervisord.children() if words in " ".join(p.cmdline()))
        return child

    def supervisord(self) -> psutil.Process:
        (supervisord,) = psutil.Process(self.process.pid).children()
        return supervisord


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Up]]:
    """Starts `up` on a data folder below `tmp_path`; ends whatever the test leaves running."""
    begun: list[Up] = []

    def start(name: str = "data", port: int = 0, **environment: str) -> Up:
        up = Up(tmp_path / name, port or free_port(), environment)
        begun.append(up)
        return up

    yield start
    for up in begun:
        with suppress(subprocess.TimeoutExpired):
            if up.process.poll() is None:
                up.stop()
        up.process.kill()
        up.process.wait()
