"""The throttle: who fails to prove who she is waits longer each time, in every process and after a restart.

An attempt is counted before anybody knows whether it is right, and forgiven when it was, so that many at a time gain
nothing. Logins nobody has are counted like any other. Nobody is locked out for good, or guessing at a colleague's login
would keep her from her clients.
"""

import hashlib
import hmac
from datetime import datetime, timedelta

from sqlalchemy import delete

from app.access.sign_in.models import SignInAttempts
from app.core.scope import ScopedSession

FREE_FOR_LOGIN, FREE_FOR_ADDRESS = 5, 20
"""How many failures cost nothing: of one login, and of one address, behind which a whole clinic may be."""
LONGEST_WAIT = timedelta(minutes=5)
FORGIVEN_AFTER = timedelta(days=1)

Counted = tuple[tuple[bytes, int], ...]
"""What an attempt counts against: digests, each with the failures that cost nothing, in one order for all."""


def counted_against(secret: bytes, login: str, address: str) -> Counted:
    """Return what an attempt counts against; keyed digests, since logins and addresses are few enough to try all."""
    kinds = ((f"login {login.lower()}", FREE_FOR_LOGIN), (f"address {address}", FREE_FOR_ADDRESS))
    return tuple(sorted((digest_of(secret, words), free) for words, free in kinds))


def digest_of(secret: bytes, words: str) -> bytes:
    """Return what is kept of a login or an address."""
    return hmac.digest(secret, words.encode(), hashlib.sha256)


def wait_after(failures: int, free: int) -> timedelta:
    """Return how long to wait after so many failures: 2, 4, 8 … seconds once the free ones are used up."""
    over = failures - free
    return timedelta(0) if over <= 0 else min(timedelta(seconds=2 ** min(over, 20)), LONGEST_WAIT)


def count_attempt(session: ScopedSession, against: Counted, now: datetime) -> timedelta:
    """Count an attempt and return zero; or, when one has to wait, count nothing and return how long."""
    rows = {key: session.get(SignInAttempts, key, with_for_update=True) for key, _ in against}
    wait = max((row.blocked_until - now for row in rows.values() if row is not None), default=timedelta(0))
    if wait > timedelta(0):
        return wait
    for key, free in against:
        row = rows[key]
        if row is None:
            row = SignInAttempts(key_hash=key, failures=0, blocked_until=now, counted_at=now)
            session.add(row)
        row.failures = 1 if now - row.counted_at > FORGIVEN_AFTER else row.failures + 1
        row.counted_at, row.blocked_until = now, now + wait_after(row.failures, free)
    return timedelta(0)


def forgive(session: ScopedSession, against: Counted, now: datetime) -> None:
    """Take back what an attempt counted that was right: all of its login's, and this one of its address's."""
    session.execute(delete(SignInAttempts).where(SignInAttempts.counted_at < now - FORGIVEN_AFTER))
    for key, free in against:
        row = session.get(SignInAttempts, key, with_for_update=True)
        if row is not None and free == FREE_FOR_ADDRESS and row.failures > 1:
            row.failures -= 1
            row.blocked_until = row.counted_at
        elif row is not None:
            session.delete(row)


def stand_by(session: ScopedSession, against: Counted) -> None:
    """Write as much for a login nobody has as an entry in the audit log costs for one somebody has."""
    for key, _ in against:
        row = session.get(SignInAttempts, key, with_for_update=True)
        if row is not None:
            row.counted_at += timedelta(microseconds=1)
