"""Telemetry is off unless asked for, and even then tells ids, templates and numbers only."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.util.types import Attributes, AttributeValue

from app.core.telemetry import ALLOWED_ATTRIBUTES, ScreenedSpan, ScreenedTracer, configuration
from app.main import create_app
from app.settings import Settings
from tests.support.house import Clinic

MARK = "qzx7canary"
TRACE = "0af7651916cd43dd8448eb211c80319c"


@dataclass
class KeptSpan(Span):
    """Keeps whatever it is told, as an exporter would send it."""

    name: str
    parent: SpanContext
    told: dict[str, Any] = field(default_factory=dict)
    extras: list[Any] = field(default_factory=list)

    def end(self, end_time: int | None = None) -> None:
        pass

    def get_span_context(self) -> SpanContext:
        return SpanContext(int(TRACE, 16), 7, is_remote=False, trace_flags=TraceFlags(1))

    def set_attributes(self, attributes: Any) -> None:
        self.told |= attributes

    def set_attribute(self, key: str, value: AttributeValue) -> None:
        self.told[key] = value

    def add_event(self, name: str, attributes: Attributes = None, timestamp: int | None = None) -> None:
        self.extras.append((name, attributes))

    def update_name(self, name: str) -> None:
        self.name = name

    def is_recording(self) -> bool:
        return True

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        self.extras.append((status, description))

    def record_exception(self, exception: BaseException, *args: Any, **options: Any) -> None:
        self.extras.append(exception)


class Keeping(trace.Tracer):
    """Starts spans that are kept."""

    def __init__(self) -> None:
        self.spans: list[KeptSpan] = []

    def start_span(
        self,
        name: str,
        context: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
    ) -> Span:
        assert not record_exception
        assert context is not None
        assert MARK not in repr(context)
        kept = KeptSpan(name, trace.get_current_span(context).get_span_context(), dict(attributes or {}))
        self.spans.append(kept)
        return kept

    @contextmanager
    def start_as_current_span(self, name: str, *args: Any, **options: Any) -> Iterator[Span]:  # type: ignore[override]
        yield self.start_span(name, **options)


def telemetry_of(app: FastAPI) -> dict[str, Any]:
    return dict(app._telemetry)


def test_telemetry_is_off_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    told = telemetry_of(create_app(Settings()))
    assert not any(told[name] for name in ("tracing", "metrics", "logs", "operation_spans", "auto_configure"))


def test_telemetry_that_is_on_makes_traces_and_metrics_but_never_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    told = telemetry_of(create_app(Settings(telemetry=True)))
    assert told["tracing"]
    assert told["metrics"]
    assert not any(told[name] for name in ("logs", "operation_spans", "auto_configure"))


async def test_spans_hold_nothing_of_what_was_sent(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    keeping = Keeping()
    wanted = configuration(is_on=True)
    monkeypatch.setattr(trace, "get_tracer", lambda *_args, **_options: keeping)
    app = clinic.house.app
    monkeypatch.setattr(app, "_telemetry", {**app._telemetry, **wanted})
    monkeypatch.setattr(app._native_telemetry, "config", app._telemetry)

    @app.get("/broken", include_in_schema=False)
    async def broken() -> None:
        raise RuntimeError(MARK)

    therapist = clinic["therapist"]
    headers = {
        "traceparent": f"00-{TRACE}-b7ad6b7169203331-01",
        "tracestate": f"vendor={MARK}",
        "baggage": f"client={MARK}",
        "User-Agent": MARK,
    }
    person = {"given_name": MARK, "family_name": MARK}
    await therapist.post("/clients", person, headers=headers)
    await therapist.post("/clients", {**person, "birth_date": MARK}, headers=headers)
    await therapist.put(f"/clients/by-identifier?system=urn:x&value={MARK}", person, headers=headers)
    await therapist.get(f"/clients/{MARK}?{MARK}={MARK}", headers=headers)
    await therapist.get(f"/nowhere/{MARK}", headers=headers)
    await clinic.house.anonymous.get("/broken", headers=headers)
    assert len(keeping.spans) == 6
    assert MARK not in repr(keeping.spans)
    assert {key for span in keeping.spans for key in span.told} <= ALLOWED_ATTRIBUTES
    first = keeping.spans[0]
    assert first.told["http.route"] == "/v1/clients"
    assert first.told["http.response.status_code"] == 201
    assert first.parent.trace_id == int(TRACE, 16), "her trace goes on in ours"
    assert not first.parent.trace_state


def test_a_screened_span_takes_no_words() -> None:
    kept = KeptSpan("GET", trace.INVALID_SPAN_CONTEXT)
    span = ScreenedSpan(kept)
    span.set_attribute("url.query", MARK)
    span.set_attributes({"http.route": "/v1/clients", "story": MARK})
    span.add_event(MARK, {"story": MARK})
    span.record_exception(ValueError(MARK))
    span.set_status(Status(StatusCode.ERROR, MARK))
    span.set_status(StatusCode.ERROR, MARK)
    assert MARK not in repr(kept)
    assert kept.told == {"http.route": "/v1/clients"}


def test_a_screened_tracer_screens_current_spans_too() -> None:
    keeping = Keeping()
    with ScreenedTracer(keeping).start_as_current_span("work", attributes={"story": MARK}) as span:
        span.set_attribute("story", MARK)
    assert MARK not in repr(keeping.spans)
