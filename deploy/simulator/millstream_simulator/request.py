"""The body of `POST /v1/chat/completions`, checked as strictly as the real API checks it."""

from typing import Annotated, Literal

from pydantic import Field, JsonValue, ValidationError

from millstream_simulator.errors import Refusal
from millstream_simulator.history import check_history
from millstream_simulator.message import Message, Part


class Function(Part):
    """A function that the model may call."""

    name: str = Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$")
    description: str | None = None
    parameters: dict[str, JsonValue] | None = None


class Tool(Part):
    """A tool on offer; functions are the only kind."""

    type: Literal["function"]
    function: Function


class StreamOptions(Part):
    """Options of a streamed answer."""

    include_usage: bool | None = None


Limit = Annotated[int, Field(ge=1)] | None


class ChatRequest(Part):
    """A chat completion request."""

    model: str
    messages: tuple[Message, ...] = Field(min_length=1)
    tools: tuple[Tool, ...] | None = None
    tool_choice: JsonValue = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: Limit = None
    max_completion_tokens: Limit = None
    n: int | None = None
    seed: int | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None

    @property
    def limit(self) -> int | None:
        """The most completion tokens allowed."""
        return self.max_completion_tokens or self.max_tokens

    @property
    def declared(self) -> frozenset[str]:
        """The names of the tools that may be called."""
        return frozenset() if self.tool_choice == "none" else self.known

    @property
    def known(self) -> frozenset[str]:
        """The names of the tools that there are, whether they may be called now or not."""
        return frozenset(tool.function.name for tool in self.tools or ())


def parse_request(body: bytes) -> ChatRequest:
    """Read a request body; raise a Refusal (400) that names the offending field."""
    try:
        request = ChatRequest.model_validate_json(body)
    except ValidationError as error:
        raise _explain(error) from error
    _check_options(request)
    check_history(request.messages)
    return request


def _explain(error: ValidationError) -> Refusal:
    first = error.errors(include_url=False)[0]
    if first["type"] == "json_invalid":
        return Refusal(400, "We could not parse the JSON body of your request.")
    places = (f"[{at}]" if isinstance(at, int) else f".{at}" for at in first["loc"])
    param = "".join(places).removeprefix(".")
    code = "missing_required_parameter" if first["type"] == "missing" else "invalid_value"
    message = f"Invalid value for '{param}': {first['msg']}." if param else first["msg"]
    return Refusal(400, message, param=param or None, code=code)


def _check_options(request: ChatRequest) -> None:
    if request.n not in (None, 1):
        raise Refusal(400, "Only n = 1 is supported.", param="n", code="unsupported_value")
    if request.max_tokens and request.max_completion_tokens:
        message = "'max_tokens' and 'max_completion_tokens' cannot both be set."
        raise Refusal(400, message, param="max_tokens", code="invalid_value")
    if request.stream_options and not request.stream:
        message = "'stream_options' is only allowed when 'stream' is enabled."
        raise Refusal(400, message, param="stream_options", code="invalid_value")
