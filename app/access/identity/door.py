"""The door: whose bearer token this is.

Tokens we made ourselves are random and looked up by their hash. A JSON Web Token is somebody's signed statement; what
is known about those who may make one lives in slices above, which hand their readers down when the app is made.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.access.identity import domain, queries
from app.access.identity.passwords import Passwords
from app.core.caller import Caller, CallerKind, Permission
from app.core.prepared import Prepared
from app.core.problems import Unauthorized
from app.core.scope import Scope
from app.core.system import SYSTEM
from app.core.transactions import Transactions

_REMEMBERED_SECONDS = 5.0
_REMEMBERED_CALLERS = 10_000
UNKNOWN_TOKEN = "This token is unknown, expired or revoked. Sign in again."
_CLOSED = "This account is closed."

TokenReader = Callable[[str], Awaitable[Caller | None]]
"""Reads a JSON Web Token: None when it is somebody else's to read, `Unauthorized` when it is not valid."""


class Door:
    """Knows who is calling. Remembers a token for five seconds, so that most requests need no look-up.

    Requests that come with the same unknown token at once, as a frontend's do, share one look-up.
    """

    def __init__(
        self, transactions: Transactions, fresh_for: timedelta, token_readers: tuple[TokenReader, ...] = ()
    ) -> None:
        """Share the app's transactions, know how long a proof of identity is fresh, and who reads JSON Web Tokens."""
        self.transactions = transactions
        self._token_readers = token_readers
        self.passwords = Passwords()
        self.fresh_for = fresh_for
        self._callers: dict[bytes, tuple[float, Caller]] = {}
        self._searches: dict[bytes, asyncio.Task[Caller]] = {}

    async def caller_of(self, token: str, *, afresh: bool = False) -> Caller:
        """Return whose token this is; `Unauthorized` when unknown, expired or revoked.

        `afresh` asks the database, whatever is remembered: she may have proved more to another process just now.
        """
        token_hash = domain.hash_of(token)
        if afresh:
            return await self._found(token, token_hash)
        remembered = self._callers.get(token_hash)
        if remembered is not None and remembered[0] > time.monotonic():
            return self._still_let_in(remembered[1])
        searches = self._searches
        search = searches.get(token_hash)
        if search is None:
            search = searches[token_hash] = asyncio.create_task(self._found(token, token_hash))
            search.add_done_callback(lambda _: searches.pop(token_hash))
        return await asyncio.shield(search)  # who goes away must not end what others wait for

    def forget_everyone(self) -> None:
        """Look every token up again: someone signed out, or a key, role or account changed."""
        self._callers, self._searches = {}, {}  # new ones, so that a look-up under way fills the old ones

    def has_just_proved(self, caller: Caller) -> bool:
        """Say whether a person proved so lately who she is that a sensitive act is open to her."""
        proved_at = caller.authenticated_at
        return proved_at is not None and self.transactions.clock() - proved_at <= self.fresh_for

    def _still_let_in(self, caller: Caller) -> Caller:
        """Let emergency access and JSON Web Tokens end on the minute, however lately they were looked at."""
        ends = (caller.emergency_access_until, caller.known_until)
        if any(end is not None and end <= self.transactions.clock() for end in ends):
            raise Unauthorized(UNKNOWN_TOKEN)
        return caller

    async def _found(self, token: str, token_hash: bytes) -> Caller:
        callers = self._callers
        caller = await (self._read(token) if domain.is_json_web_token(token) else self._look_up(token_hash))
        caller = replace(caller, permissions=caller.permissions - domain.withheld_from(caller))
        if len(callers) >= _REMEMBERED_CALLERS:
            callers.clear()
        callers[token_hash] = (time.monotonic() + _REMEMBERED_SECONDS, caller)
        return caller

    async def _read(self, token: str) -> Caller:
        for read in self._token_readers:
            caller = await read(token)
            if caller is not None:
                return caller
        raise Unauthorized(UNKNOWN_TOKEN)

    async def _look_up(self, token_hash: bytes) -> Caller:
        token = await _looked_up(
            self.transactions, SYSTEM, queries.LIVE_TOKEN, token_hash=token_hash, now=self.transactions.clock()
        )
        if token is None:
            raise Unauthorized(UNKNOWN_TOKEN)
        if token.kind is domain.TokenKind.API_KEY:
            caller = await service_account_caller(self.transactions, token.clinic_id, token.holder_id)
            return replace(caller, credential_id=token.id)
        caller = await practitioner_caller(self.transactions, token.clinic_id, token.holder_id)
        if token.kind is domain.TokenKind.EMERGENCY:
            return _in_emergency(replace(caller, credential_id=token.id), token)
        return replace(
            caller,
            credential_id=token.sign_in_id or token.id,
            sign_in_id=token.sign_in_id,
            authenticated_at=token.authenticated_at,
            has_second_factor=bool(token.has_second_factor),
        )


async def practitioner_caller(transactions: Transactions, clinic_id: UUID, practitioner_id: UUID) -> Caller:
    """Return the caller a practitioner is today; `Unauthorized` when she may not sign in any more."""
    person = await _looked_up(transactions, Scope(clinic_id), queries.PRACTITIONER, holder_id=practitioner_id)
    if person is None:
        raise Unauthorized(_CLOSED)
    return Caller(
        CallerKind.PRACTITIONER,
        practitioner_id,
        clinic_id,
        domain.permissions_of(person.roles),
        roles=frozenset(person.roles),
        time_zone=person.time_zone,
        sees_all_clients=any(role in person.roles for role in domain.WHOLE_CLINIC_ROLES),
        clinic_requires_second_factor=person.requires_second_factor,
    )


async def service_account_caller(transactions: Transactions, clinic_id: UUID, account_id: UUID) -> Caller:
    """Return the caller a service account is today; `Unauthorized` when it is closed."""
    account = await _looked_up(transactions, Scope(clinic_id), queries.ACCOUNT, holder_id=account_id)
    if account is None:
        raise Unauthorized(_CLOSED)
    return Caller(
        CallerKind.SERVICE_ACCOUNT,
        account_id,
        clinic_id,
        frozenset(map(Permission, account.scopes)),
        time_zone=account.time_zone,
        sees_all_clients=True,
    )


def _in_emergency(caller: Caller, token: Any) -> Caller:
    """Narrow a practitioner to what her emergency access opens: reading, and only the client it was given for."""
    return replace(
        caller,
        permissions=caller.permissions & domain.EMERGENCY_PERMISSIONS,
        sees_all_clients=False,
        has_second_factor=True,  # who had none where the clinic asks for one could not have opened it
        emergency_access_id=token.id,
        emergency_access_until=token.expires_at,
    )


async def _looked_up(transactions: Transactions, scope: Scope, wanted: Prepared, **values: Any) -> Any:
    """Return the one row there can be, or None."""
    return next(iter(await transactions.look(scope, wanted.rows, values)), None)


async def clinics_with_credentials(transactions: Transactions) -> list[UUID]:
    """Return the clinics somebody can sign in to: for work on every clinic, each then in a scope of its own."""
    return await transactions.engines.read_aside(
        SYSTEM, lambda session: [row.clinic_id for row in session.execute(queries.clinics_with_credentials())]
    )
