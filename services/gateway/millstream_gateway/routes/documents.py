"""The OpenAPI document: names, tags and every error answer."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic.alias_generators import to_camel

from millstream_gateway.core.problems import MEDIA_TYPE, PROBLEMS

SCHEMA: Final = {
    "type": "object",
    "title": "Problem",
    "description": "Problem details, RFC 9457.",
    "required": ["type", "title", "status", "detail", "code", "instance"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:millstream:problem:not_found"]},
        "title": {"type": "string", "examples": [PROBLEMS["not_found"].title]},
        "status": {"type": "integer", "examples": [404]},
        "detail": {"type": "string", "examples": ["There is no such project of yours."]},
        "code": {"type": "string", "enum": list(PROBLEMS)},
        "instance": {
            "type": "string",
            "description": "Names the request in the logs; also in the header X-Request-Id",
            "examples": ["urn:millstream:request:0198f7c28d4e7a3b9c1f2b6d5e4a3f10"],
        },
    },
}

RETRY_AFTER: Final = {
    "Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}}
}

DESCRIPTION: Final = """A prompt goes in, a checked web app streams out.

A run can also be watched over a WebSocket, `/api/messages/{messageId}/ws?after=<id>`, which this
document cannot describe. Each message to the client is one event of the stream, `{"id": <sequence>,
"event": <name>, "data": {...}}`. The client may send `{"type": "cancel"}`. Without an
`Authorization` header, as in browsers, its first message must be
`{"type": "auth", "key": "<API key>"}`; a key never goes into the URL.

The socket is closed with 1000 after `done`, with 1012 when the gateway restarts (resume with
`after`), with 1013 when something is not available for the moment, else with 4000 plus the status
of the problem that HTTP would answer, for instance 4401 or 4404; the reason is the problem's code.
"""

TAGS: Final = [
    {"name": "projects", "description": "An app and its conversation"},
    {"name": "messages", "description": "Prompts, and the answers to them"},
    {"name": "fragments", "description": "What a run made"},
    {"name": "usage", "description": "Credits, tokens and figures"},
    {"name": "health", "description": "For operators"},
]

EVERYWHERE: Final = ("unauthorized", "internal", "unavailable")
WITH_BODY: Final = ("invalid_json", "body_too_large", "unsupported_media_type", "invalid")


def errors(
    *codes: str, everywhere: tuple[str, ...] = EVERYWHERE
) -> dict[int | str, dict[str, Any]]:
    """FastAPI's `responses` for these problems and those that any route may answer."""
    answers: dict[int | str, dict[str, Any]] = {}
    for code in (*everywhere, *codes):
        kind = PROBLEMS[code]
        known = answers.get(kind.status)
        text = f"`{code}`: {kind.title}"
        answers[kind.status] = {
            "description": f"{known['description']}; or {text}" if known else text,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            **({"headers": RETRY_AFTER} if kind.retry_after else {}),
        }
    return answers


def operation_id(route: APIRoute) -> str:
    return to_camel(route.name)


def add_problem_schema(app: FastAPI) -> None:
    """Lets the document that FastAPI makes carry the schema that `errors` refers to."""
    make = app.openapi

    def openapi() -> dict[str, Any]:
        document = make()
        schemas: dict[str, Mapping[str, Any]] = document.setdefault("components", {}).setdefault(
            "schemas", {}
        )
        schemas["Problem"] = SCHEMA
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way
