"""The door: from a bearer token to a caller, and from a caller and a permission to a transaction.

`transact_as` is the only way for an endpoint to reach the database, so an endpoint without a permission cannot.
"""

import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from fastapi import Depends, Header, Request, Response

from app.access.identity import domain, queries
from app.access.identity.passwords import Passwords
from app.access.identity.schemas import AccessToken, SignIn
from app.access.identity.service import start_sign_in
from app.core.caller import Caller, CallerKind, Permission
from app.core.idempotency import Once
from app.core.openapi import operation_id
from app.core.problems import Forbidden, Unauthorized
from app.core.scope import Scope, ScopedSession
from app.core.system import SYSTEM
from app.core.transactions import Transact, Transactions
from app.core.work import UnitOfWork

P = ParamSpec("P")
T = TypeVar("T")
_REMEMBERED_SECONDS = 5.0
_REMEMBERED_CALLERS = 10_000
_UNKNOWN_TOKEN = "This token is unknown, expired or revoked. Sign in again."


class Door:
    """Knows who is calling. Remembers a token for five seconds, so that most requests need no look-up."""

    def __init__(self, transactions: Transactions, sign_in_minutes: int) -> None:
        """Share the app's transactions."""
        self.transactions = transactions
        self.passwords = Passwords()
        self._sign_in_minutes = sign_in_minutes
        self._callers: dict[bytes, tuple[float, Caller]] = {}

    async def caller_of(self, token: str) -> Caller:
        """Return whose token this is; `Unauthorized` when unknown, expired or revoked."""
        token_hash = domain.hash_of(token)
        remembered = self._callers.get(token_hash)
        if remembered is not None and remembered[0] > time.monotonic():
            return self._still_let_in(remembered[1])
        callers = self._callers
        caller = await self._look_up(token_hash)
        if len(callers) >= _REMEMBERED_CALLERS:
            callers.clear()
        callers[token_hash] = (time.monotonic() + _REMEMBERED_SECONDS, caller)
        return caller

    def forget_everyone(self) -> None:
        """Look every token up again: someone signed out, or a key, role or account changed."""
        self._callers = {}  # a new one, so that a look-up under way fills the old one

    async def sign_in(self, wanted: SignIn) -> AccessToken:
        """Exchange login and password for a token; a wrong pair tells nothing about which half is wrong."""
        found = await self.transactions.look(SYSTEM, _credential_of, wanted.login)
        is_right = await self.passwords.fits(wanted.password.get_secret_value(), found.password_hash if found else None)
        if found is None:
            raise domain.SignInRefused
        nobody = Caller(CallerKind.PRACTITIONER, found.practitioner_id, found.clinic_id, frozenset())
        holder = await self.transactions.look(
            Scope(found.clinic_id), _first, queries.practitioner_holding(found.practitioner_id)
        )
        if not is_right or holder is None:
            await self.transactions.note_down(nobody, domain.SignInFailed())
            raise domain.SignInRefused
        return await self.transactions.write_in_reserve(nobody, start_sign_in, self._sign_in_minutes)

    def _still_let_in(self, caller: Caller) -> Caller:
        """Let an hour of emergency access end on the minute, however lately its token was looked up."""
        if caller.emergency_access_until is not None and caller.emergency_access_until <= self.transactions.clock():
            raise Unauthorized(_UNKNOWN_TOKEN)
        return caller

    async def _look_up(self, token_hash: bytes) -> Caller:
        now = self.transactions.clock()
        token = await self.transactions.look(SYSTEM, _first, queries.live_token(token_hash, now))
        if token is None:
            raise Unauthorized(_UNKNOWN_TOKEN)
        scope = Scope(token.clinic_id)
        if token.kind is domain.TokenKind.API_KEY:
            account = await self.transactions.look(scope, _first, queries.account_holding(token.holder_id))
            if account is not None:
                return Caller(
                    CallerKind.SERVICE_ACCOUNT,
                    token.holder_id,
                    token.clinic_id,
                    frozenset(map(Permission, account.scopes)),
                    time_zone=account.time_zone,
                    sees_all_clients=True,
                    credential_id=token.id,
                )
        else:
            person = await self.transactions.look(scope, _first, queries.practitioner_holding(token.holder_id))
            if person is not None:
                caller = Caller(
                    CallerKind.PRACTITIONER,
                    token.holder_id,
                    token.clinic_id,
                    domain.permissions_of(person.roles),
                    roles=frozenset(person.roles),
                    time_zone=person.time_zone,
                    sees_all_clients=any(role in person.roles for role in domain.WHOLE_CLINIC_ROLES),
                    credential_id=token.id,
                )
                return caller if token.kind is domain.TokenKind.SIGN_IN else _in_emergency(caller, token)
        raise Unauthorized("This account is closed.")


def _in_emergency(caller: Caller, token: Any) -> Caller:
    """Narrow a practitioner to what her emergency access opens: reading, and only the client it was given for."""
    return replace(
        caller,
        permissions=caller.permissions & domain.EMERGENCY_PERMISSIONS,
        sees_all_clients=False,
        emergency_access_id=token.id,
        emergency_access_until=token.expires_at,
    )


def _first(session: ScopedSession, statement: Any) -> Any:
    return session.execute(statement).first()


def _credential_of(session: ScopedSession, login: str) -> Any:
    return session.execute(queries.credential_of(login)).first()


async def clinics_with_credentials(transactions: Transactions) -> list[UUID]:
    """Return the clinics somebody can sign in to: for work on every clinic, each then in a scope of its own."""
    return await transactions.engines.read_aside(
        SYSTEM, lambda session: [row.clinic_id for row in session.execute(queries.clinics_with_credentials())]
    )


async def emergency_banner(scope: MutableMapping[str, Any]) -> str | None:
    """Return the `Emergency-Access` header (RFC 9651) of every answer to a token of emergency access that is valid."""
    try:
        caller = await _holder_of_token(Request(scope))
    except Unauthorized:
        return None
    if caller.emergency_access_until is None:
        return None
    until = caller.emergency_access_until.isoformat(timespec="seconds").replace("+00:00", "Z")
    return f'id="{caller.emergency_access_id}", expires="{until}"'


async def _holder_of_token(request: Request) -> Caller:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.isascii() or not token.strip():
        raise Unauthorized("Send `Authorization: Bearer` with a token from POST /v1/auth/sign-in or an API key.")
    door: Door = request.app.state.door
    return await door.caller_of(token.strip())


async def current_caller(request: Request) -> Caller:
    """Return who is calling, from the bearer token."""
    caller = await _holder_of_token(request)
    await request.app.state.rate_limits.count_caller(request.scope["state"], caller.id)
    return replace(caller, request_id=request.state.request_id)


async def caller_still(request: Request) -> Caller:
    """Return who is calling, asked anew: for an answer that goes on long after its request was let in."""
    return replace(await _holder_of_token(request), request_id=request.state.request_id)


CurrentCaller = Annotated[Caller, Depends(current_caller)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[\x21-\x7e]{8,200}$",
        description="A value of your own (a UUID, say), 8 to 200 characters. Sent twice, the request acts once and "
        "gets the first answer again, with `Idempotency-Replayed: true`, for 7 days.",
    ),
]


async def _admit(request: Request, caller: Caller, permission: Permission) -> tuple[Transactions, Caller]:
    """Let a caller with the permission in, seeing no more than the permission is for."""
    transactions: Transactions = request.app.state.door.transactions
    if not caller.may(permission):
        missing = domain.PermissionMissing(f"It needs the permission {permission}.")
        await _note_refusal(request, caller, permission, missing)
        raise missing
    return transactions, seen_as(caller, permission)


def seen_as(caller: Caller, permission: Permission) -> Caller:
    """Return a caller who sees no more than the permission is for.

    A clinic admin or privacy officer who also treats sees every client in what that role may do; in everything else,
    her own circle.
    """
    sees_all = caller.kind is not CallerKind.PRACTITIONER or domain.opens_whole_clinic(caller.roles, permission)
    return caller if sees_all else replace(caller, sees_all_clients=False)


async def _note_refusal(request: Request, caller: Caller, permission: Permission, refusal: Forbidden) -> None:
    """Write down who was refused what; when that cannot be written, the answer is 503 like that of an unlogged read."""
    named = [_uuid_of(value) for value in request.path_params.values()]
    event = domain.AccessRefused(
        operation=operation_id(request.scope["route"]),
        permission=permission,
        code=refusal.code,
        entity_id=next((one for one in reversed(named) if one is not None), None),
    )
    transactions: Transactions = request.app.state.door.transactions
    await transactions.note_down(caller, event)


def _uuid_of(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


async def _with_refusal_noted(request: Request, caller: Caller, permission: Permission, act: Awaitable[T]) -> T:
    """Wait for a transaction; a refusal inside is written down after its rollback, or it would be undone with it."""
    try:
        return await act
    except Forbidden as refusal:
        await _note_refusal(request, caller, permission, refusal)
        raise


def transact_as(
    permission: Permission, *, read_only: bool = False, aside: bool = False, beyond_circle: bool = False
) -> Callable[..., Awaitable[Transact]]:
    """Return the dependency that gives an endpoint its transaction, if the caller holds the permission.

    `read_only` for reads; `aside` for long ones that must not hold up others; `beyond_circle` for the one operation
    that must find a client of the clinic whom its caller does not see.
    """

    async def transact(request: Request, caller: CurrentCaller) -> Transact:
        transactions, admitted = await _admit(request, caller, permission)
        if beyond_circle:
            admitted = replace(admitted, sees_all_clients=True)
        write = transactions.write_in_reserve if permission in domain.EVEN_SHORT_OF_ROOM else transactions.write
        run = transactions.read_aside if aside else transactions.read if read_only else write

        async def bound(fn: Callable[Concatenate[UnitOfWork, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
            return await _with_refusal_noted(request, admitted, permission, run(admitted, fn, *args, **kwargs))

        return bound

    transact.permission = permission  # type: ignore[attr-defined]
    return transact


def transact_once_as(permission: Permission) -> Callable[..., Awaitable[Transact]]:
    """Return the dependency of a creating POST: like `transact_as`, and it honours `Idempotency-Key`."""

    async def transact(
        request: Request, response: Response, caller: CurrentCaller, idempotency_key: IdempotencyKey = None
    ) -> Transact:
        transactions, admitted = await _admit(request, caller, permission)
        once = idempotency_key and Once.of(idempotency_key, request.method, request.url.path, await request.body())

        async def bound(fn: Callable[Concatenate[UnitOfWork, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
            if not once:
                plain = transactions.write(admitted, fn, *args, **kwargs)
                return await _with_refusal_noted(request, admitted, permission, plain)
            keyed = transactions.write(admitted, once.run, fn, *args, **kwargs)
            result, is_replay = await _with_refusal_noted(request, admitted, permission, keyed)
            if is_replay:
                response.headers["Idempotency-Replayed"] = "true"
            return result

        return bound

    transact.permission = permission  # type: ignore[attr-defined]
    return transact
