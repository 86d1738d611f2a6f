"""What can be done with identity providers: register, change, remove them, and say who somebody is at them."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access.identity_providers import domain, models, queries, schemas
from app.access.practitioners.models import Practitioner
from app.core.paging import paged
from app.core.problems import NotFound, ValidationFailed
from app.core.work import UnitOfWork

_LISTS = frozenset({"algorithms", "required_acr", "second_factor_acr"})


def list_identity_providers(work: UnitOfWork, wanted: schemas.IdentityProviderFilter) -> schemas.IdentityProviderPage:
    """List the clinic's identity providers in the order they were registered."""
    statement = queries.providers_matching(wanted)
    return paged(work, schemas.IdentityProviderPage, statement, [models.IdentityProvider.id], wanted, _as_provider)


def get_identity_provider(work: UnitOfWork, provider_id: UUID) -> schemas.IdentityProvider:
    """Read one identity provider."""
    statement = select(*queries.PROVIDER_COLUMNS).where(models.IdentityProvider.id == provider_id)
    return _as_provider(work.one(statement))


def create_identity_provider(work: UnitOfWork, wanted: schemas.IdentityProviderCreate) -> schemas.IdentityProvider:
    """Register a provider; its issuer is then this clinic's alone."""
    if work.rows(queries.registration_of(wanted.issuer)):
        raise domain.IssuerTaken
    provider = models.IdentityProvider(created_at=work.now, **_kept(wanted.model_dump(mode="json")))
    work.add(provider)
    work.add(
        models.RegisteredIssuer(identity_provider_id=provider.id, issuer=wanted.issuer, clinic_id=work.caller.clinic_id)
    )
    work.record(domain.IdentityProviderRegistered(), provider)
    return _as_provider(provider)


def update_identity_provider(
    work: UnitOfWork, provider_id: UUID, changes: schemas.IdentityProviderUpdate, expected: int
) -> schemas.IdentityProvider:
    """Change what is asked of its tokens, or close it."""
    provider = work.get(models.IdentityProvider, provider_id, expected)
    changed = _kept(changes.model_dump(mode="json"))
    for name, value in changed.items():
        setattr(provider, name, value)
    work.record(domain.IdentityProviderChanged(fields=tuple(changed)), provider)
    return _as_provider(provider)


def delete_identity_provider(work: UnitOfWork, provider_id: UUID, expected: int) -> None:
    """Remove a provider with every link to it; its issuer is free again."""
    provider = work.get(models.IdentityProvider, provider_id, expected)
    work.session.execute(queries.drop_identities_at(provider_id))
    registration = work.session.get_one(models.RegisteredIssuer, provider_id)
    work.session.delete(registration)
    work.session.delete(provider)
    work.record(domain.IdentityProviderRemoved(entity_id=provider_id))


def list_external_identities(
    work: UnitOfWork, provider_id: UUID, wanted: schemas.ExternalIdentityFilter
) -> schemas.ExternalIdentityPage:
    """List who is linked to a provider, in the order they were."""
    get_identity_provider(work, provider_id)
    statement = queries.identities_at(provider_id, wanted)
    return paged(work, schemas.ExternalIdentityPage, statement, [models.ExternalIdentity.id], wanted, _as_identity)


def get_external_identity(work: UnitOfWork, provider_id: UUID, identity_id: UUID) -> schemas.ExternalIdentity:
    """Read one link."""
    return _as_identity(work.get(models.ExternalIdentity, identity_id, identity_provider_id=provider_id))


def create_external_identity(
    work: UnitOfWork, provider_id: UUID, wanted: schemas.ExternalIdentityCreate
) -> schemas.ExternalIdentity:
    """Say who a subject of a provider is. Nobody is linked by herself, and never by an e-mail address."""
    get_identity_provider(work, provider_id)
    try:
        practitioner = work.get(Practitioner, wanted.practitioner_id)
    except NotFound:
        detail = "Name a practitioner of this clinic."
        raise ValidationFailed.at("/practitioner_id", detail, "unknown_practitioner") from None
    if work.rows(queries.links_to(provider_id, wanted.subject, practitioner.id)):
        raise domain.IdentityTaken
    identity = models.ExternalIdentity(
        created_at=work.now,
        identity_provider_id=provider_id,
        practitioner_id=practitioner.id,
        subject=wanted.subject,
    )
    work.add(identity)
    work.record(
        domain.IdentityLinked(identity_provider_id=provider_id, practitioner_id=practitioner.id),
        identity,
    )
    return _as_identity(identity)


def delete_external_identity(work: UnitOfWork, provider_id: UUID, identity_id: UUID, expected: int) -> None:
    """Take a link away; the subject's tokens let nobody in any more."""
    identity = work.get(models.ExternalIdentity, identity_id, expected, identity_provider_id=provider_id)
    work.session.delete(identity)
    work.record(
        domain.IdentityUnlinked(
            entity_id=identity_id, identity_provider_id=provider_id, practitioner_id=identity.practitioner_id
        )
    )


def _kept(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(dict.fromkeys(value)) if name in _LISTS else value for name, value in fields.items()}


def _as_provider(row: Any) -> schemas.IdentityProvider:
    return schemas.IdentityProvider(
        id=row.id,
        version=row.version,
        created_at=row.created_at,
        name=row.name,
        issuer=row.issuer,
        audience=row.audience,
        algorithms=[domain.Algorithm(one) for one in row.algorithms],
        subject_claim=row.subject_claim,
        token_type=row.token_type,
        required_acr=list(row.required_acr),
        second_factor_acr=list(row.second_factor_acr),
        jwks_uri=row.jwks_uri,
        is_active=row.is_active,
    )


def _as_identity(row: Any) -> schemas.ExternalIdentity:
    return schemas.ExternalIdentity(
        id=row.id,
        version=row.version,
        created_at=row.created_at,
        identity_provider_id=row.identity_provider_id,
        practitioner_id=row.practitioner_id,
        subject=row.subject,
    )
