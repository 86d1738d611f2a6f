"""From a request to its caller, and from a caller and a permission to a transaction.

`transact_as` is the only way for an endpoint to reach the database, so an endpoint without a permission cannot.
"""

import functools
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from typing import Annotated, Any, TypeVar, cast
from uuid import UUID

from fastapi import Depends, Header, Request, Response

from app.access.identity import domain, matrix
from app.access.identity.door import Door
from app.access.identity.relations import Open, Row
from app.core.caller import Caller, CallerKind, Permission
from app.core.idempotency import Once
from app.core.problems import Forbidden, Unauthorized
from app.core.transactions import Transact, Transactions

T = TypeVar("T")


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


async def _holder_of_token(request: Request, *, afresh: bool = False) -> Caller:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.isascii() or not token.strip():
        raise Unauthorized("Send `Authorization: Bearer` with a token from POST /v1/auth/sign-in or an API key.")
    door: Door = request.app.state.door
    return await door.caller_of(token.strip(), afresh=afresh)


async def current_caller(request: Request) -> Caller:
    """Return who is calling, from the bearer token; she may have to be a person who signed in here, and lately."""
    caller = await _holder_of_token(request)
    await request.app.state.rate_limits.count_caller(request.scope["state"], caller.id)
    caller = replace(caller, request_id=request.state.request_id)
    row = _row_of(request)
    if row is not None and isinstance(row.needs, Open):
        if row.needs is Open.SIGNED_IN and caller.sign_in_id is None:
            refusal = domain.NotSignedInHere()
            await _note_refusal(request, caller, row.needs, refusal)
            raise refusal
        await _ask_for_fresh_proof(request, caller, row)
    return caller


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
    if permission in domain.withheld_from(caller):  # unless she has just shown it to another process
        caller = replace(await _holder_of_token(request, afresh=True), request_id=caller.request_id)
    if not caller.may(permission):
        missing: Forbidden = domain.PermissionMissing(f"It needs the permission {permission}.")
        if permission in domain.withheld_from(caller):
            missing = domain.SecondFactorMissing()
        await _note_refusal(request, caller, permission, missing)
        raise missing
    await _ask_for_fresh_proof(request, caller, _row_of(request))
    return transactions, seen_as(caller, permission)


def _row_of(request: Request) -> Row | None:
    """Return what the matrix says of the operation; a test's own route has no row."""
    return matrix.MATRIX.get(request.scope["route"].unique_id)


async def _ask_for_fresh_proof(request: Request, caller: Caller, row: Row | None) -> None:
    """Refuse a sensitive act to a person who proved too long ago who she is (step-up, RFC 9470).

    Programs and the operator, where they may do it at all, have no password to give again.
    """
    if row is None or not row.fresh or caller.kind is not CallerKind.PRACTITIONER:
        return
    door: Door = request.app.state.door
    if not door.has_just_proved(caller) and not door.has_just_proved(await _holder_of_token(request, afresh=True)):
        raise domain.InsufficientUserAuthentication(door.fresh_for, is_vouched_for=caller.known_until is not None)


def seen_as(caller: Caller, permission: Permission) -> Caller:
    """Return a caller who sees no more than the permission is for.

    A clinic admin or privacy officer who also treats sees every client in what that role may do; in everything else,
    her own circle.
    """
    if not caller.sees_all_clients or caller.kind is not CallerKind.PRACTITIONER:
        return caller
    return caller if domain.opens_whole_clinic(caller.roles, permission) else replace(caller, sees_all_clients=False)


async def _note_refusal(request: Request, caller: Caller, permission: Permission | Open, refusal: Forbidden) -> None:
    """Write down who was refused what; when that cannot be written, the answer is 503 like that of an unlogged read."""
    named = [_uuid_of(value) for value in request.path_params.values()]
    event = domain.AccessRefused(
        operation=request.scope["route"].unique_id,
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


async def _with_refusal_noted(
    request: Request,
    permission: Permission,
    run: Callable[..., Awaitable[T]],
    caller: Caller,
    /,
    *args: Any,
    **kwargs: Any,
) -> T:
    """Run a transaction; a refusal inside is written down after its rollback, or it would be undone with it."""
    try:
        return await run(caller, *args, **kwargs)
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
        return cast("Transact", functools.partial(_with_refusal_noted, request, permission, run, admitted))

    transact.permission = permission  # type: ignore[attr-defined]
    return transact


def transact_once_as(permission: Permission) -> Callable[..., Awaitable[Transact]]:
    """Return the dependency of a creating POST: like `transact_as`, and it honours `Idempotency-Key`."""

    async def transact(
        request: Request, response: Response, caller: CurrentCaller, idempotency_key: IdempotencyKey = None
    ) -> Transact:
        transactions, admitted = await _admit(request, caller, permission)
        write = functools.partial(_with_refusal_noted, request, permission, transactions.write, admitted)
        if idempotency_key is None:
            return cast("Transact", write)
        once = Once.of(idempotency_key, request.method, request.url.path, await request.body())
        return cast("Transact", functools.partial(_write_once, response, write, once))

    transact.permission = permission  # type: ignore[attr-defined]
    return transact


async def _write_once(
    response: Response,
    write: Callable[..., Awaitable[Any]],
    once: Once,
    fn: Callable[..., T],
    /,
    *args: Any,
    **kwargs: Any,
) -> T:
    """Run a transaction, or give the answer it gave before."""
    outcome: tuple[T, bool] = await write(once.run, fn, *args, **kwargs)
    result, is_replay = outcome
    if is_replay:
        response.headers["Idempotency-Replayed"] = "true"
    return result
