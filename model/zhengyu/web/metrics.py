"""What the server counts, for Prometheus; never what was in a request."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Metrics:
    """Counters of one server.

    Parameters
    ----------
    version : str
        The model's version, shown as a label.
    """

    def __init__(self, version: str) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "zhengyu_requests", "Requests answered.", ("path", "method", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "zhengyu_request_seconds", "Time from the first byte of a request to the last of its answer.", ("path",),
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60), registry=self.registry,
        )  # fmt: skip
        self.paragraphs = Counter("zhengyu_paragraphs", "Paragraphs tagged.", registry=self.registry)
        self.request_paragraphs = Histogram(
            "zhengyu_request_paragraphs", "Paragraphs of a request.",
            buckets=(1, 2, 4, 8, 16, 64, 256, 1_000, 5_000, 20_000), registry=self.registry,
        )  # fmt: skip
        self.workers_ended = Counter(
            "zhengyu_workers_ended", "Workers that were late, or broke, and were replaced.", registry=self.registry
        )
        self.under_way = Gauge("zhengyu_requests_under_way", "Requests under way.", registry=self.registry)
        self.body_bytes = Gauge("zhengyu_body_bytes", "Bytes of bodies held.", registry=self.registry)
        Gauge("zhengyu_model", "The model loaded.", ("version",), registry=self.registry).labels(version).set(1)

    def text(self) -> bytes:
        """Return all of them in the Prometheus text format."""
        return generate_latest(self.registry)
