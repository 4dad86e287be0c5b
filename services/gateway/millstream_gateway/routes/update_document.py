"""The OpenAPI part of the seed's PATCH, whose bodies FastAPI does not see."""

from typing import Any, Final

from millstream_gateway.core.seed_update import FIELDS

_ERROR: Final = {
    "application/json": {
        "schema": {
            "type": "object",
            "required": ["error"],
            "properties": {"error": {"type": "string"}},
        }
    }
}
UPDATE: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["messageId", "content"],
                    "additionalProperties": False,
                    "properties": {
                        "messageId": {"type": "string", "minLength": 1},
                        "content": {"type": "string"},
                        "status": {
                            "type": "string",
                            "enum": ["PENDING", "STREAMING", "COMPLETE"],
                            "default": "STREAMING",
                        },
                    },
                }
            }
        },
    },
    "responses": {
        "200": {
            "description": "The message as it is now",
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["success", "message"],
                        "properties": {
                            "success": {"type": "boolean"},
                            "message": {
                                "type": "object",
                                "required": list(FIELDS),
                                "properties": {name: {"type": "string"} for name in FIELDS},
                            },
                        },
                    }
                }
            },
        },
        "400": {"description": "`Invalid JSON body` or `Invalid request body`", "content": _ERROR},
        "401": {"description": "`Unauthorized`", "content": _ERROR},
        "403": {"description": "`Forbidden`: missing, or another user's", "content": _ERROR},
        "500": {"description": "`Failed to update message`", "content": _ERROR},
    },
}
