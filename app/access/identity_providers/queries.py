"""How providers, and who is who at them, are found."""

from uuid import UUID

from sqlalchemy import Delete, delete, select

from app.access.identity_providers.models import ExternalIdentity, IdentityProvider, RegisteredIssuer
from app.access.identity_providers.schemas import ExternalIdentityFilter, IdentityProviderFilter
from app.core.database import AnySelect

PROVIDER_COLUMNS = (
    IdentityProvider.id,
    IdentityProvider.version,
    IdentityProvider.created_at,
    IdentityProvider.name,
    IdentityProvider.issuer,
    IdentityProvider.audience,
    IdentityProvider.algorithms,
    IdentityProvider.subject_claim,
    IdentityProvider.token_type,
    IdentityProvider.required_acr,
    IdentityProvider.second_factor_acr,
    IdentityProvider.jwks_uri,
    IdentityProvider.is_active,
)
IDENTITY_COLUMNS = (
    ExternalIdentity.id,
    ExternalIdentity.version,
    ExternalIdentity.created_at,
    ExternalIdentity.identity_provider_id,
    ExternalIdentity.practitioner_id,
    ExternalIdentity.subject,
)


def registration_of(issuer: str) -> AnySelect:
    """Select whose an issuer is, when no clinic is known yet."""
    return select(RegisteredIssuer.identity_provider_id, RegisteredIssuer.clinic_id).where(
        RegisteredIssuer.issuer == issuer
    )


def open_provider(provider_id: UUID) -> AnySelect:
    """Select what the tokens of a provider must be like, unless it is closed."""
    return select(*PROVIDER_COLUMNS).where(IdentityProvider.id == provider_id, IdentityProvider.is_active)


def practitioner_known_as(provider_id: UUID, subject: str) -> AnySelect:
    """Select who a subject of a provider is here."""
    return select(ExternalIdentity.practitioner_id).where(
        ExternalIdentity.identity_provider_id == provider_id, ExternalIdentity.subject == subject
    )


def providers_matching(wanted: IdentityProviderFilter) -> AnySelect:
    """Select the providers a filter asks for."""
    statement = select(*PROVIDER_COLUMNS)
    return statement if wanted.is_active is None else statement.where(IdentityProvider.is_active == wanted.is_active)


def identities_at(provider_id: UUID, wanted: ExternalIdentityFilter) -> AnySelect:
    """Select who is linked to a provider."""
    statement = select(*IDENTITY_COLUMNS).where(ExternalIdentity.identity_provider_id == provider_id)
    if wanted.practitioner_id is not None:
        statement = statement.where(ExternalIdentity.practitioner_id == wanted.practitioner_id)
    return statement


def links_to(provider_id: UUID, subject: str, practitioner_id: UUID) -> AnySelect:
    """Select what stands in the way of a link: the subject or the practitioner is linked already."""
    is_either = (ExternalIdentity.subject == subject) | (ExternalIdentity.practitioner_id == practitioner_id)
    return select(ExternalIdentity.id).where(ExternalIdentity.identity_provider_id == provider_id, is_either)


def drop_identities_at(provider_id: UUID) -> Delete:
    """Remove every link to a provider."""
    return (
        delete(ExternalIdentity)
        .where(ExternalIdentity.identity_provider_id == provider_id)
        .execution_options(synchronize_session=False)
    )
