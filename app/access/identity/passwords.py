"""Passwords: argon2id with OWASP's parameters, hashed off the event loop, two at a time."""

import anyio
import anyio.to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$c3RhbmNlLWR1bW15LXNhbHQ$9ypFClt0NyzGO7Oza4W2K1yVFEx9T+mnPUZyt4zL9E0"
"""Verified for unknown logins, so that they take as long as known ones."""


class Passwords:
    """Hashes and verifies; each hash holds 19 MiB, so only two run at once."""

    def __init__(self) -> None:
        """Make the limiter of this process."""
        self._limiter = anyio.CapacityLimiter(2)

    async def hash(self, password: str) -> str:
        """Return the argon2id hash of a password."""
        return await anyio.to_thread.run_sync(hash_password, password, limiter=self._limiter)

    def is_outdated(self, password_hash: str) -> bool:
        """Say whether a hash was made with other parameters than hashes are made with now."""
        return _HASHER.check_needs_rehash(password_hash)

    async def fits(self, password: str, password_hash: str | None) -> bool:
        """Say whether the password is right; takes the same time when there is no hash to compare with."""
        return await anyio.to_thread.run_sync(_verify, password, password_hash or _NOBODY, limiter=self._limiter)


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password, in the calling thread."""
    return _HASHER.hash(password)


def _verify(password: str, password_hash: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
