"""What a clinic's identity provider is: an issuer whose signed tokens say who somebody is, never what she may do."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from app.core.events import AuditAction, DomainEvent
from app.core.problems import Conflict, Problem, Unauthorized

LEEWAY = timedelta(seconds=30)
"""How far the provider's clock may differ from ours."""
LONGEST_TOKEN_LIFE = timedelta(hours=24)
LONGEST_TOKEN = 8_192
USUAL_TOKEN_TYPE = "at+jwt"
"""What RFC 9068 calls access tokens."""
UNSTABLE_CLAIMS = frozenset({"email", "name", "nickname", "preferred_username", "unique_name", "upn"})
"""What can pass from one person to the next, and so names nobody for good."""
MARKS_OF_ID_TOKENS = frozenset({"nonce", "at_hash", "c_hash", "s_hash"})
"""Claims of the token that tells a web page who signed in (OpenID Connect Core); it opens no API."""
NOT_LINKED = "Your account at your clinic's identity provider is linked to nobody here. A clinic admin can link it."


class Algorithm(StrEnum):
    """How a provider may sign: with keys of which only the public half is ours to know."""

    RS256 = "RS256"
    PS256 = "PS256"
    ES256 = "ES256"
    ES384 = "ES384"
    EDDSA = "EdDSA"
    ED25519 = "Ed25519"


class IssuerTaken(Conflict):
    """A token names its issuer and no clinic, so an issuer belongs to one clinic."""

    title = "This issuer is registered already"


class IdentityTaken(Conflict):
    """The subject is linked to somebody, or the practitioner to another subject of the same provider."""

    title = "This subject or practitioner is linked already"


class AssuranceTooLow(Unauthorized):
    """The token says that she signed in less surely than the clinic asks for; see the `acr_values` of the answer."""

    title = "Sign in again in the way your clinic asks for"

    def __init__(self, wanted: tuple[str, ...]) -> None:
        """Carry the challenge of RFC 9470, which tells a frontend what to ask the provider for."""
        super().__init__("The `WWW-Authenticate` header names the `acr_values` to ask the identity provider for.")
        self.headers = {
            "WWW-Authenticate": 'Bearer realm="stance", error="insufficient_user_authentication", '
            'error_description="A different authentication level is required", '
            f'acr_values="{" ".join(wanted)}"'
        }


class IdentityProviderUnreachable(Problem):
    """The clinic's identity provider does not tell its keys, so nobody can check a token of it now."""

    status = 503
    title = "The identity provider cannot be reached"

    def __init__(self) -> None:
        """Ask the caller to come back when the provider may be asked again."""
        super().__init__(headers={"Retry-After": "60"})


@dataclass(frozen=True, kw_only=True)
class _ProviderEvent(DomainEvent):
    entity: ClassVar[str] = "identity_provider"


@dataclass(frozen=True, kw_only=True)
class IdentityProviderRegistered(_ProviderEvent):
    """The clinic lets people in whom an identity provider vouches for."""

    type: ClassVar[str] = "identity_provider.registered"
    action: ClassVar[AuditAction] = AuditAction.CREATE


@dataclass(frozen=True, kw_only=True)
class IdentityProviderChanged(_ProviderEvent):
    """What is asked of a provider's tokens changed, or it was closed."""

    type: ClassVar[str] = "identity_provider.changed"
    action: ClassVar[AuditAction] = AuditAction.UPDATE
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class IdentityProviderRemoved(_ProviderEvent):
    """A provider was taken away, with every link to it."""

    type: ClassVar[str] = "identity_provider.removed"
    action: ClassVar[AuditAction] = AuditAction.DELETE


@dataclass(frozen=True, kw_only=True)
class _IdentityEvent(DomainEvent):
    entity: ClassVar[str] = "external_identity"
    identity_provider_id: UUID
    practitioner_id: UUID


@dataclass(frozen=True, kw_only=True)
class IdentityLinked(_IdentityEvent):
    """A subject of a provider was said to be this practitioner."""

    type: ClassVar[str] = "external_identity.linked"
    action: ClassVar[AuditAction] = AuditAction.CREATE


@dataclass(frozen=True, kw_only=True)
class IdentityUnlinked(_IdentityEvent):
    """A subject of a provider is nobody here any more."""

    type: ClassVar[str] = "external_identity.unlinked"
    action: ClassVar[AuditAction] = AuditAction.DELETE


@dataclass(frozen=True, kw_only=True)
class SignedInWithProvider(DomainEvent):
    """A practitioner came with a token of the clinic's identity provider that was not seen before."""

    type: ClassVar[str] = "access.signed_in_with_provider"
    action: ClassVar[AuditAction] = AuditAction.EXECUTE
    entity: ClassVar[str] = "sign_in"
    identity_provider_id: UUID
    has_second_factor: bool
