"""Attacks that would eat the machine: each must meet its limit."""

import asyncio
from typing import TYPE_CHECKING

from millstream_validator.core.sandbox import MIB, Limits, StoppedBy

if TYPE_CHECKING:
    from tests.security.sandbox.conftest import Cell

SMALL = Limits(wall_seconds=20, memory_bytes=256 * MIB, data_bytes=192 * MIB, disk_bytes=20 * MIB)
FORK_ALL = "my $n = 0; while (defined(my $pid = fork)) { if (!$pid) { sleep 9; exit } $n++ } "


async def test_fork_bomb_is_bounded(cell: "Cell") -> None:
    """One process forking as often as it can gets less than its 64 processes."""
    outcome = await cell.perl(FORK_ALL + "print $n")
    assert outcome.exit_code == 0
    assert 20 < int(outcome.stdout) < 64


async def test_fork_bomb_leaves_the_neighbour_room(cell: "Cell") -> None:
    """While one job exhausts its processes, another still starts 20 of its own."""
    bomb = asyncio.create_task(cell.perl("fork while 1", limits=Limits(wall_seconds=3)))
    await asyncio.sleep(0.5)
    neighbour = await cell.beside("neighbour").sh(
        "for i in $(seq 20); do sleep 0.2 & done; wait; echo fine"
    )
    assert (neighbour.exit_code, neighbour.stdout) == (0, "fine\n")
    assert (await bomb).stopped_by is StoppedBy.WALL


async def test_thread_bomb_is_bounded(cell: "Cell") -> None:
    """Threads count as processes: of 100 workers, fewer than 64 start."""
    outcome = await cell.node(
        "const {Worker} = require('worker_threads'); let i = 0;"
        "try { for (; i < 100; i++) new Worker('setTimeout(() => {}, 9000)', {eval: true}) }"
        "catch (error) { console.log(error.code, i); process.exit() }",
        limits=Limits(wall_seconds=20, data_bytes=64 * 1024 * MIB),
    )
    code, started = outcome.stdout.split()
    assert code == "ERR_WORKER_INIT_FAILED"
    assert 5 < int(started) < 64


async def test_memory_bomb_in_one_process(cell: "Cell") -> None:
    """A single process is refused memory beyond its own limit."""
    outcome = await cell.perl('my @a; push @a, "x" x (8 << 20) while 1', limits=SMALL)
    assert outcome.exit_code not in (0, None)


async def test_memory_bomb_in_many_processes(cell: "Cell") -> None:
    """Processes that each stay within their limit are killed for their sum."""
    outcome = await cell.perl(
        'for (1..8) { if (!fork) { my $x = "x" x (64 << 20); sleep 15; exit } } sleep 15',
        limits=SMALL,
    )
    assert outcome.stopped_by is StoppedBy.MEMORY
    assert outcome.seconds < 5


async def test_memory_shared_by_many_counts_once(cell: "Cell") -> None:
    """Eight children that only look at their parent's memory are no bomb."""
    outcome = await cell.perl(
        'my $x = "x" x (40 << 20); for (1..8) { if (!fork) { sleep 1; exit } } sleep 1; print "ok"',
        limits=SMALL,
    )
    assert outcome.stdout == "ok"


async def test_memory_hidden_in_sockets(cell: "Cell") -> None:
    """Kernel memory in unread sockets is nobody's, and counted all the same."""
    outcome = await cell.perl(
        "use Socket; my @keep; for (1..4) { if (!fork) {"
        "for (1..450) { socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, 0) or last;"
        '$a->blocking(0); 1 while syswrite $a, "x" x 65536; push @keep, $a, $b } sleep 15; exit } }'
        "sleep 15",
        limits=SMALL,
    )
    assert outcome.stopped_by is StoppedBy.MEMORY


async def test_temporary_folders_are_sized(cell: "Cell") -> None:
    """Everything writable but the workspace is a tmpfs of 64 MiB."""
    outcome = await cell.sh(
        "for d in /tmp $HOME; do head -c 90000000 /dev/urandom > $d/fill; stat -c %s $d/fill; done"
    )
    assert outcome.stderr.count("No space left") == 2
    assert all(int(size) <= 64 * MIB for size in outcome.stdout.split())


async def test_one_large_file(cell: "Cell") -> None:
    """A file cannot grow past its limit."""
    outcome = await cell.sh("head -c 9000000 /dev/urandom > large", limits=Limits(file_bytes=MIB))
    assert outcome.exit_code != 0
    assert (cell.workspace / "large").stat().st_size <= MIB


async def test_disk_fill(cell: "Cell") -> None:
    """Many files in the workspace are killed for their sum."""
    outcome = await cell.sh(
        "i=0; while :; do i=$((i+1)); head -c 4000000 /dev/urandom > f$i; done", limits=SMALL
    )
    assert outcome.stopped_by is StoppedBy.DISK


async def test_disk_fill_with_deleted_files(cell: "Cell") -> None:
    """Files deleted while open take disk that no folder shows."""
    outcome = await cell.perl(
        'my @keep; for my $i (1..20) { open(my $f, ">", "f") or die; unlink "f";'
        'print $f "x" x 4000000; $f->flush; push @keep, $f; select(undef, undef, undef, 0.05) }'
        "sleep 15",
        limits=SMALL,
    )
    assert outcome.stopped_by is StoppedBy.DISK


async def test_flood_of_empty_files(cell: "Cell") -> None:
    """Entries cost even when empty, so their number is bounded too."""
    outcome = await cell.perl(
        'for (my $i = 0; ; $i++) { open(my $f, ">", "f$i") or die }', limits=SMALL
    )
    assert outcome.stopped_by is StoppedBy.DISK


async def test_folders_too_deep_to_watch(cell: "Cell") -> None:
    """A tree deeper than the watchdog looks is treated as full."""
    outcome = await cell.perl(
        'for (1..3000) { mkdir "d"; chdir "d" or die } sleep 15', limits=SMALL
    )
    assert outcome.stopped_by is StoppedBy.DISK


async def test_output_flood(cell: "Cell") -> None:
    """Endless output is cut at the limit and stops the job."""
    outcome = await cell.sh("yes & yes >&2", limits=Limits(output_bytes=100_000))
    assert outcome.stopped_by is StoppedBy.OUTPUT
    assert outcome.exit_code is None
    assert len(outcome.stdout) + len(outcome.stderr) <= 100_000


async def test_wall_clock(cell: "Cell") -> None:
    """Sleeping forever, and ignoring every polite signal, ends at the wall clock."""
    outcome = await cell.sh(
        "trap '' TERM INT HUP; while :; do sleep 1; done", limits=Limits(wall_seconds=0.5)
    )
    assert outcome.stopped_by is StoppedBy.WALL
    assert outcome.seconds < 2


async def test_processor_time(cell: "Cell") -> None:
    """A busy loop ends at its processor time, killed by the kernel."""
    outcome = await cell.sh("while :; do :; done", limits=Limits(cpu_seconds=1))
    assert outcome.exit_code == 128 + 9
