"""What a framework's workshop offers: the card that prompts, agent and validator share."""

from millstream_shared.contracts.enums import CheckKind, Framework
from millstream_shared.contracts.model import Contract


class FrameworkCard(Contract):
    """One framework's template. Published by the validator, read by the agent.

    `files` is the starting tree, path -> text. `managed` paths belong to the workshop: a change
    to them is refused. `checks` are argument lists run one after the other in the sandbox.
    """

    framework: Framework
    title: str
    summary: str
    entry: str
    output: str
    installed: dict[str, str]
    commands: dict[str, str] = {}
    managed: tuple[str, ...]
    checks: dict[CheckKind, tuple[tuple[str, ...], ...]]
    files: dict[str, str] = {}
