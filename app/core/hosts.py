"""Which names this service answers to: a request for another host is somebody else's, or an attack by DNS rebinding."""

import functools
import re
from collections.abc import Iterable

from starlette.types import Scope

_HOST = re.compile(rb"(\[[0-9a-f:.]+\]|[a-z0-9._-]+?)\.?(?::[0-9]{1,5})?", re.IGNORECASE)


class Hosts:
    """The allowed names, without ports."""

    def __init__(self, names: Iterable[str]) -> None:
        """Take names as they stand in a URL: `stance.example`, `127.0.0.1`, `[::1]`."""
        self._names = frozenset(name.lower().encode() for name in names)
        self._answers_to = functools.lru_cache(maxsize=256)(self._compare)

    def expect(self, scope: Scope) -> bool:
        """Whether the request has exactly one Host header, and it names this service (RFC 9112, 3.2)."""
        offered = [value for name, value in scope["headers"] if name == b"host"]
        return len(offered) == 1 and self._answers_to(offered[0])

    def _compare(self, offered: bytes) -> bool:
        host = _HOST.fullmatch(offered)
        return host is not None and host.group(1).lower() in self._names
