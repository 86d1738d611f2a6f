"""The log: one JSON line per fact, only with keys of an allow-list, so that no clinical text can slip in."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

ALLOWED_KEYS = frozenset(
    {
        "event", "level", "timestamp", "request_id", "method", "route", "status", "milliseconds",
        "error_type", "place", "engine", "host", "port", "migration", "done", "total",
    }
)  # fmt: skip


def _only_allowed(_logger: object, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: value for key, value in entry.items() if key in ALLOWED_KEYS}


def configure() -> None:
    """Send our lines to standard error as JSON; keep the libraries' own loggers to warnings."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s")
    # The server's own words at start and stop (a port in use, say) are for the operator; tracebacks stay out.
    server = logging.getLogger("uvicorn.error")
    server.handlers, server.propagate = [_plain_handler()], False
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _only_allowed,
            structlog.processors.JSONRenderer(sort_keys=False),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


class _Plain(logging.Formatter):
    """Messages without the values an exception may carry."""

    def formatException(self, ei: object) -> str:  # noqa: N802 - logging's name
        return ""


def _plain_handler() -> logging.Handler:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Plain("%(levelname)s %(name)s %(message)s"))
    return handler


log = structlog.get_logger()
