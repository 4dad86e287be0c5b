"""Ports are the wanted ones or said to be taken; the others stay the same where they can."""

import socket
from dataclasses import astuple
from pathlib import Path

import pytest

from millstream_embedded.options import Options, StackError
from millstream_embedded.ports import choose_ports


@pytest.fixture
def options(tmp_path: Path) -> Options:
    (tmp_path / "run").mkdir()
    return Options(data=tmp_path, port=0)


def test_all_ports_differ_and_are_remembered(options: Options) -> None:
    """The second start finds the inner ports where the first put them."""
    first, second = choose_ports(options), choose_ports(options)
    assert len(set(astuple(first))) == 9
    assert astuple(second)[2:] == astuple(first)[2:]


def test_a_remembered_port_that_is_taken_is_replaced(options: Options) -> None:
    """Another program on an inner port is nobody's trouble."""
    taken = choose_ports(options).database
    with socket.create_server(("127.0.0.1", taken)):
        assert choose_ports(options).database != taken


def test_a_broken_memory_is_forgotten(options: Options) -> None:
    """The state file is a convenience; rubbish in it costs nothing."""
    (options.data / "run" / "state.json").write_text('{"database": 999999, "store": "x"')
    choose_ports(options)
    (options.data / "run" / "state.json").write_text('{"database": 999999, "store": "x"}')
    assert choose_ports(options).database != 999999


@pytest.mark.parametrize("flag", ["--port", "--preview-port"])
def test_a_taken_port_names_the_flag_that_helps(options: Options, flag: str) -> None:
    """The person reads which port is in use and what to type instead."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        wanted = {"--port": {"port": port}, "--preview-port": {"port": 0, "preview_port": port}}
        with pytest.raises(StackError, match=f"Port {port} is in use; .* {flag}"):
            choose_ports(Options(options.data, **wanted[flag]))


def test_a_port_beyond_the_last_is_said_not_to_exist(options: Options) -> None:
    """--port 70000 is a slip, not a traceback."""
    with pytest.raises(StackError, match="Port 70000 does not exist"):
        choose_ports(Options(options.data, port=70000))
