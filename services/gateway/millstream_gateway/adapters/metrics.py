"""What is counted; one registry per application, so that tests may build many."""

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector


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
