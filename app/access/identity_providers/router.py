"""Paths of the clinic's identity providers and of who somebody is at them."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response, status

from app.access.identity.access import transact_as, transact_once_as
from app.access.identity_providers import schemas, service
from app.core.caller import Permission
from app.core.openapi import CHANGING, WITH_BODY, problems
from app.core.preconditions import IfMatch
from app.core.responses import created, linked, shown, tagged
from app.core.routing import slice_router
from app.core.transactions import Transact

router = slice_router("/identity-providers", tag="identity providers")

ReadProviders = Annotated[Transact, Depends(transact_as(Permission.IDENTITY_PROVIDERS_MANAGE, read_only=True))]
WriteProviders = Annotated[Transact, Depends(transact_as(Permission.IDENTITY_PROVIDERS_MANAGE))]
CreateProviders = Annotated[Transact, Depends(transact_once_as(Permission.IDENTITY_PROVIDERS_MANAGE))]


@router.get("", summary="List identity providers", responses=problems())
async def list_identity_providers(
    wanted: Annotated[schemas.IdentityProviderFilter, Query()],
    transact: ReadProviders,
    request: Request,
    response: Response,
) -> schemas.IdentityProviderPage:
    """The providers whose access tokens the clinic accepts, in the order they were registered."""
    return linked(request, response, await transact(service.list_identity_providers, wanted))


@router.post(
    "",
    summary="Register an identity provider",
    status_code=status.HTTP_201_CREATED,
    responses=problems(*WITH_BODY, 409),
)
async def create_identity_provider(
    body: schemas.IdentityProviderCreate, transact: CreateProviders, response: Response
) -> schemas.IdentityProvider:
    """Accept the access tokens of an OpenID provider. Each person it names still has to be linked.

    Its keys are fetched when its first token comes. An issuer belongs to one clinic: where a provider serves many
    customers, use the issuer it has for yours alone.
    """
    return created(response, await transact(service.create_identity_provider, body), "/v1/identity-providers")


@router.get("/{identity_provider_id}", summary="Read an identity provider", responses=problems(404))
async def get_identity_provider(
    identity_provider_id: UUID, transact: ReadProviders, request: Request, response: Response
) -> schemas.IdentityProvider:
    """One provider with what its tokens must be like."""
    return shown(request, response, await transact(service.get_identity_provider, identity_provider_id))


@router.patch("/{identity_provider_id}", summary="Change an identity provider", responses=problems(*CHANGING))
async def update_identity_provider(
    identity_provider_id: UUID,
    body: schemas.IdentityProviderUpdate,
    transact: WriteProviders,
    expected: IfMatch,
    request: Request,
    response: Response,
) -> schemas.IdentityProvider:
    """Change what is asked of its tokens, or close it: then none of them lets anyone in."""
    changed = await transact(service.update_identity_provider, identity_provider_id, body, expected)
    request.app.state.door.forget_everyone()
    return tagged(response, changed)


@router.delete(
    "/{identity_provider_id}",
    summary="Remove an identity provider",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(404, 412, 428),
)
async def delete_identity_provider(
    identity_provider_id: UUID, transact: WriteProviders, expected: IfMatch, request: Request
) -> None:
    """Remove it with every link to it. Its issuer can then be registered again."""
    await transact(service.delete_identity_provider, identity_provider_id, expected)
    request.app.state.door.forget_everyone()


@router.get("/{identity_provider_id}/identities", summary="List who is linked", responses=problems(404))
async def list_external_identities(
    identity_provider_id: UUID,
    wanted: Annotated[schemas.ExternalIdentityFilter, Query()],
    transact: ReadProviders,
    request: Request,
    response: Response,
) -> schemas.ExternalIdentityPage:
    """Who is who at the provider, in the order they were linked."""
    page = await transact(service.list_external_identities, identity_provider_id, wanted)
    return linked(request, response, page)


@router.post(
    "/{identity_provider_id}/identities",
    summary="Link a practitioner",
    status_code=status.HTTP_201_CREATED,
    responses=problems(*WITH_BODY, 404, 409),
)
async def create_external_identity(
    identity_provider_id: UUID, body: schemas.ExternalIdentityCreate, transact: CreateProviders, response: Response
) -> schemas.ExternalIdentity:
    """Say who a subject of the provider is here. From then on its tokens are hers.

    Nobody is linked by an e-mail address or on her first visit, because addresses pass from one person to the next.
    """
    identity = await transact(service.create_external_identity, identity_provider_id, body)
    return created(response, identity, f"/v1/identity-providers/{identity_provider_id}/identities")


@router.get("/{identity_provider_id}/identities/{identity_id}", summary="Read a link", responses=problems(404))
async def get_external_identity(
    identity_provider_id: UUID, identity_id: UUID, transact: ReadProviders, request: Request, response: Response
) -> schemas.ExternalIdentity:
    """Who one subject of the provider is here."""
    return shown(request, response, await transact(service.get_external_identity, identity_provider_id, identity_id))


@router.delete(
    "/{identity_provider_id}/identities/{identity_id}",
    summary="Unlink a practitioner",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(404, 412, 428),
)
async def delete_external_identity(
    identity_provider_id: UUID, identity_id: UUID, transact: WriteProviders, expected: IfMatch, request: Request
) -> None:
    """Take a link away. Within seconds the subject's tokens let nobody in anywhere."""
    await transact(service.delete_external_identity, identity_provider_id, identity_id, expected)
    request.app.state.door.forget_everyone()
