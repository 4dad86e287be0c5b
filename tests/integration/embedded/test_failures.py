"""What dies comes back or is explained; what is killed leaves nothing in the way."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console

from millstream_embedded.child import PARENT, Launch
from millstream_embedded.leftovers import remove_files
from millstream_embedded.options import Folder
from millstream_embedded.programs import Program
from millstream_embedded.sequence import running_programs
from millstream_embedded.terminal import Terminal

Start = Callable[..., Any]


def test_a_dead_child_is_restarted_and_said_so(start: Start) -> None:
    """The name, the manner of death and the restart are on the terminal; then it is ready."""
    up = start().wait_until_ready()
    for words, name in (("stand_in.py agent", "agent"), ("bin/postgres", "database")):
        child = up.child(words)
        child.send_signal(signal.SIGKILL)
        up.wait_to_say(f"The {name} died (terminated by SIGKILL); restart 1.")
        up.wait_to_say(f"The {name} is ready again after restart 1.")
        assert up.child(words).pid != child.pid


def test_a_crash_loop_slows_down_and_never_ends(start: Start) -> None:
    """Each try waits longer than the one before, and each is said with its log."""
    up = start(MILLSTREAM_STORE_STAND_IN="loop").wait_until_ready()
    up.child("stand_in.py store").kill()
    up.wait_to_say("The store died (exit status 3); restart 3.")
    assert f"Its log: {up.data / 'logs' / 'store.log'}" in up.screen
    assert "restart 4" not in up.screen
    assert up.stop() == 0


async def test_supervisord_giving_up_is_said_and_is_not_the_end(tmp_path: Path) -> None:
    """After its last retry the program is left alone for the pause, then tried again."""
    screen, folder = StringIO(), Folder(tmp_path)
    folder.run.mkdir()
    folder.logs.mkdir()
    born = tmp_path / "born"
    script = f"test -e {born} && exit 3; touch {born}; sleep 1; exit 4"

    async def ready() -> bool:
        return born.exists()

    flaky = Program("flaky", ("/bin/sh", "-c", script), {}, ready, retries=1)
    terminal = Terminal(Console(file=screen, width=100), quiet=True)
    running = running_programs(folder, (flaky,), {"PATH": "/bin"}, terminal, pause=0.5)
    async with running, asyncio.timeout(20):
        while "restart 3" not in screen.getvalue():  # noqa: ASYNC110  nobody sets an event
            await asyncio.sleep(0.1)
    remove_files(folder)
    assert "The flaky keeps dying. The next try is in" in screen.getvalue()


def test_a_failing_start_shows_the_end_of_the_log(start: Start) -> None:
    """The reason is on the terminal, the log is named, everything is stopped again."""
    up = start(MILLSTREAM_VALIDATOR_STAND_IN="crash")
    assert up.ends() == 1
    assert "The validator died while starting (exit status 3)" in up.screen
    assert str(up.data / "logs" / "validator.log") in up.screen
    assert "no [reason] at all" in up.screen
    assert not (up.data / "dev.env").exists()
    assert "stopped: broker" in (up.data / "logs" / "supervisord.log").read_text()


def test_a_signal_while_starting_stops_everything(start: Start) -> None:
    """Ctrl-C need not wait for a start to finish."""
    up = start()
    up.wait_to_say("database   ready")
    up.children = psutil.Process(up.process.pid).children(recursive=True)
    assert up.stop(signal.SIGINT) == 0
    assert up.survivors(0.5) == []


def test_kill_9_leaves_nothing_that_blocks_the_next_start(start: Start) -> None:
    """All processes die with `up`, and the same folder and port start again at once."""
    up = start().wait_until_ready()
    port = int(up.facts()["MILLSTREAM_URL"].rsplit(":", 1)[1])
    up.process.kill()
    assert up.ends() == -signal.SIGKILL
    assert up.survivors() == []
    (up.data / "dev.env").write_text("MILLSTREAM_URL=stale\n")

    again = start(port=port).wait_until_ready()
    assert again.facts()["MILLSTREAM_URL"].endswith(f":{port}")
    assert again.stop() == 0


def test_kill_9_of_supervisord_ends_the_stack_and_says_so(start: Start) -> None:
    """Without supervision nothing goes on unseen: all parts die, `up` exits with 1."""
    up = start().wait_until_ready()
    up.supervisord().kill()
    assert up.ends() == 1
    assert "supervisord was killed, and all parts with it" in up.screen
    assert up.survivors() == []


def test_a_child_whose_parent_is_gone_does_not_start(tmp_path: Path) -> None:
    """An orphan born a moment too late must not take the next stack's ports."""
    launch, mark = tmp_path / "launch.json", tmp_path / "mark"
    launch.write_text(Launch(("/usr/bin/touch", str(mark))).to_json())
    command = (sys.executable, "-m", "millstream_embedded.child", str(launch))
    subprocess.run(command, env={PARENT: "1"}, check=True)
    assert not mark.exists()
