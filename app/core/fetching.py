"""What a service fetches from elsewhere, by the one guarded way out (`outbound`), which is opened at the first call.

Most services never call anybody; HTTP and whom to trust would cost each of them 5 MB and a part of its start.
"""

import asyncio
from collections.abc import Collection
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.core.outbound import Outbound

TOTAL_SECONDS = 10.0


class Reason(StrEnum):
    """Why a request did not succeed."""

    ADDRESS_UNFIT = "address_unfit"
    """No https address with a host, or one with credentials in it, or another port than 443 and 8443."""
    NAME_UNKNOWN = "name_unknown"
    NOT_PUBLIC = "not_public"
    """The name leads, at least in part, to where this service is not to go."""
    UNREACHABLE = "unreachable"
    CERTIFICATE_REFUSED = "certificate_refused"
    TOO_SLOW = "too_slow"
    TOO_LARGE = "too_large"
    STATUS_UNEXPECTED = "status_unexpected"
    """Any answer but 200, redirects among them."""
    NOT_JSON = "not_json"


class OutboundFailed(Exception):
    """A request to somewhere else did not succeed. Says why in a word; nothing of the address or the answer."""

    def __init__(self, reason: Reason) -> None:
        """Take the reason."""
        super().__init__(reason.value)
        self.reason = reason


class WayOut:
    """Fetches what this service needs from elsewhere."""

    def __init__(
        self, private_hosts: Collection[str] = (), *, ca_file: Path | None = None, seconds: float = TOTAL_SECONDS
    ) -> None:
        """Take the hosts of the own network that may be called, and authorities trusted besides the public ones."""
        self._private_hosts, self._ca_file, self._seconds = private_hosts, ca_file, seconds
        self._opening = asyncio.Lock()
        self._opened: Outbound | None = None

    async def get_json(self, url: str) -> Any:
        """Fetch a JSON document; `OutboundFailed` when the address is unfit or the answer anything but that."""
        async with self._opening:
            if self._opened is None:
                self._opened = await asyncio.to_thread(self._open)
        return await self._opened.get_json(url)

    async def close(self) -> None:
        """Let all connections go."""
        if self._opened is not None:
            await self._opened.close()

    def _open(self) -> "Outbound":
        from app.core.outbound import GuardedNetwork, Outbound  # noqa: PLC0415 - only who calls others pays for HTTP

        return Outbound(GuardedNetwork(self._private_hosts), ca_file=self._ca_file, seconds=self._seconds)


def is_fit(url: str) -> bool:
    """Say whether this service would ask this address at all, going by how it is written."""
    from app.core import outbound  # noqa: PLC0415 - only who names an address pays for HTTP

    return outbound.is_fit(url)
