"""What every route of the API goes through: first the key, then strict JSON, then FastAPI."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request, Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer

from millstream_gateway.adapters.door import Door
from millstream_gateway.core import strict_json
from millstream_gateway.core.bodies import CURSOR_PATTERN, ID_PATTERN
from millstream_gateway.core.problems import Problem
from millstream_shared.contracts.views import Principal

BEARER = HTTPBearer(
    auto_error=False, scheme_name="apiKey", description="An API key: `ms_<id>_<secret>`"
)
"""For the OpenAPI document; the Door does the checking, before the body is read."""


class StrictRequest(Request):
    """A request whose `json()` was parsed strictly beforehand."""

    async def prepare(self) -> None:
        """Reads the body; raises Problem when it is there and not acceptable JSON."""
        body = await self.body()
        if not body:
            return
        if not _is_json(self.headers.get("content-type", "")):
            raise Problem("unsupported_media_type", "Send `Content-Type: application/json`.")
        try:
            self._value = strict_json.loads(body)
        except strict_json.NotAcceptable as error:
            raise Problem("invalid_json", f"Please correct it: {error}.") from error

    async def json(self) -> Any:
        return self._value


def guarded(door: Door) -> type[APIRoute]:
    """The class of routes behind that door."""

    class GuardedRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle: Callable[[Request], Awaitable[Response]] = super().get_route_handler()

            async def answer(request: Request) -> Response:
                principal = await door.admit(request.headers.get("authorization"))
                request.state.principal = principal
                strict = StrictRequest(request.scope, request.receive)
                if self.body_field:
                    await strict.prepare()
                return await handle(strict)

            return answer

    return GuardedRoute


def _principal(request: Request) -> Principal:
    principal: Principal = request.state.principal
    return principal


def _is_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )


Asker = Annotated[Principal, Depends(_principal)]
Id = Annotated[str, Path(pattern=ID_PATTERN, examples=["0198f7c2-8d4e-7a3b-9c1f-2b6d5e4a3f10"])]
PageCursor = Annotated[
    str | None, Query(pattern=CURSOR_PATTERN, description="`nextCursor` of the page before")
]
PageSize = Annotated[int, Query(ge=1, le=100, description="Most items in a page")]
