"""The generated files mean what they should to the programs that read them."""

import json
import re
from pathlib import Path

import pytest
from supervisor.options import ServerOptions  # type: ignore[import-untyped]  # has no types

from millstream_embedded.broker import broker_config
from millstream_embedded.credentials import Credentials, credentials_of
from millstream_embedded.options import Folder, Options, StackError
from millstream_embedded.ports import Ports
from millstream_embedded.programs import Program
from millstream_embedded.supervisord import write_supervisord

PORTS = Ports(8080, 8081, 3, 4, 5, 6, 7, 8, 9)
HARD = """it's "100%" ; # %(here)s\nnext line"""


async def ready() -> bool:
    return True


def test_supervisord_reads_back_what_was_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Percent signs in a path survive; command and environment never pass its parser."""
    folder = Folder(tmp_path / "100% %(here)s ;#")
    folder.run.mkdir(parents=True)
    folder.logs.mkdir()
    program = Program("store", ("store", HARD), {"VALUE": HARD}, ready, stop_signal="INT")
    write_supervisord(folder, tmp_path / "100%(x)s.sock", [program])

    # Supervisord runs in the run folder, and so resolves its relative paths there.
    monkeypatch.chdir(folder.run)
    options = ServerOptions()
    options.realize(["--configuration", "supervisord.conf"])
    (group,) = options.process_group_configs
    (config,) = group.process_configs
    assert Path(config.stdout_logfile).resolve() == folder.log("store")
    assert (config.autostart, config.stopwaitsecs, config.stopsignal) == (False, 20, 2)
    assert options.server_configs[0]["file"] == str(tmp_path / "100%(x)s.sock")
    launch = json.loads((folder.run / "launches/store.json").read_text())
    assert launch["command"] == ["store", HARD]
    assert launch["environment"] == {"VALUE": HARD}
    assert (folder.run / "supervisord.conf").stat().st_mode & 0o777 == 0o600


def test_the_broker_listens_on_loopback_and_asks_for_a_password(tmp_path: Path) -> None:
    """Nothing of the broker is reachable from outside, and it syncs every second."""
    credentials = Credentials()
    config = json.loads(broker_config(Folder(tmp_path), PORTS, credentials))
    assert {config["listen"], config["http"]} == {"127.0.0.1:3", "127.0.0.1:4"}
    assert config["authorization"]["password"] == credentials.nats
    assert config["jetstream"]["sync_interval"] == "1s"


def test_secrets_are_made_once(tmp_path: Path) -> None:
    """The second start has the same keys, in a file only its owner can read."""
    first = credentials_of(Folder(tmp_path))
    assert re.fullmatch(r"ms_dev_[A-Za-z0-9_-]{43}", first.api_key)
    assert credentials_of(Folder(tmp_path)) == first
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert first.api_key not in repr(first)


def test_broken_secrets_are_refused_not_replaced(tmp_path: Path) -> None:
    """New passwords would lock the old data away."""
    (tmp_path / "secrets.json").write_text("{")
    with pytest.raises(StackError, match=r"secrets\.json cannot be read"):
        credentials_of(Folder(tmp_path))


@pytest.mark.parametrize(
    ("host", "reachable"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),  # noqa: S104  compared, not bound
        ("::", "[::1]"),
        ("box", "box"),
    ],
)
def test_a_wildcard_host_is_reached_by_loopback(host: str, reachable: str) -> None:
    """The printed URL is one that can be opened."""
    assert Options(Path(), host=host).reachable_host == reachable
