"""What honest tools do still works behind the walls."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.security.sandbox.conftest import Cell

WORKERS = """
const {Worker} = require('worker_threads');
for (let i = 0; i < 4; i++) new Worker('console.log("up")', {eval: true});
"""
OWN_SERVER = """
const server = require('http').createServer((_, answer) => answer.end('hello'));
server.listen(0, '127.0.0.1', async () => {
  const answer = await fetch('http://localhost:' + server.address().port);
  console.log(await answer.text());
  server.close();
});
"""
CHILDREN = """
const {execFileSync, fork} = require('child_process');
console.log(execFileSync('/bin/sh', ['-c', 'echo child']).toString().trim());
console.log(os.userInfo().username, os.homedir(), process.cwd());
require('fs').writeFileSync('/dev/stdout', 'to a device');
"""


async def test_worker_threads(cell: "Cell") -> None:
    """Node reserves much memory for a worker; four of them fit."""
    outcome = await cell.node(WORKERS)
    assert (outcome.exit_code, outcome.stdout.split()) == (0, ["up"] * 4), outcome.stderr


async def test_a_server_of_ones_own(cell: "Cell") -> None:
    """A job may talk to itself."""
    outcome = await cell.node(OWN_SERVER)
    assert (outcome.exit_code, outcome.stdout) == (0, "hello\n"), outcome.stderr


async def test_children_names_and_devices(cell: "Cell") -> None:
    """Programs start others, learn who and where they are, and write to /dev/stdout."""
    outcome = await cell.node(CHILDREN)
    said = "child\nsandbox /home/sandbox /app/project\nto a device"
    assert (outcome.exit_code, outcome.stdout) == (0, said), outcome.stderr


async def test_outcomes_are_told_apart(cell: "Cell") -> None:
    """Exit codes, signals and missing programs read as in a shell."""
    assert (await cell.sh("exit 7")).exit_code == 7
    assert (await cell.sh("kill -TERM $$")).exit_code == 128 + 15
    assert (await cell.run("no-such-program")).exit_code == 127
    both = await cell.sh("echo out; echo err >&2; printf '\\377'")
    assert (both.stdout, both.stderr) == ("out\n\ufffd", "err\n")
