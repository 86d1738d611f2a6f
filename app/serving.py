"""Serving: the process around the app. Where it listens, how it is protected, and how it stops without losing requests.

On SIGTERM `/readyz` says 503 at once, answers carry `Connection: close`, and the process goes on for `drain_seconds`,
so that load balancers notice; then uvicorn stops listening and finishes what runs.
"""

import asyncio
import functools
import gc
import ipaddress
import os
import signal
import sys
import threading
from types import FrameType
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.memory import imported_for_good
from app.core.rate_limits import store_at
from app.http_protocol import PunctualHttp
from app.settings import Settings

FINISH_SECONDS = 25
"""How long requests that run when listening ends may take; with the drain it stays within the usual 30 s of grace."""

KEEP_ALIVE_SECONDS = 75
"""How long an idle connection stays open: longer than most proxies and clients keep one (up to 60 s). They then end it,
and none sends a request into a connection that is just being closed."""


class PlainHttpRefused(RuntimeError):
    """The record would travel unencrypted."""


def serve(settings: Settings, workers: int) -> None:
    """Serve until told to stop; several processes share one listening socket."""
    check_protected(settings)
    store_at(settings.rate_limit_storage)
    # Each process reads its settings from the environment, so what the command line said goes there.
    os.environ |= {"STANCE_HOST": settings.host, "STANCE_PORT": str(settings.port)}
    signal.signal(signal.SIGTERM, _leave)
    uvicorn.run(
        "app.serving:served_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=workers,
        loop="uvloop",
        http=cast("Any", functools.partial(PunctualHttp, request_seconds=settings.request_seconds)),
        ws="none",
        access_log=False,
        server_header=False,
        log_config=None,
        proxy_headers=bool(settings.forwarded_allow_ips),
        forwarded_allow_ips=list(settings.forwarded_allow_ips),
        ssl_certfile=settings.tls_certificate_file,
        ssl_keyfile=settings.tls_key_file,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=FINISH_SECONDS,
    )


def served_app() -> ASGIApp:
    """Return the app of one process, which imports it now: each of several does."""
    with imported_for_good():
        from app.main import create_app  # noqa: PLC0415 - here is where importing begins
    settings = Settings()
    app = create_app(settings)
    # All of this stays for good: without it a full collection takes a few milliseconds, not a tenth of a second.
    gc.freeze()
    # What a service remembers makes it take longer again, and the event loop stands still meanwhile. It finds next to
    # nothing, since the collections before it do: so a full one comes hardly ever, and those before it look at no more
    # than some 8,000 objects, which takes ten milliseconds. Most come and go with their request.
    gc.set_threshold(2_000, 4, 2_500)
    return Draining(app, app.state.draining, settings.drain_seconds)


def check_protected(settings: Settings) -> None:
    """Refuse to offer the record over plain HTTP to other machines."""
    if settings.tls_certificate_file is not None or settings.behind_tls_proxy or _is_this_machine(settings.host):
        return
    raise PlainHttpRefused(
        f"{settings.host} can be reached from other machines, and plain HTTP would show them the record. Set "
        "STANCE_TLS_CERTIFICATE_FILE and STANCE_TLS_KEY_FILE, or STANCE_BEHIND_TLS_PROXY=true if a proxy in front "
        "speaks HTTPS, or listen on 127.0.0.1."
    )


class Draining:
    """Puts a drain between SIGTERM and the server's own reaction to it."""

    def __init__(self, app: ASGIApp, draining: threading.Event, seconds: float) -> None:
        """Wrap the app; `draining` tells it that the drain has begun."""
        self._app, self._draining, self._seconds = app, draining, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; the server starts the app when it has set its own signal handlers."""
        if scope["type"] == "lifespan":
            self._come_first_on_sigterm()
        await self._app(scope, receive, send)

    def _come_first_on_sigterm(self) -> None:
        stop = signal.getsignal(signal.SIGTERM)
        loop = asyncio.get_running_loop()

        def drain(number: int, _frame: FrameType | None) -> None:
            # A second SIGTERM changes nothing: service managers send it to every process of a group.
            if callable(stop) and not self._draining.is_set():
                self._draining.set()
                loop.call_soon_threadsafe(loop.call_later, self._seconds, stop, number, None)

        signal.signal(signal.SIGTERM, drain)
        interrupt = signal.getsignal(signal.SIGINT)

        def leave(number: int, frame: FrameType | None) -> None:
            self._draining.set()  # ends what would go on for ever, so that nobody waits for it
            if callable(interrupt):
                interrupt(number, frame)

        signal.signal(signal.SIGINT, leave)


def _leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
