"""What operators see of model calls: the conventions' names, and nothing of what was said."""

from datetime import UTC, datetime
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from millstream_agent.adapters.telemetry import Telemetry
from millstream_agent.core.gateway.balancing import State
from millstream_agent.core.gateway.health import Health, Standing
from millstream_shared.contracts.enums import AttemptOutcome, ErrorType, Role
from millstream_shared.contracts.facts import ModelAttempted

ASKED_AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def reader() -> InMemoryMetricReader:
    return InMemoryMetricReader()


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def telemetry(reader: InMemoryMetricReader, spans: InMemorySpanExporter) -> Telemetry:
    tracers = TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    return Telemetry(MeterProvider([reader]), tracers)


def line(outcome: AttemptOutcome = AttemptOutcome.COMPLETE, **changes: Any) -> ModelAttempted:
    fields: dict[str, Any] = {
        "event_id": "e",
        "message_id": "m",
        "attempt": 1,
        "call": "code-1",
        "number": 1,
        "role": Role.CODE,
        "provider": "main",
        "model": "gpt",
        "outcome": outcome,
        "asked_at": ASKED_AT,
        "first_content": 0.5,
        "seconds": 2.5,
        "input_tokens": 1000,
        "cached_input_tokens": 600,
        "output_tokens": 101,
        "cost": 0.01,
    }
    return ModelAttempted.model_validate({**fields, **changes})


def points(reader: InMemoryMetricReader) -> dict[str, list[Any]]:
    data = reader.get_metrics_data()
    assert data is not None
    return {
        metric.name: list(metric.data.data_points)
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }


def test_the_seeds_figures_are_metrics(telemetry: Telemetry, reader: InMemoryMetricReader) -> None:
    """Time to first token, speed, total time and errors, tokens and cost."""
    telemetry.hear(line())
    telemetry.hear(line(AttemptOutcome.FAILED, error_type=ErrorType.CUT, first_content=None))
    seen = points(reader)
    assert seen["gen_ai.client.operation.time_to_first_chunk"][0].sum == 0.5
    assert seen["gen_ai.client.operation.time_per_output_chunk"][0].sum == pytest.approx(0.02)
    durations = {
        point.attributes.get("error.type"): point.sum
        for point in seen["gen_ai.client.operation.duration"]
    }
    assert durations == {None: 2.5, "provider_cut": 2.5}
    tokens = {
        point.attributes["gen_ai.token.type"]: point.sum
        for point in seen["gen_ai.client.token.usage"]
        if "error.type" not in point.attributes
    }
    assert tokens == {"input": 1000, "output": 101}
    assert sum(point.value for point in seen["millstream.model.cost"]) == pytest.approx(0.02)


def test_a_known_answer_counts_as_such(telemetry: Telemetry, reader: InMemoryMetricReader) -> None:
    """And not as a model that answers in no time."""
    telemetry.hear(line(AttemptOutcome.CACHED, seconds=0.0, first_content=None))
    seen = points(reader)
    assert seen["millstream.model.attempts"][0].attributes["outcome"] == "cached"
    assert "gen_ai.client.operation.duration" not in seen


def test_circuits_are_shown(telemetry: Telemetry, reader: InMemoryMetricReader) -> None:
    """One of three states is 1."""
    telemetry.watch(lambda: [("main/gpt", State(Health(), 3), Standing.OPEN)])
    seen = points(reader)
    states = {point.attributes["state"]: point.value for point in seen["millstream.model.breaker"]}
    assert states == {"closed": 0, "open": 1, "half_open": 0}
    assert seen["millstream.model.in_flight"][0].value == 3


def test_an_attempt_is_a_span_below_its_run(
    telemetry: Telemetry, spans: InMemorySpanExporter
) -> None:
    """At the time when it was made, with what it used."""
    with telemetry.run("m", 1):
        telemetry.hear(line())
    attempt, run = spans.get_finished_spans()
    assert attempt.parent is not None
    assert attempt.parent.span_id == run.context.span_id
    assert (attempt.name, run.name) == ("chat gpt", "invoke_agent millstream")
    assert attempt.start_time == int(ASKED_AT.timestamp() * 1e9)
    assert (attempt.end_time or 0) - (attempt.start_time or 0) == 2_500_000_000
    assert attempt.attributes is not None
    assert attempt.attributes["gen_ai.usage.cache_read.input_tokens"] == 600
