"""Identifiers: UUIDv7 (RFC 9562), made in the app, so that rows sort by the moment they were made."""

import os
import time
from uuid import UUID

_VERSION_7 = 0x7 << 76
_VARIANT = 0x2 << 62


def new_id() -> UUID:
    """Return a new UUIDv7: 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    noise = int.from_bytes(os.urandom(10))
    random_a, random_b = noise >> 68, noise & ((1 << 62) - 1)
    return UUID(
        int=(milliseconds & ((1 << 48) - 1)) << 80 | _VERSION_7 | (random_a & 0xFFF) << 64 | _VARIANT | random_b
    )
