"""How the caller herself and service accounts are said on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import MISSING, AwareDatetime, Field

from app.core.caller import CallerKind, Permission
from app.core.schemas import ApiModel, Instant, Line, Out, Page, PageQuery, Resource

Scopes = Annotated[list[Permission], Field(min_length=1, max_length=40)]


class MyEmergencyAccess(Out):
    """The emergency access a request was let in by."""

    id: UUID
    """The emergency access."""
    expires_at: AwareDatetime
    """When it ends by itself."""


class Me(Out):
    """Who the service thinks is calling, so that a frontend can hide what is not allowed."""

    kind: CallerKind
    """A practitioner or a service account."""
    id: UUID
    """The practitioner's or service account's id."""
    clinic_id: UUID
    """The clinic of the caller."""
    display_name: Annotated[str, Field(max_length=200)]
    """Her name, or the service account's."""
    roles: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=6)]
    """The practitioner's roles; empty for a service account."""
    permissions: Annotated[list[Permission], Field(max_length=40)]
    """What the caller may do, where the care team allows it."""
    sees_all_clients: bool
    """Whether every client of the clinic is visible, not only those on whose care team the caller is."""
    has_second_factor: bool
    """Whether she proved with more than a password who she is; false for a service account, which is not asked."""
    withheld: Annotated[list[Permission], Field(max_length=40)]
    """What she may do besides once she has a second factor, which her clinic asks for: offer her to set one up."""
    authenticated_at: AwareDatetime | None
    """When she last proved who she is; null for a service account. Sensitive acts ask for it to be recent."""
    emergency_access: MyEmergencyAccess | None
    """Set when the token is one of emergency access: show it all the time, like the `Emergency-Access` header."""


class ServiceAccount(Resource):
    """A program that works for the clinic, such as its EHR."""

    name: Line
    """What the clinic calls it."""
    scopes: Scopes
    """What it may do."""
    is_active: bool
    """False closes it together with all its keys."""


class ServiceAccountCreate(ApiModel):
    """A new service account."""

    name: Line
    """What the clinic calls it."""
    scopes: Scopes
    """What it may do; signing and administration cannot be granted."""


class ServiceAccountUpdate(ApiModel):
    """What may change about a service account; absent fields stay as they are."""

    name: Line | MISSING = MISSING
    """What the clinic calls it."""
    scopes: Scopes | MISSING = MISSING
    """All scopes, replacing the present ones."""
    is_active: bool | MISSING = MISSING
    """False closes it together with all its keys."""


class ServiceAccountPage(Page[ServiceAccount]):
    """A page of service accounts."""


class ServiceAccountFilter(PageQuery):
    """Which service accounts to list."""

    is_active: bool | None = None
    """Only open ones (true) or only closed ones (false)."""


class ApiKeyCreate(ApiModel):
    """A new key of a service account."""

    expires_at: Instant
    """When it ends; at most 366 days from now."""


class ApiKey(Out):
    """A key of a service account, without its secret."""

    id: UUID
    """The key's id, for revoking it."""
    created_at: AwareDatetime
    """When it was made."""
    expires_at: AwareDatetime
    """When it ends."""
    revoked_at: AwareDatetime | None
    """When it was taken back, null while it is valid."""


class ApiKeyList(Out):
    """All keys of a service account."""

    data: Annotated[list[ApiKey], Field(max_length=100)]
    """The keys, newest first."""


class ApiKeySecret(ApiKey):
    """A new key with its secret, which is shown this once."""

    secret: Annotated[str, Field(max_length=100)]
    """Send it as `Authorization: Bearer …`. It cannot be shown again."""
