"""A small run on which everything is right, to plant violations in."""

from typing import Any

from millstream_shared.contracts.digest import sha256
from millstream_shared.contracts.enums import RunKind
from tests.chaos.harness.evidence import Evidence, Fragment, Logged, Public, Stored
from tests.support.viewer import Sighting

DELTA, STATUS, JOURNAL = RunKind

ANSWER = "I built it."
APP = "export {}\n"
FILES = {"src/App.tsx": sha256(APP.encode())}
USAGE = {"calls": 2, "inputTokens": 10, "outputTokens": 5, "estimated": False}
CHECK = {"messageId": "m", "step": "v", "kind": "build", "outcome": "passed"}


def usage(role: str) -> dict[str, Any]:
    return {"type": "usage", "role": role, "model": "s", "inputTokens": 5, "outputTokens": 2}


def text(part: str, words: str) -> dict[str, Any]:
    return {"type": "text.delta", "part": part, "text": words}


FILE = {"path": "src/App.tsx", "callId": "c"}
END = {
    "type": "run.finished",
    "eventId": "m:finished",
    "attempt": 2,
    "outcome": "RESULT",
    "content": ANSWER,
    "checks": [CHECK],
    "usage": USAGE,
    "fragment": {"fragmentId": "f", "title": "It", "framework": "REACT", "files": FILES},
}
# The first attempt chose the framework and was cut while it wrote.
LOG: tuple[tuple[RunKind, dict[str, Any]], ...] = (
    (STATUS, {"type": "run.started", "eventId": "m:1:started", "attempt": 1}),
    (DELTA, {"type": "step", "name": "framework"}),
    (DELTA, usage("selector")),
    (JOURNAL, {"step": "framework", "attempt": 1, "mark": 3, "data": {}}),
    (DELTA, {"type": "step", "name": "code", "iteration": 1}),
    (DELTA, {"type": "file.delta", **FILE, "text": "export"}),
    (DELTA, {"type": "rewound", "toSeq": 3, "attempt": 2}),
    (STATUS, {"type": "run.started", "eventId": "m:2:started", "attempt": 2}),
    (DELTA, {"type": "step", "name": "code", "iteration": 1}),
    (DELTA, {"type": "file.delta", **FILE, "text": APP}),
    (DELTA, {"type": "file.finished", **FILE, "applied": True, "sha256": FILES["src/App.tsx"]}),
    (DELTA, usage("code")),
    (JOURNAL, {"step": "code-1", "attempt": 2, "mark": 12, "data": {}}),
    (DELTA, text("response", "I built ")),
    (DELTA, text("response", "it.\n")),
    (STATUS, END),
    (DELTA, {"type": "preview", "fragmentId": "f"}),
    (DELTA, {"type": "done", "status": "COMPLETE", "messageType": "RESULT"}),
)


def good_run() -> Evidence:
    log = tuple(Logged(seq, kind, data, float(seq)) for seq, (kind, data) in enumerate(LOG, 1))
    seen = tuple(Sighting(entry.seq, _signed(entry.data)) for entry in log if entry.kind is DELTA)
    statuses = ("PENDING", "STREAMING", "COMPLETE")
    return Evidence(
        message_id="m",
        log=log,
        seen=seen,
        stored=Stored(
            status="COMPLETE",
            type="RESULT",
            content=ANSWER,
            attempt=2,
            checks=(CHECK,),
            usage=USAGE,
            fragment=Fragment("f", "It", "REACT", {"src/App.tsx": APP}),
            credits=("SETTLED",),
            transitions=statuses,
        ),
        public=tuple(Public(f"e{number}", each) for number, each in enumerate(statuses)),
    )


def _signed(data: Any) -> dict[str, Any]:
    return {**data, "url": "signed"} if data["type"] == "preview" else dict(data)
