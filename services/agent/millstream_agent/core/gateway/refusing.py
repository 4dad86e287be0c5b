"""What a user is told when nobody may be asked, or nobody answers. Who runs the server finds more
in its log and ledger."""

from typing import Final

from millstream_agent.core.failures import ModelFailed, ModelRefused, RunEnded
from millstream_shared.contracts.enums import ErrorType

REFUSALS: Final = {
    ErrorType.AUTHENTICATION: "does not accept this server's key",
    ErrorType.UNKNOWN_MODEL: "does not know the model",
    ErrorType.BAD_REQUEST: "did not take the request",
}


def refusal(failure: ModelFailed) -> RunEnded:
    """The end of a run whose question nobody can answer as it is."""
    if failure.error_type is ErrorType.CONTENT_FILTER:
        return RunEnded(
            "content_filter",
            "The model provider declined to answer on grounds of content. Rephrase the request.",
        )
    if failure.error_type is ErrorType.CONTEXT_TOO_LONG:
        return RunEnded(
            "context_too_long",
            "The conversation is too long for the model, even shortened. Start a new project, or "
            "ask for a smaller change.",
        )
    what = REFUSALS.get(failure.error_type, "did not take the request")
    return ModelRefused(
        "model_refused",
        f"The model provider {what}. Whoever runs this server finds the details in its log.",
    )


def unavailable(failure: ModelFailed) -> RunEnded:
    """The end of a run that got no whole answer."""
    return RunEnded(
        "model_unavailable",
        f"The model did not give a whole answer in several attempts ({failure.error_type}). "
        "Nothing was charged; try again in a moment.",
    )
