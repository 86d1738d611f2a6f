"""The door: from a bearer token to a caller, and from a caller and a permission to a transaction.

`transact_as` is the only way for an endpoint to reach the database, so an endpoint without a permission cannot.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar

from fastapi import Depends, Header, Request, Response

from app.access.identity import domain, queries
from app.access.identity.passwords import Passwords
from app.access.identity.schemas import AccessToken, SignIn
from app.access.identity.service import start_sign_in
from app.core.caller import Caller, CallerKind, Permission
from app.core.idempotency import Once
from app.core.problems import Unauthorized
from app.core.scope import Scope, ScopedSession
from app.core.system import SYSTEM
from app.core.transactions import Transact, Transactions
from app.core.work import UnitOfWork

P = ParamSpec("P")
T = TypeVar("T")
_REMEMBERED_SECONDS = 5.0
_REMEMBERED_CALLERS = 10_000


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
            return remembered[1]
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
        return await self.transactions.write(nobody, start_sign_in, self._sign_in_minutes)

    async def _look_up(self, token_hash: bytes) -> Caller:
        now = self.transactions.clock()
        token = await self.transactions.look(SYSTEM, _first, queries.live_token(token_hash, now))
        if token is None:
            raise Unauthorized("This token is unknown, expired or revoked. Sign in again.")
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
                return Caller(
                    CallerKind.PRACTITIONER,
                    token.holder_id,
                    token.clinic_id,
                    domain.permissions_of(person.roles),
                    roles=frozenset(person.roles),
                    time_zone=person.time_zone,
                    sees_all_clients=any(role in person.roles for role in domain.WHOLE_CLINIC_ROLES),
                    credential_id=token.id,
                )
        raise Unauthorized("This account is closed.")


def _first(session: ScopedSession, statement: Any) -> Any:
    return session.execute(statement).first()


def _credential_of(session: ScopedSession, login: str) -> Any:
    return session.execute(queries.credential_of(login)).first()


async def current_caller(request: Request) -> Caller:
    """Return who is calling, from the bearer token."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.isascii() or not token.strip():
        raise Unauthorized("Send `Authorization: Bearer` with a token from POST /v1/auth/sign-in or an API key.")
    door: Door = request.app.state.door
    caller = await door.caller_of(token.strip())
    return replace(caller, request_id=request.state.request_id)


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
    """Let a caller with the permission in, seeing no more than the permission is for.

    A clinic admin or privacy officer who also treats sees every client in what that role may do; in everything else,
    her own circle.
    """
    transactions: Transactions = request.app.state.door.transactions
    if not caller.may(permission):
        await transactions.note_down(caller, domain.AccessRefused(permission=permission))
        raise domain.PermissionMissing(f"It needs the permission {permission}.")
    sees_all = caller.kind is not CallerKind.PRACTITIONER or domain.opens_whole_clinic(caller.roles, permission)
    return transactions, caller if sees_all else replace(caller, sees_all_clients=False)


def transact_as(
    permission: Permission, *, read_only: bool = False, aside: bool = False
) -> Callable[..., Awaitable[Transact]]:
    """Return the dependency that gives an endpoint its transaction, if the caller holds the permission.

    `read_only` for reads; `aside` for long ones that must not hold up others.
    """

    async def transact(request: Request, caller: CurrentCaller) -> Transact:
        transactions, admitted = await _admit(request, caller, permission)
        run = transactions.read_aside if aside else transactions.read if read_only else transactions.write

        async def bound(fn: Callable[Concatenate[UnitOfWork, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
            return await run(admitted, fn, *args, **kwargs)

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
                return await transactions.write(admitted, fn, *args, **kwargs)
            result, is_replay = await transactions.write(admitted, once.run, fn, *args, **kwargs)
            if is_replay:
                response.headers["Idempotency-Replayed"] = "true"
            return result

        return bound

    transact.permission = permission  # type: ignore[attr-defined]
    return transact
