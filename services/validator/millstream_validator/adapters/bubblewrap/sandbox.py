"""The sandbox as a service uses it: probed once, then running jobs in a bounded number of slots."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

from millstream_validator.adapters.bubblewrap.forms import LaunchForm, forms_for
from millstream_validator.adapters.bubblewrap.locate import find_bwraps
from millstream_validator.adapters.bubblewrap.probe import probe
from millstream_validator.adapters.bubblewrap.process import adopt_orphans
from millstream_validator.adapters.bubblewrap.remedy import remedies
from millstream_validator.adapters.bubblewrap.run import Launcher
from millstream_validator.adapters.bubblewrap.seccomp import build_filter
from millstream_validator.adapters.bubblewrap.slots import Slots
from millstream_validator.core.sandbox import Job, Outcome, SandboxUnavailable


class BubblewrapSandbox:
    """A `Sandbox` made of bubblewrap, a seccomp filter, resource limits and a watchdog."""

    def __init__(self, launcher: Launcher, slots: Slots) -> None:
        self._launcher = launcher
        self._slots = slots
        self._busy: set[Path] = set()

    @classmethod
    async def create(cls, slots: int) -> Self:
        """Return a sandbox that runs up to `slots` jobs at once, by the first way in that holds.

        Call it, and `run`, in the main thread. From then on this process adopts its descendants'
        orphans. Raises SandboxUnavailable, naming the remedy, if no way in holds.
        """
        refusals: list[str] = []
        for form in forms_for(find_bwraps()):
            try:
                return await cls.create_as(form, slots)
            except SandboxUnavailable as refusal:
                refusals.append(f"{form.privilege.name}: {refusal}")
        raise SandboxUnavailable(
            f"No sandbox works here: {remedies()}. Tried " + " | ".join(refusals)
        )

    @classmethod
    async def create_as(cls, form: LaunchForm, slots: int) -> Self:
        """Return a sandbox of this form, probed; otherwise as `create`."""
        _require_loop()
        adopt_orphans()
        executor = ThreadPoolExecutor(slots, thread_name_prefix="sandbox-watchdog")
        launcher = Launcher(form, build_filter(), executor)
        sandbox = cls(launcher, Slots(slots, own_uids=form.owns_uids))
        try:
            async with sandbox._slots.take() as uid:
                await probe(launcher, uid)
        except BaseException:
            sandbox.close()
            raise
        return sandbox

    async def run(self, job: Job) -> Outcome:
        async with self._slots.take() as uid, self._alone_in(job.workspace):
            return await self._launcher.run(job, uid)

    @asynccontextmanager
    async def _alone_in(self, workspace: Path) -> AsyncIterator[None]:
        if workspace in self._busy:
            raise ValueError(f"Another job is running in {workspace}; give each its own copy.")
        self._busy.add(workspace)
        try:
            yield
        finally:
            self._busy.remove(workspace)

    def close(self) -> None:
        """Give back the slots' uids and threads; no job may be running."""
        self._slots.close()
        self._launcher.executor.shutdown(wait=False)


def _require_loop() -> None:
    """uvloop closes the descriptor of a pipe twice; by the second time it may be anybody's."""
    if not isinstance(asyncio.get_running_loop(), asyncio.SelectorEventLoop):
        raise SandboxUnavailable("The sandbox runs on asyncio's own event loop only.")
