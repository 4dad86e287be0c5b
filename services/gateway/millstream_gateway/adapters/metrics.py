"""What is counted; one registry per application, so that tests may build many."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

SECONDS: Final = tuple(0.01 * 2**power for power in range(14))
"""0.01 to 81.92, as OpenTelemetry's conventions for generative AI have it."""


class Metrics:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "millstream_gateway_requests",
            "Requests answered",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.open_streams = Gauge(
            "millstream_gateway_open_streams", "Streams open now", registry=self.registry
        )
        self.frames_sent = Counter(
            "millstream_gateway_frames_sent",
            "Events handed to streams",
            registry=self.registry,
        )
        self.log_reads = Counter(
            "millstream_gateway_log_reads",
            "Times a viewer was served from the run log",
            registry=self.registry,
        )
        self.first_token = Histogram(
            "millstream_viewer_time_to_first_token_seconds",
            "From a message's creation until its first text or file was sent to a live viewer",
            buckets=SECONDS,
            registry=self.registry,
        )
