"""How identity providers and links to them are said on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import MISSING, AfterValidator, Field
from pydantic_core import PydanticCustomError

from app.access.identity_providers.domain import UNSTABLE_CLAIMS, USUAL_TOKEN_TYPE, Algorithm
from app.core.fetching import is_fit
from app.core.schemas import ApiModel, Line, Page, PageQuery, Resource


def _address(text: str) -> str:
    if not is_fit(text):
        raise PydanticCustomError("https_address", "Use an https address without credentials and fragment.")
    return text


def _plain_address(text: str) -> str:
    if "?" in text:
        raise PydanticCustomError("https_address", "Use the issuer's address as it stands in its tokens, no query.")
    return _address(text)


def _stable(claim: str) -> str:
    if claim in UNSTABLE_CLAIMS:
        raise PydanticCustomError(
            "unstable_claim", "Use a claim that never passes to another person, such as sub or oid."
        )
    return claim


_VISIBLE = r"^[\x21-\x7e]+$"
Issuer = Annotated[str, Field(min_length=9, max_length=500, pattern=_VISIBLE), AfterValidator(_plain_address)]
JwksUri = Annotated[str, Field(min_length=9, max_length=500, pattern=_VISIBLE), AfterValidator(_address)]
Audience = Annotated[str, Field(min_length=1, max_length=500, pattern=_VISIBLE)]
Algorithms = Annotated[list[Algorithm], Field(min_length=1, max_length=6)]
SubjectClaim = Annotated[
    str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z][A-Za-z0-9_.:/-]*$"), AfterValidator(_stable)
]
TokenType = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9.+/-]+$")]
Acr = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x21\x23-\x5b\x5d-\x7e]+$")]
AcrValues = Annotated[list[Acr], Field(max_length=10)]
Subject = Annotated[str, Field(min_length=1, max_length=255, pattern=_VISIBLE)]


class IdentityProvider(Resource):
    """An OpenID provider whose access tokens the clinic accepts."""

    name: Line
    """What the clinic calls it."""
    issuer: Issuer
    """What its tokens have in `iss`, exactly."""
    audience: Audience
    """What its tokens must have in `aud`: the name this service has at the provider."""
    algorithms: Algorithms
    """How it may sign; a token never chooses outside these."""
    subject_claim: SubjectClaim
    """The claim that names a person for good."""
    token_type: TokenType
    """What its access tokens have as `typ` in their header."""
    required_acr: AcrValues
    """Values of `acr`, one of which each token must have; empty asks for none."""
    second_factor_acr: AcrValues
    """Values of `acr` that mean more than a password. `mfa` in `amr` means it too."""
    jwks_uri: JwksUri | None
    """Where its keys are; null when its discovery document says so."""
    is_active: bool
    """False closes it: none of its tokens lets anyone in."""


class IdentityProviderCreate(ApiModel):
    """A provider to accept from now on. Nobody gets in by it until an admin links her."""

    name: Line
    """What the clinic calls it."""
    issuer: Issuer
    """What its tokens have in `iss`, exactly. An issuer belongs to one clinic."""
    audience: Audience
    """What its tokens must have in `aud`."""
    algorithms: Algorithms = [Algorithm.RS256]
    """How it may sign."""
    subject_claim: SubjectClaim = "sub"
    """The claim that names a person for good; never an e-mail address or a name, which pass from one to the next."""
    token_type: TokenType = USUAL_TOKEN_TYPE
    """What its access tokens have as `typ` in their header, when it is not what RFC 9068 says."""
    required_acr: AcrValues = []
    """Values of `acr`, one of which each token must have."""
    second_factor_acr: AcrValues = []
    """Values of `acr` that mean more than a password."""
    jwks_uri: JwksUri | None = None
    """Where its keys are, when it has no discovery document."""


class IdentityProviderUpdate(ApiModel):
    """What may change about a provider; absent fields stay as they are. Another issuer is another provider."""

    name: Line | MISSING = MISSING
    """What the clinic calls it."""
    audience: Audience | MISSING = MISSING
    """What its tokens must have in `aud`."""
    algorithms: Algorithms | MISSING = MISSING
    """All ways it may sign, replacing the present ones."""
    token_type: TokenType | MISSING = MISSING
    """What its access tokens have as `typ` in their header."""
    required_acr: AcrValues | MISSING = MISSING
    """All values of `acr` that will do, replacing the present ones."""
    second_factor_acr: AcrValues | MISSING = MISSING
    """All values of `acr` that mean more than a password, replacing the present ones."""
    jwks_uri: JwksUri | None | MISSING = MISSING
    """Where its keys are; null when its discovery document says so."""
    is_active: bool | MISSING = MISSING
    """False closes it at once."""


class IdentityProviderPage(Page[IdentityProvider]):
    """A page of identity providers."""


class IdentityProviderFilter(PageQuery):
    """Which identity providers to list."""

    is_active: bool | None = None
    """Only open ones (true) or only closed ones (false)."""


class ExternalIdentity(Resource):
    """A practitioner as an identity provider knows her."""

    identity_provider_id: UUID
    """The provider."""
    practitioner_id: UUID
    """Who it is here. What she may do follows from her roles here, never from a token."""
    subject: Subject
    """Who it is there: the value of the provider's subject claim."""


class ExternalIdentityCreate(ApiModel):
    """Who a subject of the provider is here."""

    practitioner_id: UUID
    """A practitioner of the clinic."""
    subject: Subject
    """The value of the provider's subject claim, exactly."""


class ExternalIdentityPage(Page[ExternalIdentity]):
    """A page of links."""


class ExternalIdentityFilter(PageQuery):
    """Which links to list."""

    practitioner_id: UUID | None = None
    """Only those of this practitioner."""
