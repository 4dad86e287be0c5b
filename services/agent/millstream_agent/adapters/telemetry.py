"""Metrics and traces of model calls, with the names of OpenTelemetry's GenAI conventions.

Metrics are on the agent's /metrics. Spans go to an OTLP collector where OTEL_EXPORTER_OTLP_ENDPOINT
(or ..._TRACES_ENDPOINT) names one: one for the run, one below it for each attempt at a provider.
Neither ever has a prompt or an answer in it.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from opentelemetry import metrics, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from millstream_agent.core.gateway.balancing import State
from millstream_agent.core.gateway.health import Standing
from millstream_shared.contracts.enums import AttemptOutcome
from millstream_shared.contracts.facts import ModelAttempted

SECONDS: Final = tuple(0.01 * 2**step for step in range(14))
"""Buckets of the conventions: 0.01 to 81.92 s."""
TOKENS: Final = tuple(float(4**step) for step in range(14))
COLLECTORS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")

Attributes = dict[str, str | bool | int | float]
Standings = Callable[[], Iterable[tuple[str, State, Standing]]]
"""Of every offer: its name, what is known of it, and whether it may be asked."""


def configure_telemetry() -> Callable[[], None]:
    """Once per process, before the first call; gives what sends the last spans off at the end."""
    resource = Resource.create({"service.name": "millstream-agent"})
    metrics.set_meter_provider(MeterProvider([PrometheusMetricReader()], resource))
    if not any(os.environ.get(name) for name in COLLECTORS):
        return lambda: None
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return provider.shutdown


class Telemetry:
    """Hears of every attempt. Without `configure_telemetry` all of it does nothing."""

    def __init__(
        self,
        meters: metrics.MeterProvider | None = None,
        tracers: trace.TracerProvider | None = None,
    ) -> None:
        """Without arguments, what the process has configured."""
        meter = metrics.get_meter("millstream", meter_provider=meters)
        self._meter = meter
        self._tracer = trace.get_tracer("millstream", tracer_provider=tracers)
        self._duration = meter.create_histogram(
            "gen_ai.client.operation.duration",
            "s",
            "Time of an attempt at a model call",
            explicit_bucket_boundaries_advisory=SECONDS,
        )
        self._first = meter.create_histogram(
            "gen_ai.client.operation.time_to_first_chunk",
            "s",
            "Time to the first content of an answer",
            explicit_bucket_boundaries_advisory=SECONDS,
        )
        self._per_chunk = meter.create_histogram(
            "gen_ai.client.operation.time_per_output_chunk",
            "s",
            "Time of an output token after the first",
            explicit_bucket_boundaries_advisory=tuple(step / 40 for step in SECONDS),
        )
        self._tokens = meter.create_histogram(
            "gen_ai.client.token.usage",
            "{token}",
            "Tokens of an attempt",
            explicit_bucket_boundaries_advisory=TOKENS,
        )
        self._attempts = meter.create_counter(
            "millstream.model.attempts", "{attempt}", "Attempts at model calls, by outcome"
        )
        self._cost = meter.create_counter(
            "millstream.model.cost", "USD", "Cost of attempts by the configured prices"
        )

    def watch(self, standings: Standings) -> None:
        """Shows how all offers are doing whenever somebody looks."""

        def breakers(_: CallbackOptions) -> Iterable[Observation]:
            for name, _state, standing in standings():
                for each in Standing:
                    yield Observation(int(each is standing), {"offer": name, "state": each.value})

        def in_flight(_: CallbackOptions) -> Iterable[Observation]:
            for name, state, _standing in standings():
                yield Observation(state.in_flight, {"offer": name})

        self._meter.create_observable_gauge(
            "millstream.model.breaker", [breakers], "1", "1 for the state that an offer is in"
        )
        self._meter.create_observable_gauge(
            "millstream.model.in_flight", [in_flight], "{call}", "Calls on their way, of all agents"
        )

    @contextmanager
    def run(self, message_id: str, attempt: int) -> Iterator[None]:
        """The span of one attempt at a run."""
        attributes: Attributes = {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": "millstream",
            "millstream.message.id": message_id,
            "millstream.attempt": attempt,
        }
        name = "invoke_agent millstream"
        with self._tracer.start_as_current_span(name, attributes=attributes):
            yield

    def hear(self, line: ModelAttempted) -> None:
        """Books a line of the ledger."""
        kind = _kind(line)
        self._attempts.add(1, {**kind, "outcome": line.outcome.value, "hedge": line.hedge})
        if line.outcome is AttemptOutcome.CACHED:
            return
        self._duration.record(line.seconds, kind)
        self._cost.add(line.cost, kind)
        self._count_tokens(line, kind)
        if line.first_content is not None:
            self._first.record(line.first_content, kind)
            if line.output_tokens > 1 and line.outcome is AttemptOutcome.COMPLETE:
                answering = line.seconds - line.first_content
                self._per_chunk.record(answering / (line.output_tokens - 1), kind)
        self._trace(line, kind)

    def _count_tokens(self, line: ModelAttempted, kind: Attributes) -> None:
        for token_type, tokens in (("input", line.input_tokens), ("output", line.output_tokens)):
            self._tokens.record(tokens, {**kind, "gen_ai.token.type": token_type})

    def _trace(self, line: ModelAttempted, kind: Attributes) -> None:
        begun = int(line.asked_at.timestamp() * 1e9)
        span = self._tracer.start_span(
            f"chat {line.model}", kind=SpanKind.CLIENT, attributes=kind, start_time=begun
        )
        _describe(span, line)
        span.end(begun + int(line.seconds * 1e9))


def _kind(line: ModelAttempted) -> Attributes:
    kind: Attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": line.provider,
        "gen_ai.request.model": line.model,
        "millstream.role": line.role.value,
    }
    return {**kind, "error.type": line.error_type.value} if line.error_type else kind


def _describe(span: Span, line: ModelAttempted) -> None:
    span.set_attributes(
        {
            "gen_ai.request.stream": True,
            "gen_ai.usage.input_tokens": line.input_tokens,
            "gen_ai.usage.output_tokens": line.output_tokens,
            "gen_ai.usage.cache_read.input_tokens": line.cached_input_tokens,
            "millstream.message.id": line.message_id,
            "millstream.call": line.call,
            "millstream.hedge": line.hedge,
            "millstream.usage.estimated": line.estimated,
        }
    )
    if line.finish_reason:
        span.set_attribute("gen_ai.response.finish_reasons", [line.finish_reason])
    if line.first_content is not None:
        span.set_attribute("gen_ai.response.time_to_first_chunk", line.first_content)
    if line.outcome is AttemptOutcome.FAILED:
        span.set_status(Status(StatusCode.ERROR))
