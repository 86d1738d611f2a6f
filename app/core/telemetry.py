"""Traces and metrics, off unless the operator asks: what they may tell, and nothing else.

FastAPI makes one span and two metrics of a request. Left alone, its spans carry the path, the query string, the Host
header and what the caller put into `tracestate`; logs would carry messages of exceptions. So logs stay off, and every
span passes through `ScreenedTracer`, which keeps the attributes of an allow-list and takes from the caller only the
two ids that join traces. Metrics carry the method, the route's template, the status and the type of an error.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from fastapi.telemetry import TelemetryConfig
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, Status, StatusCode, TracerProvider
from opentelemetry.util.types import Attributes, AttributeValue

ALLOWED_ATTRIBUTES = frozenset(
    {
        "http.request.method",
        "http.route",
        "http.response.status_code",
        "error.type",
        "url.scheme",
        "network.protocol.version",
    }
)
"""What a span may say of a request."""


def configuration(*, is_on: bool) -> TelemetryConfig:
    """Return FastAPI's telemetry settings: all off, or traces and metrics only."""
    if not is_on:
        return {"tracing": False, "metrics": False, "logs": False, "operation_spans": False, "auto_configure": False}
    return {
        "tracing": True,
        "metrics": True,
        "logs": False,
        "operation_spans": False,
        "auto_configure": False,
        "tracer_provider": ScreenedTracerProvider(),
    }


class ScreenedTracerProvider(TracerProvider):
    """Hands out tracers of the provider the operator's distribution of OpenTelemetry set up, each behind a screen."""

    def get_tracer(
        self,
        instrumenting_module_name: str,
        instrumenting_library_version: str | None = None,
        schema_url: str | None = None,
        attributes: Attributes | None = None,
    ) -> trace.Tracer:
        """Return a screened tracer."""
        return ScreenedTracer(
            trace.get_tracer(instrumenting_module_name, instrumenting_library_version, schema_url=schema_url)
        )


class ScreenedTracer(trace.Tracer):
    """Starts spans that hold allowed attributes only."""

    def __init__(self, tracer: trace.Tracer) -> None:
        """Stand before this tracer."""
        self._tracer = tracer

    def start_span(
        self,
        name: str,
        context: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,  # noqa: FBT001, FBT002 - OpenTelemetry's signature
        set_status_on_exception: bool = True,  # noqa: FBT001, FBT002
    ) -> Span:
        """Start a span; of the caller's context only the ids are taken, of its attributes the allowed ones."""
        span = self._tracer.start_span(
            name,
            context=_ids_of(context),
            kind=kind,
            attributes=_allowed(attributes),
            start_time=start_time,
            record_exception=False,
            set_status_on_exception=False,
        )
        return ScreenedSpan(span)

    @contextmanager
    def start_as_current_span(self, name: str, *args: Any, **options: Any) -> Iterator[Span]:  # type: ignore[override]
        """Do the same for the length of a block."""
        with trace.use_span(self.start_span(name), record_exception=False, set_status_on_exception=False) as span:
            yield span


class ScreenedSpan(Span):
    """A span that takes allowed attributes and statuses without words; neither events nor exceptions."""

    def __init__(self, span: Span) -> None:
        """Stand before this span."""
        self._span = span

    def end(self, end_time: int | None = None) -> None:
        """Pass on."""
        self._span.end(end_time)

    def get_span_context(self) -> SpanContext:
        """Pass on."""
        return self._span.get_span_context()

    def set_attributes(self, attributes: Mapping[str, AttributeValue]) -> None:
        """Pass on what is allowed."""
        self._span.set_attributes(_allowed(attributes))

    def set_attribute(self, key: str, value: AttributeValue) -> None:
        """Pass on what is allowed."""
        self.set_attributes({key: value})

    def add_event(self, name: str, attributes: Attributes = None, timestamp: int | None = None) -> None:
        """Leave it out."""

    def update_name(self, name: str) -> None:
        """Pass on: FastAPI names a span by its method and its route's template."""
        self._span.update_name(name)

    def is_recording(self) -> bool:
        """Pass on."""
        return self._span.is_recording()

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        """Pass on the code alone."""
        self._span.set_status(status.status_code if isinstance(status, Status) else status)

    def record_exception(
        self,
        exception: BaseException,
        attributes: Attributes = None,
        timestamp: int | None = None,
        escaped: bool = False,  # noqa: FBT001, FBT002 - OpenTelemetry's signature
    ) -> None:
        """Leave it out: messages of exceptions quote values."""


def _allowed(attributes: Attributes) -> dict[str, AttributeValue]:
    return {key: value for key, value in (attributes or {}).items() if key in ALLOWED_ATTRIBUTES}


def _ids_of(context: Context | None) -> Context:
    """Join the caller's trace by its ids; her `tracestate` and baggage are free text and stay out."""
    given = trace.get_current_span(context).get_span_context()
    if not given.is_valid:
        return Context()
    ids = SpanContext(given.trace_id, given.span_id, is_remote=given.is_remote, trace_flags=given.trace_flags)
    return trace.set_span_in_context(NonRecordingSpan(ids), Context())
