"""Paths of programs with keys of their own: where these are registered, where tokens are, and what discovery reads.

The token endpoint answers as RFC 6749 says, in a form's words and not in problem documents: whoever calls it is an
OAuth library that knows no other. What is refused before it is reached (too large, too often) is a problem as ever.
"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response, status
from pydantic_core import to_json

from app.access.identity.access import transact_as
from app.access.oauth import schemas, service
from app.access.oauth.domain import TokenRefused
from app.access.oauth.server import KEYS_PATH, TOKEN_PATH, AuthorizationServer, form_in
from app.core.caller import Permission
from app.core.openapi import CHANGING, problems
from app.core.openapi_shape import refusal
from app.core.preconditions import IfMatchIfAny
from app.core.responses import shown, tagged
from app.core.routing import slice_router
from app.core.transactions import Transact

key_sets = slice_router("/service-accounts", tag="service accounts")
protocol = slice_router(tag="programs", version="")

ReadAccounts = Annotated[Transact, Depends(transact_as(Permission.SERVICE_ACCOUNTS_MANAGE, read_only=True))]
WriteAccounts = Annotated[Transact, Depends(transact_as(Permission.SERVICE_ACCOUNTS_MANAGE))]
_PUBLIC: dict[str, Any] = {"security": []}
_CACHED = {"Cache-Control": "public, max-age=300"}
_FOUND: dict[int | str, dict[str, Any]] = {number: refusal(number) for number in (400, 406, 429, 500, 503)}
_REFUSED: dict[int | str, dict[str, Any]] = {
    400: {
        "model": schemas.OAuthRefusal,
        "description": "There is no token; `error` says why (RFC 6749, 5.2). A request to another host is a "
        "problem as ever.",
        "content": refusal(400)["content"],
    },
    **{number: refusal(number) for number in (406, 413, 415, 422, 429, 500, 503)},
}
# Written out here, because FastAPI reads forms with a library of its own, which nothing else needs.
_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/x-www-form-urlencoded": {"schema": schemas.TokenRequest.model_json_schema()}},
    }
}


@key_sets.get("/{service_account_id}/jwks", summary="Read a program's public keys", responses=problems(404))
async def get_key_set(
    service_account_id: UUID, transact: ReadAccounts, request: Request, response: Response
) -> schemas.KeySet:
    """The keys with which a program proves who it is; 404 when it never registered any."""
    return shown(request, response, await transact(service.get_key_set, service_account_id))


@key_sets.put(
    "/{service_account_id}/jwks",
    summary="Register a program's public keys",
    responses=problems(*CHANGING, 409)
    | {201: {"model": schemas.KeySet, "description": "The first keys of this program were registered."}},
)
async def replace_key_set(
    service_account_id: UUID,
    body: schemas.KeySetWrite,
    transact: WriteAccounts,
    expected: IfMatchIfAny,
    request: Request,
    response: Response,
) -> schemas.KeySet:
    """Register the public keys a program signs its assertions with, or replace them all.

    To rotate, send the old and the new key together, let the program change over, then send the new one alone.
    """
    found, is_new = await transact(service.replace_key_set, service_account_id, body, expected)
    request.app.state.door.forget_everyone()
    if is_new:
        response.status_code = status.HTTP_201_CREATED
        response.headers["Location"] = f"/v1/service-accounts/{service_account_id}/jwks"
    return tagged(response, found)


@protocol.post(
    TOKEN_PATH,
    summary="Get a token with an assertion",
    response_model=schemas.ProgramToken,
    responses=_REFUSED,
    openapi_extra=_PUBLIC | _FORM,
)
async def create_token(request: Request) -> Response:
    """Exchange an assertion, signed with the program's own key, for an access token (SMART Backend Services).

    The token is good for five minutes, and for those of the asked scopes that the service account was granted.
    Refusals are those of RFC 6749, since OAuth libraries read nothing else.
    """
    if "authorization" in request.headers:  # counted here, since the gate counts only requests without
        await request.app.state.rate_limits.count_address(request.scope)
    server: AuthorizationServer = request.app.state.authorization_server
    try:
        token = await server.exchange(form_in(await request.body()), request.state.request_id)
    except TokenRefused as refused:
        said = schemas.OAuthRefusal(error=refused.error, error_description=refused.description)
        return Response(to_json(said), status.HTTP_400_BAD_REQUEST, media_type="application/json")
    return Response(to_json(token), media_type="application/json", headers={"Pragma": "no-cache"})


@protocol.get(KEYS_PATH, summary="List the keys that sign tokens", responses=_FOUND, openapi_extra=_PUBLIC)
async def get_signing_keys(request: Request, response: Response) -> schemas.SigningKeys:
    """The public keys of this service, for whoever wants to check its tokens."""
    server: AuthorizationServer = request.app.state.authorization_server
    response.headers.update(_CACHED)
    return await server.signing_keys()


@protocol.get(
    "/.well-known/smart-configuration",
    summary="Discover how programs get tokens (SMART)",
    responses=_FOUND,
    openapi_extra=_PUBLIC,
)
async def get_smart_configuration(request: Request, response: Response) -> schemas.SmartConfiguration:
    """Where the token endpoint is and what it takes, as SMART App Launch says it."""
    server: AuthorizationServer = request.app.state.authorization_server
    response.headers.update(_CACHED)
    return server.smart_configuration()


@protocol.get(
    "/.well-known/oauth-authorization-server",
    summary="Discover how programs get tokens (OAuth)",
    responses=_FOUND,
    openapi_extra=_PUBLIC,
)
async def get_authorization_server(request: Request, response: Response) -> schemas.AuthorizationServer:
    """Where the token endpoint is and what it takes, as RFC 8414 says it."""
    server: AuthorizationServer = request.app.state.authorization_server
    response.headers.update(_CACHED)
    return server.metadata()
