"""The one way out: every request this service makes itself goes through here, to a place that was checked.

Who can name an address for us to fetch could otherwise make us ask machines only we can reach (server-side request
forgery). So: HTTPS alone, two ports, a name resolved once and the connection made to the address that was checked,
public addresses only, no redirects, no proxy of the environment, an end to waiting and to what is read.
"""

import asyncio
import functools
import json
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any, NoReturn

import httpcore
import httpx

from app.core.addresses import is_a_neighbour, is_public
from app.core.fetching import TOTAL_SECONDS, OutboundFailed, Reason
from app.core.nesting import nests_too_deep

PORTS = frozenset({443, 8443})
MOST_BYTES = 65_536
"""As much of an answer as is read. The key sets of large identity providers have a third of it."""
CONNECT_SECONDS, READ_SECONDS = 2.0, 5.0
_MOST_ADDRESSES = 4
_LONGEST_ADDRESS = 2000
_HIGHEST_PORT = 65_535

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Returns every address of a name."""


async def resolve(host: str, port: int) -> list[str]:
    """Ask the system for every address of a name."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to checked addresses only. TLS goes on using the name, so that certificates are checked against it."""

    def __init__(
        self,
        private_hosts: Collection[str] = (),
        resolve: Resolve = resolve,
        dial: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        """Take the `host:port` names of the own network that may be reached, and how to resolve and connect."""
        self._private_hosts = frozenset(private_hosts)
        self._resolve = resolve
        self._dial = dial or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve the name once, refuse unless all its addresses are fit, and connect to one of them."""
        addresses = await self._checked(host, port)
        failure: Exception = OutboundFailed(Reason.NAME_UNKNOWN)
        for address in addresses[:_MOST_ADDRESSES]:
            try:
                return await self._dial.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as refused:
                failure = refused
        raise failure

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> NoReturn:
        """Refuse: nothing outside this machine is behind a socket file."""
        raise OutboundFailed(Reason.ADDRESS_UNFIT)

    async def sleep(self, seconds: float) -> None:
        """Wait, as the pool may between attempts."""
        await self._dial.sleep(seconds)

    async def _checked(self, host: str, port: int) -> list[str]:
        is_ours = f"{host}:{port}" in self._private_hosts
        if port not in PORTS and not is_ours:
            raise OutboundFailed(Reason.ADDRESS_UNFIT)
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError):
            raise OutboundFailed(Reason.NAME_UNKNOWN) from None
        is_fit = is_a_neighbour if is_ours else is_public
        if not all(is_fit(address) for address in addresses):
            raise OutboundFailed(Reason.NOT_PUBLIC)
        return list(dict.fromkeys(addresses))


class _GuardedTransport(httpx.AsyncBaseTransport):
    """httpx on a guarded network. Each request resolves, checks and connects anew: they are rare."""

    def __init__(self, network: httpcore.AsyncNetworkBackend, trust: ssl.SSLContext) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=trust, max_keepalive_connections=0, http2=False, retries=0, network_backend=network
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        wanted = httpcore.Request(
            request.method,
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        answer = await self._pool.handle_async_request(wanted)
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Pieces(answer), extensions=answer.extensions
        )

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Pieces(httpx.AsyncByteStream):
    """The body of an answer as it comes in."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._answer.aiter_stream():
            yield piece

    async def aclose(self) -> None:
        await self._answer.aclose()


class Outbound:
    """Fetches what this service needs from elsewhere."""

    def __init__(self, network: GuardedNetwork, *, ca_file: Path | None = None, seconds: float = TOTAL_SECONDS) -> None:
        """Trust the public certificate authorities and those of a file (PEM)."""
        self._seconds = seconds
        self._client = httpx.AsyncClient(
            transport=_GuardedTransport(network, _trusting(ca_file)),
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            # No compression: 64 kB that unfold to 64 MB would only be found out when they have.
            headers={"User-Agent": "stance", "Accept": "application/json", "Accept-Encoding": "identity"},
        )

    async def get_json(self, url: str) -> Any:
        """Fetch a JSON document; `OutboundFailed` when the address is unfit or the answer anything but that."""
        try:
            async with asyncio.timeout(self._seconds), self._client.stream("GET", _fit(url)) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise OutboundFailed(Reason.STATUS_UNEXPECTED)
                _refuse_unless_plain_json(answer.headers)
                return _parsed(await _bounded(answer))
        except (httpcore.TimeoutException, httpx.TimeoutException, TimeoutError):
            raise OutboundFailed(Reason.TOO_SLOW) from None
        except httpcore.ConnectError as refused:
            is_certificate = any(isinstance(cause, ssl.SSLError) for cause in refused.args)
            raise OutboundFailed(Reason.CERTIFICATE_REFUSED if is_certificate else Reason.UNREACHABLE) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpx.HTTPError, OSError):
            raise OutboundFailed(Reason.UNREACHABLE) from None

    async def close(self) -> None:
        """Let all connections go."""
        await self._client.aclose()


def is_fit(url: str) -> bool:
    """Say whether this service would ask this address at all, going by how it is written."""
    try:
        _fit(url)
    except OutboundFailed:
        return False
    return True


@functools.lru_cache(maxsize=2)
def _trusting(ca_file: Path | None) -> ssl.SSLContext:
    """Read whom to trust; once, since the public authorities take longer to read than most requests take."""
    trust = httpx.create_ssl_context(trust_env=False)
    trust.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is not None:
        trust.load_verify_locations(ca_file)
    return trust


def _fit(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError, TypeError):
        raise OutboundFailed(Reason.ADDRESS_UNFIT) from None
    is_plain = parsed.scheme == "https" and parsed.host and not parsed.userinfo and not parsed.fragment
    if not is_plain or len(url) > _LONGEST_ADDRESS or (parsed.port or 0) > _HIGHEST_PORT:
        raise OutboundFailed(Reason.ADDRESS_UNFIT)
    return parsed


def _refuse_unless_plain_json(headers: httpx.Headers) -> None:
    media_type = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    is_json = media_type == "application/json" or media_type.endswith("+json")
    if not is_json or headers.get("Content-Encoding", "identity").lower() != "identity":
        raise OutboundFailed(Reason.NOT_JSON)


async def _bounded(answer: httpx.Response) -> bytes:
    pieces, size = [], 0
    async for piece in answer.aiter_raw():
        size += len(piece)
        if size > MOST_BYTES:
            raise OutboundFailed(Reason.TOO_LARGE)
        pieces.append(piece)
    return b"".join(pieces)


def _parsed(body: bytes) -> Any:
    try:
        text = body.decode()
        if nests_too_deep(text):
            raise OutboundFailed(Reason.NOT_JSON)
        return json.loads(text)
    except ValueError:
        raise OutboundFailed(Reason.NOT_JSON) from None
