"""The name of a question to a model: who asks what the same has the same, and nobody else."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from millstream_agent.core.conversation import ChatMessage
from millstream_shared.contracts.digest import sha256
from millstream_shared.contracts.enums import Role


def reply_key(
    tenant: str,
    role: Role,
    route: Sequence[str],
    parameters: Mapping[str, Any],
    messages: Sequence[ChatMessage],
    tools: Sequence[dict[str, Any]],
) -> str:
    """SHA-256 in hex over everything that an answer depends on; all of it is JSON.

    `tenant` is the user: no answer is shown to anybody else. `route` names who may answer.
    """
    question = [tenant, role, list(route), dict(parameters), list(messages), list(tools)]
    # The standard library's writer takes any string, also one with half a surrogate pair.
    return sha256(json.dumps(question, sort_keys=True, separators=(",", ":")).encode())
