"""Identifiers: UUIDv7 (RFC 9562), made in the app, so that rows sort by the moment they were made."""

import os
import threading
import time
from datetime import datetime, timedelta
from uuid import UUID

_VERSION_7 = 0x7 << 76
_VARIANT = 0x2 << 62
_TICKS_A_MILLISECOND = 4096


class _Ticks:
    """Time in steps of 1/4096 millisecond that never stands still: two entries of one moment keep their order."""

    def __init__(self) -> None:
        self._latest = 0
        self._lock = threading.Lock()

    def next(self) -> int:
        now = time.time_ns() * _TICKS_A_MILLISECOND // 1_000_000
        with self._lock:
            self._latest = max(now, self._latest + 1)
            return self._latest


_TICKS = _Ticks()


def new_id() -> UUID:
    """Return a new UUIDv7, greater than any this process made before (RFC 9562, section 6.2, method 3).

    48 bits of Unix milliseconds, 12 bits of their fraction, then 62 random bits.
    """
    milliseconds, fraction = divmod(_TICKS.next(), _TICKS_A_MILLISECOND)
    noise = int.from_bytes(os.urandom(8)) >> 2
    return UUID(int=(milliseconds & ((1 << 48) - 1)) << 80 | _VERSION_7 | fraction << 64 | _VARIANT | noise)


def moved(row_id: UUID, by: timedelta) -> UUID:
    """Return the id a row would have that was made so much earlier or later; never below the first or past the last."""
    ticks = (row_id.int >> 80) + by // timedelta(milliseconds=1)
    return UUID(int=(max(0, min(ticks, (1 << 48) - 1)) << 80) | (row_id.int & ((1 << 80) - 1)))


def first_id_of(moment: datetime) -> UUID:
    """Return the lowest id of a millisecond: everything made before it is lower."""
    return UUID(int=(int(moment.timestamp() * 1000) << 80) | _VERSION_7 | _VARIANT)
