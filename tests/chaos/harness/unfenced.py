"""Becomes a service whose runs are not fenced, so that the harness can be seen to notice.

Started as `unfenced.py SERVICE`, in place of the command line. Nothing but a test ever does that.
"""

from millstream_embedded import cli
from millstream_shared.contracts import subjects
from millstream_shared.contracts.enums import RunKind
from millstream_shared.contracts.model import Contract
from millstream_shared.runtime.run_log import RunWriter


class Unfenced(RunWriter):
    """Writes whatever the log says by now."""

    async def _store(self, kind: RunKind, entry: Contract | bytes, entry_id: str) -> int:
        subject = subjects.run_entry(self._message_id, kind)
        ack = await self._bus.publish(subjects.RUNS, subject, entry, message_id=entry_id)
        return ack.seq


def main() -> None:
    setattr(RunWriter, "_store", Unfenced._store)  # noqa: B010 - not to be done any nicer
    cli.app()


if __name__ == "__main__":
    main()
