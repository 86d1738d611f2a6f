"""Paths of the caller herself, and of the accounts of programs."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response, status

from app.access.identity import schemas, service
from app.access.identity.access import CurrentCaller, transact_as, transact_once_as
from app.access.identity.door import Door
from app.core.caller import Permission
from app.core.openapi import CHANGING, WITH_BODY, problems
from app.core.preconditions import IfMatch
from app.core.responses import created, linked, shown, tagged
from app.core.routing import slice_router
from app.core.transactions import Transact

me = slice_router("/me", tag="auth")
service_accounts = slice_router("/service-accounts", tag="service accounts")

ReadAccounts = Annotated[Transact, Depends(transact_as(Permission.SERVICE_ACCOUNTS_MANAGE, read_only=True))]
WriteAccounts = Annotated[Transact, Depends(transact_as(Permission.SERVICE_ACCOUNTS_MANAGE))]
CreateAccounts = Annotated[Transact, Depends(transact_once_as(Permission.SERVICE_ACCOUNTS_MANAGE))]


@me.get("", summary="Who am I", responses=problems())
async def get_me(caller: CurrentCaller, request: Request) -> schemas.Me:
    """Who the service thinks is calling, and what she may do, so that a frontend can hide what is not allowed."""
    door: Door = request.app.state.door
    return await door.transactions.read(caller, service.get_me)


@service_accounts.get("", summary="List service accounts", responses=problems())
async def list_service_accounts(
    wanted: Annotated[schemas.ServiceAccountFilter, Query()],
    transact: ReadAccounts,
    request: Request,
    response: Response,
) -> schemas.ServiceAccountPage:
    """The programs that work for the clinic, in the order they were added."""
    return linked(request, response, await transact(service.list_service_accounts, wanted))


@service_accounts.post(
    "", summary="Create a service account", status_code=status.HTTP_201_CREATED, responses=problems(*WITH_BODY, 409)
)
async def create_service_account(
    body: schemas.ServiceAccountCreate, transact: CreateAccounts, response: Response
) -> schemas.ServiceAccount:
    """Give a program an account with scopes. It can do nothing until it has a key."""
    return created(response, await transact(service.create_service_account, body), "/v1/service-accounts")


@service_accounts.get("/{service_account_id}", summary="Read a service account", responses=problems(404))
async def get_service_account(
    service_account_id: UUID, transact: ReadAccounts, request: Request, response: Response
) -> schemas.ServiceAccount:
    """One service account with its scopes."""
    return shown(request, response, await transact(service.get_service_account, service_account_id))


@service_accounts.patch("/{service_account_id}", summary="Change a service account", responses=problems(*CHANGING))
async def update_service_account(
    service_account_id: UUID,
    body: schemas.ServiceAccountUpdate,
    transact: WriteAccounts,
    expected: IfMatch,
    request: Request,
    response: Response,
) -> schemas.ServiceAccount:
    """Rename it, replace its scopes, or close it together with all its keys."""
    account = await transact(service.update_service_account, service_account_id, body, expected)
    request.app.state.door.forget_everyone()
    return tagged(response, account)


@service_accounts.get("/{service_account_id}/keys", summary="List API keys", responses=problems(404))
async def list_api_keys(service_account_id: UUID, transact: ReadAccounts) -> schemas.ApiKeyList:
    """The keys of a service account, newest first, without their secrets."""
    return await transact(service.list_api_keys, service_account_id)


@service_accounts.post(
    "/{service_account_id}/keys",
    summary="Create an API key",
    status_code=status.HTTP_201_CREATED,
    responses=problems(*WITH_BODY, 404, 409),
)
async def create_api_key(
    service_account_id: UUID, body: schemas.ApiKeyCreate, transact: WriteAccounts, response: Response
) -> schemas.ApiKeySecret:
    """Make a key. Its secret is shown in this answer only, and stored as a hash. Two may be valid at a time.

    For the same reason there is no `Idempotency-Key` here: an answer that can be repeated would have to be kept. If it
    gets lost, make another key and revoke the first.
    """
    key = await transact(service.create_api_key, service_account_id, body)
    response.headers["Location"] = f"/v1/service-accounts/{service_account_id}/keys/{key.id}"
    return key


@service_accounts.get("/{service_account_id}/keys/{key_id}", summary="Read an API key", responses=problems(404))
async def get_api_key(service_account_id: UUID, key_id: UUID, transact: ReadAccounts) -> schemas.ApiKey:
    """One key of a service account, without its secret."""
    return await transact(service.get_api_key, service_account_id, key_id)


@service_accounts.delete(
    "/{service_account_id}/keys/{key_id}",
    summary="Revoke an API key",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(404),
)
async def revoke_api_key(service_account_id: UUID, key_id: UUID, transact: WriteAccounts, request: Request) -> None:
    """Take a key back; it stops working within seconds everywhere."""
    await transact(service.revoke_api_key, service_account_id, key_id)
    request.app.state.door.forget_everyone()
