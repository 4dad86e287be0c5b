"""Carrying out tool calls on the run's file tree, one after the other."""

from dataclasses import dataclass

import orjson

from millstream_agent.core.conversation import ToolCall
from millstream_agent.core.edits import Edit, apply_edits
from millstream_agent.core.elision import PLACEHOLDER
from millstream_agent.core.file_stream import streamed_paths
from millstream_agent.core.ports import Voice, Workshop
from millstream_agent.core.tools import (
    Arguments,
    CreateOrUpdateFiles,
    EditFile,
    ReadFiles,
    Terminal,
    read_arguments,
)
from millstream_agent.core.tree import FileTree, Refusal, plain_path
from millstream_shared.contracts.digest import sha256, step_name
from millstream_shared.contracts.enums import Framework
from millstream_shared.contracts.runs import FileFinished, FileStarted, ToolFinished, ToolStarted

SHOWN_CHARS = 2_000
"""How much of a tool's output viewers get."""

READ_CHARS = 100_000
"""How much of what it reads the model gets at once."""

MODEL_CHARS = 12_000
"""How much of a command's output the model gets: its tail, where the errors are."""


@dataclass
class Toolbox:
    """Holds the tree that the calls change."""

    tree: FileTree
    framework: Framework
    voice: Voice
    workshop: Workshop

    def __post_init__(self) -> None:
        self._begun_with = self.tree

    @property
    def changed(self) -> bool:
        """Whether the tree differs from what it was at the start."""
        return bool(self.tree.changes_from(self._begun_with))

    async def carry_out(self, call: ToolCall) -> str:
        """Runs one call and returns its result for the model; a bad call gets an error result."""
        streamed = streamed_paths(call)
        await self.voice.say(
            ToolStarted(call_id=call.id, tool=call.name, input=call.arguments[:SHOWN_CHARS])
            if call.name == "terminal"
            else ToolStarted(call_id=call.id, tool=call.name, input="")
        )
        try:
            output, ok = await self._apply(
                call, read_arguments(call.name, call.arguments), streamed
            )
        except Refusal as refusal:
            output, ok = f"Error: {refusal}.", False
            await self._drop(call.id, streamed, str(refusal))
        await self.voice.say(
            ToolFinished(call_id=call.id, tool=call.name, ok=ok, output=output[:SHOWN_CHARS])
        )
        return output

    async def decline(self, call: ToolCall, reason: str) -> str:
        """Answers a call without carrying it out, as viewers see it too."""
        await self.voice.say(ToolStarted(call_id=call.id, tool=call.name, input=""))
        await self.voice.say(
            ToolFinished(call_id=call.id, tool=call.name, ok=True, output=reason[:SHOWN_CHARS])
        )
        return reason

    async def _apply(
        self, call: ToolCall, arguments: Arguments, streamed: set[str]
    ) -> tuple[str, bool]:
        match arguments:
            case CreateOrUpdateFiles():
                return await self._write(call.id, arguments, streamed)
            case EditFile():
                return await self._edit(call.id, arguments), True
            case ReadFiles():
                return self._read(arguments), True
            case Terminal():
                return await self._run(arguments)
        raise Refusal(f"{call.name} is not available")

    async def _write(
        self, call_id: str, arguments: CreateOrUpdateFiles, streamed: set[str]
    ) -> tuple[str, bool]:
        written: list[str] = []
        refused: list[str] = []
        for file in arguments.files:
            try:
                await self._put(call_id, file.path, file.content, shown=file.path in streamed)
                written.append(file.path)
            except Refusal as refusal:
                refused.append(str(refusal))
                await self._drop(call_id, streamed & {file.path}, str(refusal))
        lines = [f"Wrote {', '.join(written)}."] if written else []
        return "\n".join(lines + [f"Error: {reason}." for reason in refused]), not refused

    async def _edit(self, call_id: str, arguments: EditFile) -> str:
        path = plain_path(arguments.path)
        if path not in self.tree.files:
            raise Refusal(f"{path} does not exist; write it with createOrUpdateFiles")
        edits = [Edit(edit.search, edit.replace) for edit in arguments.edits]
        text = apply_edits(path, self.tree.files[path], edits)
        await self._put(call_id, path, text, shown=False)
        return f"Applied {len(edits)} edit(s) to {path}."

    def _read(self, arguments: ReadFiles) -> str:
        found = {path: self.tree.files.get(path.removeprefix("./")) for path in arguments.paths}
        missing = [path for path, text in found.items() if text is None]
        result = {path: text for path, text in found.items() if text is not None}
        note = f"\nError: no such file: {', '.join(missing)}." if missing else ""
        return _head(orjson.dumps(result).decode()) + note

    async def _run(self, arguments: Terminal) -> tuple[str, bool]:
        files = dict(self.tree.files)
        step = step_name("command", files, arguments.command)
        finished, changed = await self.workshop.run(step, self.framework, files, arguments.command)
        before, self.tree = self.tree, self.tree.merge(changed, finished.deleted)
        ending = (
            f"stopped: over the {finished.stopped_by} limit"
            if finished.stopped_by
            else f"exit code {finished.exit_code}"
        )
        touched = self.tree.changes_from(before)
        effects = f"\nChanged: {', '.join(touched)}" if touched else ""
        return f"{finished.output[-MODEL_CHARS:]}\n[{ending}]{effects}", finished.exit_code == 0

    async def _put(self, call_id: str, path: str, content: str, *, shown: bool) -> None:
        if left_out := PLACEHOLDER.search(content):
            raise Refusal(
                f"{path} has {left_out[0]!r} in it, which stands for text that is no longer shown; "
                "read the file if you need it, and send the whole text"
            )
        self.tree = self.tree.write(path, content)
        if not shown:
            await self.voice.say(FileStarted(path=path, call_id=call_id))
            self.voice.file_text(path, call_id, content)
        data = content.encode()
        await self.voice.say(
            FileFinished(
                path=path, call_id=call_id, applied=True, size=len(data), sha256=sha256(data)
            )
        )

    async def _drop(self, call_id: str, paths: set[str], reason: str) -> None:
        for path in sorted(paths):
            await self.voice.say(
                FileFinished(path=path, call_id=call_id, applied=False, reason=reason)
            )


def _head(text: str) -> str:
    if len(text) <= READ_CHARS:
        return text
    return f"{text[:READ_CHARS]}\n[cut after {READ_CHARS} characters; read fewer files at once]"
