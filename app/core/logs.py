"""The log: one JSON line per fact, from us and from every library, with no way in for clinical text.

A line has only keys of an allow-list, and under each key only values of that key's form: ids, numbers, names of code.
Words of libraries are passed on only where we know the whole sentence; of any other line its place in the code says
which it was. Neither tracebacks nor messages of exceptions appear: they quote values.
"""

import errno
import logging
import math
import re
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import PurePath
from types import TracebackType

import orjson

from app.core.log_sentences import SENTENCES

Entry = Mapping[str, object]
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
REQUEST_ID = re.compile(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}", re.ASCII)
"""What a request id looks like: 32 hexadecimal digits, as in a UUID or a trace id. Names cannot be written so."""


def _text(pattern: str) -> Callable[[object], bool]:
    form = re.compile(pattern, re.ASCII)
    return lambda value: isinstance(value, str) and form.fullmatch(value) is not None


def _one_of(*values: str) -> Callable[[object], bool]:
    return frozenset(values).__contains__


def _number(value: object) -> bool:
    return type(value) in (int, float) and math.isfinite(value)  # type: ignore[arg-type]  # mypy does not read type()


FORMS: dict[str, Callable[[object], bool]] = {
    "timestamp": _text(r"[0-9T:.Z-]{20,32}"),
    "level": _one_of("debug", "info", "warning", "error", "critical"),
    "event": _text(r"[a-z_]+(\.[a-z_]+)*"),
    "request_id": lambda value: isinstance(value, str) and REQUEST_ID.fullmatch(value) is not None,
    "method": lambda value: value in METHODS or value == "other",
    "route": _text(r"unmatched|(/(\{[a-z_]{1,30}\}|\.?[a-z])[a-z0-9.-]{0,30}){1,12}"),
    "status": _number,
    "milliseconds": _number,
    "error_type": _text(r"[A-Za-z_][A-Za-z0-9_]{0,60}"),
    "place": _text(r"([A-Za-z0-9_.-]+/){0,3}[A-Za-z0-9_]+\.py:[0-9]{1,6}"),
    "logger": _text(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+){0,6}"),
    "message": _one_of(*SENTENCES),
    "cause": _one_of(*errno.errorcode.values()),
    "engine": _one_of("sqlite", "postgresql"),
    "host": _text(r"[0-9a-f.:]{2,45}|localhost"),
    "port": _number,
    "migration": _text(r"[a-z0-9_]{1,40}"),
    "reason": _text(r"[a-z_]{1,40}"),
    "clinic_id": _text(r"[0-9a-f-]{36}"),
    "process": _number,
    "count": _number,
    "number": _number,
    "hash": _text(r"[0-9a-f]{64}"),
    "sealed_at": _text(r"[0-9T:.+-]{20,32}"),
    "signature": _text(r"[0-9a-f]{128}"),
    "public_key": _text(r"[0-9a-f]{64}"),
    "done": _number,
    "total": _number,
    "dropped": _number,
}
"""The allow-list: every key a line may have, and what its values look like."""

_WARNING = re.compile(r"(?P<file>.*?):(?P<line>[0-9]+): (?P<kind>[A-Za-z_.]+): ")
"""How Python writes a warning down; what follows is its message, which may quote values."""

_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


class Log:
    """Writes the service's own lines, such as `log.info("request", status=200)`."""

    def info(self, event: str, **entry: object) -> None:
        """Tell what happened."""
        _write("info", datetime.now(UTC), event, entry)

    def warning(self, event: str, **entry: object) -> None:
        """Tell what somebody should look at."""
        _write("warning", datetime.now(UTC), event, entry)

    def error(self, event: str, **entry: object) -> None:
        """Tell what went wrong."""
        _write("error", datetime.now(UTC), event, entry)


log = Log()


def configure() -> None:
    """Send every line to standard error as JSON: ours, the libraries', warnings, and whatever ends a thread."""
    root = logging.getLogger()
    if not any(isinstance(one, _JsonLines) for one in root.handlers):
        root.handlers = [*(one for one in root.handlers if not _writes_plainly(one)), _JsonLines()]
    root.setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
    # A test runner has its own hooks, and they are to stay.
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = _ended
    if threading.excepthook is threading.__excepthook__:
        threading.excepthook = lambda ended: _fail("thread.failed", ended.exc_value)
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = lambda lost: _fail("cleanup.failed", lost.exc_value)


@contextmanager
def within_request(request_id: str) -> Iterator[None]:
    """Put the request's id into every line that is written meanwhile, whoever writes it."""
    before = _request_id.set(request_id)
    try:
        yield
    finally:
        _request_id.reset(before)


def only_allowed(entry: Entry) -> Entry:
    """Keep the keys of the allow-list whose values have their form, and say how many were left out."""
    kept = {key: value for key, value in entry.items() if key in FORMS and value is not None and FORMS[key](value)}
    if len(kept) == len(entry):
        return kept
    dropped = sum(key not in kept and value is not None for key, value in entry.items())
    return {**kept, "dropped": dropped} if dropped else kept


def _write(level: str, at: datetime, event: str, entry: Entry) -> None:
    line: Entry = {
        "timestamp": f"{at.replace(tzinfo=None).isoformat()}Z",
        "level": level,
        "request_id": _request_id.get(),
        "event": event,
        **entry,
    }
    sys.stderr.write(orjson.dumps(only_allowed(line)).decode() + "\n")


def traits_of(failure: BaseException | None) -> dict[str, str]:
    """Return what may be told of an exception: its type, the last place of ours it passed, the system's error code."""
    if failure is None:
        return {}
    frames = traceback.extract_tb(failure.__traceback__)
    ours = [frame for frame in frames if "/app/" in frame.filename.replace("\\", "/")] or frames
    told: dict[str, str] = {"error_type": type(failure).__name__}
    if ours:
        told["place"] = _place(ours[-1].filename, ours[-1].lineno)
    if isinstance(failure, OSError) and failure.errno is not None and failure.errno in errno.errorcode:
        told["cause"] = errno.errorcode[failure.errno]
    return told


class _JsonLines(logging.Handler):
    """Writes what libraries log, without a word that could quote somebody."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        entry: dict[str, object] = {
            "logger": record.name,
            "place": _place(record.pathname, record.lineno),
            **_said(record),
        }
        failure = record.exc_info[1] if record.exc_info else record.msg
        if isinstance(failure, BaseException):
            entry.update(traits_of(failure))
        _write(record.levelname.lower(), datetime.fromtimestamp(record.created, UTC), "library", entry)


def _said(record: logging.LogRecord) -> dict[str, object]:
    """Return the sentence if we know it, and the values in it that have a name; of a warning its kind and place."""
    if record.name == "py.warnings" and (warning := _WARNING.match(record.getMessage())):
        return {"place": _place(warning["file"], int(warning["line"])), "error_type": warning["kind"]}
    sentence = str(record.msg).strip() if isinstance(record.msg, str) else ""
    keys = SENTENCES.get(sentence)
    if keys is None:
        return {}
    values = record.args if isinstance(record.args, tuple) else ()
    named = {key: value for key, value in zip(keys, values, strict=False) if key}
    return {"message": sentence} | named


def _place(filename: str, line: int | None) -> str:
    path = PurePath(filename.replace("\\", "/"))
    parts = path.parts
    below = [index for index, part in enumerate(parts) if part in ("app", "site-packages")]
    shown = parts[below[-1] + 1 :] if below else parts
    return f"{'/'.join(shown[-4:])}:{line or 0}"


def _fail(event: str, failure: BaseException | None) -> None:
    log.error(event, **traits_of(failure))


def _ended(_kind: type[BaseException], failure: BaseException, _where: TracebackType | None) -> None:
    if isinstance(failure, KeyboardInterrupt):
        return
    _fail("process.failed", failure)


def _writes_plainly(one: logging.Handler) -> bool:
    return type(one) is logging.StreamHandler
