"""The validator as the agent meets it: a real process, a real broker, a real sandbox."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import httpx
import psutil
import pytest

from millstream_shared.contracts import subjects
from millstream_shared.contracts.checks import (
    CheckFinished,
    CheckOutcome,
    CommandFinished,
    CommandRequested,
    ValidationFinished,
    ValidationRequested,
)
from millstream_shared.contracts.digest import sha256
from millstream_shared.contracts.enums import CheckKind, Framework
from millstream_shared.contracts.frameworks import FrameworkCard
from millstream_shared.runtime import streams
from millstream_shared.runtime.blobs import BlobStore
from millstream_shared.runtime.bus import Bus
from millstream_shared.runtime.cancels import cancel
from millstream_shared.runtime.desk import Desk
from tests.support.broker import running_broker
from tests.support.ports import free_port

SECRET = "sk-a-provider-key"


@pytest.fixture(scope="module")
async def bus(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bus]:
    """A broker of this module's own, with one validator on it."""
    folder = tmp_path_factory.mktemp("workshop")
    port = free_port()
    with running_broker(folder) as broker:
        environment = {
            **os.environ,
            "MILLSTREAM_NATS_URL": broker.url,
            "MILLSTREAM_VALIDATOR_PORT": str(port),
            "MILLSTREAM_VALIDATOR_WORK_DIR": str(folder / "workspaces"),
            "MILLSTREAM_VALIDATOR_WALL_SECONDS": "30",
            "OPENAI_API_KEY": SECRET,
        }
        command = [sys.executable, "-m", "millstream_embedded.cli", "validator"]
        with (folder / "log").open("w") as log:
            process = await asyncio.create_subprocess_exec(*command, env=environment, stderr=log)
        try:
            await _ready(port, folder / "log")
            client = await broker.connect()
            yield Bus(client)
            await client.close()
        finally:
            process.terminate()
            assert await process.wait() == 0, "SIGTERM must drain and end with 0"


async def _ready(port: int, log: Path) -> None:
    async with asyncio.timeout(120), httpx.AsyncClient() as client:
        while True:
            try:
                if (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)


class Workshop:
    """Hands requests in, as an agent does."""

    def __init__(self, bus: Bus, blobs: BlobStore, card: FrameworkCard) -> None:
        self._desk = Desk(bus)
        self._blobs = blobs
        self.card = card
        self.message_id = uuid4().hex

    async def names(self, **changed: str | None) -> dict[str, str]:
        files = {**self.card.files, **{k.replace("__", "/"): v for k, v in changed.items()}}
        return await self._blobs.put_tree(
            {path: text.encode() for path, text in files.items() if text is not None}
        )

    async def validate(
        self, app: str, *, parallel: bool = True, more: dict[str, str] | None = None
    ) -> dict[CheckKind, CheckFinished]:
        request = ValidationRequested(
            message_id=self.message_id,
            step=uuid4().hex,
            framework=Framework.REACT,
            files=await self.names(**{"src__App.tsx": app}, **(more or {})),
            parallel=parallel,
        )
        subject = subjects.validation_requested(self.message_id)
        finished = await self._desk.ask(subject, request, ValidationFinished, seconds=60)
        return {check.kind: check for check in finished.checks}

    async def run(self, command: str) -> CommandFinished:
        request = CommandRequested(
            message_id=self.message_id,
            step=uuid4().hex,
            framework=Framework.REACT,
            files=await self.names(),
            command=command,
        )
        subject = subjects.command_requested(self.message_id)
        return await self._desk.ask(subject, request, CommandFinished, seconds=60)


@pytest.fixture
async def workshop(bus: Bus) -> Workshop:
    await streams.declare(bus.js)
    cards = await bus.js.key_value(subjects.CARDS)
    card = FrameworkCard.decode((await cards.get(Framework.REACT)).value or b"")
    return Workshop(bus, await BlobStore.open(bus), card)


GOOD = "export default function App() {\n  return <p>Hello</p>\n}\n"


@pytest.mark.parametrize("parallel", [True, False])
async def test_a_good_app_is_green_and_built(workshop: Workshop, parallel: bool) -> None:
    """Both checks pass, at once or one after the other, and the build's output is in blobs."""
    checks = await workshop.validate(GOOD, parallel=parallel)
    assert {kind: check.outcome for kind, check in checks.items()} == {
        CheckKind.LINT: CheckOutcome.PASSED,
        CheckKind.BUILD: CheckOutcome.PASSED,
    }
    assert "index.html" in checks[CheckKind.BUILD].built


async def test_findings_name_file_line_and_rule(workshop: Workshop) -> None:
    """A type error is the build's, an unused variable the linter's."""
    app = GOOD.replace("  return", "  const n: number = 'one'\n  return")
    checks = await workshop.validate(app)
    build, lint = checks[CheckKind.BUILD].findings[0], checks[CheckKind.LINT].findings[0]
    assert (build.path, build.line, build.rule) == ("src/App.tsx", 2, "TS2322")
    assert (lint.path, lint.line) == ("src/App.tsx", 2)
    assert "unused" in str(lint.rule)
    assert checks[CheckKind.BUILD].exit_code
    assert checks[CheckKind.BUILD].output


async def test_a_model_cannot_talk_the_linter_down(workshop: Workshop) -> None:
    """Comments that silence rules do nothing, and neither does a configuration of its own."""
    hook = (
        "/* eslint-disable */\nimport { useState } from 'react'\n\n"
        "export default function App({ on }: { on?: boolean }) {\n"
        "  if (on) {\n    const [n] = useState(0) // eslint-disable-line\n"
        "    return <p>{n}</p>\n  }\n"
        "  return <p>Hello</p>\n}\n"
    )
    own = "export default [{ ignores: ['**/*.tsx'] }]\n"
    checks = await workshop.validate(hook, more={"src__eslint.config.js": own})
    assert not checks[CheckKind.LINT].passed
    assert "react-hooks/rules-of-hooks" in {f.rule for f in checks[CheckKind.LINT].findings}


async def test_a_second_bundler_configuration_changes_nothing(bus: Bus, workshop: Workshop) -> None:
    """Vite would prefer a .js one; the built page must still work under any path."""
    own = "export default { base: '/' }\n"
    checks = await workshop.validate(GOOD, more={"vite.config.js": own})
    page = await (await BlobStore.open(bus)).get(checks[CheckKind.BUILD].built["index.html"])
    assert b'src="./assets/' in page


async def test_a_command_tells_what_it_printed_and_changed(workshop: Workshop) -> None:
    """New, changed and deleted files come back; build output and libraries do not."""
    made = "mkdir -p dist src/dist && echo x > dist/x && echo y > src/dist/y.txt"
    done = await workshop.run(f"echo hi; {made}; rm src/App.tsx; exit 3")
    assert done.exit_code == 3
    assert "hi" in done.output
    assert set(done.changed) == {"src/dist/y.txt"}
    assert done.deleted == ("src/App.tsx",)


async def test_the_usual_tools_work_in_the_terminal(workshop: Workshop) -> None:
    """npm's own scripts, as a model would try them."""
    done = await workshop.run("npm run lint && npx tsc --version")
    assert done.exit_code == 0, done.output
    assert "Version" in done.output


async def test_model_written_commands_find_no_secret_and_no_network(workshop: Workshop) -> None:
    """The key in the service's own environment is nowhere to be seen inside."""
    script = "env; cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n'; ls /root /home; ip addr"
    done = await workshop.run(script)
    assert SECRET not in done.output
    assert "nats://" not in done.output
    fetch = "require('net').connect(80, '1.1.1.1').on('error', e => console.log(e.code))"
    assert "ENETUNREACH" in (await workshop.run(f'node -e "{fetch}"')).output


async def test_cancelling_stops_the_command(bus: Bus, workshop: Workshop) -> None:
    """The sandbox's tree is gone at once; the job is off the queue, unanswered."""
    running = asyncio.ensure_future(workshop.run("sleep 77.25"))
    while not _processes("77.25"):  # noqa: ASYNC110 - another process's doing
        await asyncio.sleep(0.05)
    await cancel(bus, workshop.message_id)
    async with asyncio.timeout(3):
        while _processes("77.25"):  # noqa: ASYNC110 - another process's doing
            await asyncio.sleep(0.05)
    running.cancel()


def _processes(word: str) -> int:
    """How many processes have `word` as their last argument."""
    found = 0
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            found += process.cmdline()[-1:] == [word]
    return found


async def test_what_could_not_be_done_is_tried_again_for_who_asks_again(bus: Bus) -> None:
    """A broker that lost its files: the same question gets a verdict once the files are back."""
    await streams.declare(bus.js)
    blobs = await BlobStore.open(bus)
    app = GOOD.replace("Hello", uuid4().hex).encode()
    request = ValidationRequested(
        message_id=uuid4().hex,
        step="lost-and-found",
        framework=Framework.REACT,
        files={"src/App.tsx": sha256(app)},
    )
    subject = subjects.validation_requested(request.message_id)
    lost = await Desk(bus).ask(subject, request, ValidationFinished, seconds=60)
    assert {check.outcome for check in lost.checks} == {CheckOutcome.UNAVAILABLE}
    await blobs.put(app)
    found = await Desk(bus).ask(subject, request, ValidationFinished, seconds=60)
    assert CheckOutcome.UNAVAILABLE not in {check.outcome for check in found.checks}


async def test_many_commands_at_once_lose_no_file(workshop: Workshop) -> None:
    """A command that changes nothing has changed nothing, however busy the replica is."""
    finished = await asyncio.gather(*(workshop.run(f"wc -l src/*.tsx # {n}") for n in range(24)))
    assert {(done.exit_code, done.deleted, len(done.changed)) for done in finished} == {(0, (), 0)}
