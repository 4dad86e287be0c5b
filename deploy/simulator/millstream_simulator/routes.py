"""The HTTP surface: OpenAI's routes, a health check, and counters for tests."""

import hmac
import time
from collections.abc import Callable

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from millstream_simulator.catalogue import find_model, list_models
from millstream_simulator.errors import unknown_model, wrong_key
from millstream_simulator.ledger import metered
from millstream_simulator.pacing import Patience, due_times, schedule
from millstream_simulator.request import parse_request
from millstream_simulator.response import EVENT_STREAM, JSON, PlayedResponse
from millstream_simulator.simulator import Simulator
from millstream_simulator.whole import whole_beats
from millstream_simulator.wire import Stamp, stream_beats


def key_check(api_key: str | None) -> Callable[[Request], None]:
    """A dependency that refuses any other key; without a key of ours it accepts all."""

    def check(request: Request) -> None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if api_key is None:
            return
        same = hmac.compare_digest(given.strip().encode(), api_key.encode())
        if scheme.lower() != "bearer" or not same:
            raise wrong_key()

    return check


def openai_routes(simulator: Simulator, patience: Patience, api_key: str | None) -> APIRouter:
    """The routes below /v1."""
    router = APIRouter(prefix="/v1", dependencies=[Depends(key_check(api_key))])

    @router.post("/chat/completions")
    async def create_completion(http: Request) -> Response:
        request = parse_request(await http.body())
        ready = simulator.respond(request)
        stamp = Stamp(ready.digest, int(time.time()), request.model)
        if request.stream:
            options = request.stream_options
            beats = stream_beats(ready.steps, stamp, usage=bool(options and options.include_usage))
        else:
            beats = whole_beats(ready.steps, stamp)
        return PlayedResponse(
            schedule(
                metered(beats, ready.tally), due_times(ready.speed, ready.digest, ready.prefill)
            ),
            opening=ready.opening,
            patience=patience,
            ledger=simulator.ledger,
            media_type=EVENT_STREAM if request.stream else JSON,
            headers={"x-request-id": f"req_{ready.digest[:24]}", "cache-control": "no-cache"},
        )

    @router.get("/models")
    async def all_models() -> dict[str, object]:
        return {"object": "list", "data": [_card(name) for name in list_models(simulator.speeds)]}

    @router.get("/models/{name}")
    async def one_model(name: str) -> dict[str, object]:
        if find_model(name, simulator.speeds) is None:
            raise unknown_model(name)
        return _card(name)

    return router


def own_routes(simulator: Simulator) -> APIRouter:
    """The routes beside OpenAI's; they tell numbers only, so they need no key."""
    router = APIRouter()

    @router.get("/readyz")
    @router.get("/healthz")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/_sim/requests")
    async def counters() -> dict[str, object]:
        return simulator.ledger.snapshot()

    return router


def _card(name: str) -> dict[str, object]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "millstream"}
