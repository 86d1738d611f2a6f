"""How signing in is said on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field, SecretStr

from app.access.practitioners.schemas import Login, Password
from app.core.schemas import ApiModel, Out

Code = Annotated[SecretStr, Field(min_length=6, max_length=40)]
GivenPassword = Annotated[SecretStr, Field(min_length=1, max_length=200)]


class SignIn(ApiModel):
    """A login and its password."""

    login: Login
    """The login the clinic gave out."""
    password: GivenPassword
    """Its password."""
    code: Code | None = None
    """The six digits her authenticator app shows now, or a recovery code; for who has a second factor."""


class Refresh(ApiModel):
    """The refresh token of a sign-in that is to go on."""

    refresh_token: Annotated[SecretStr, Field(min_length=1, max_length=200)]
    """The newest one. It works once: the answer holds its successor."""


class StepUp(ApiModel):
    """Proof, in the middle of a sign-in, that it is still the same person."""

    password: GivenPassword
    """Her password."""
    code: Code | None = None
    """The six digits her authenticator app shows now, or a recovery code; for who has a second factor."""


class PasswordChange(ApiModel):
    """A new password in place of one's own."""

    old_password: GivenPassword
    """The present one."""
    new_password: Password
    """At least 15 characters, not made of names or common passwords; any sentence will do."""


class PasswordReset(ApiModel):
    """A new password for somebody who cannot sign in any more."""

    new_password: Password
    """At least 15 characters, not made of names or common passwords. Ask her to change it."""


class AccessToken(Out):
    """A bearer token, to be sent as `Authorization: Bearer …`, and the refresh token to get the next one with."""

    access_token: Annotated[str, Field(max_length=100)]
    """The token. It is shown once and stored only as a hash."""
    token_type: Annotated[str, Field(max_length=10)] = "Bearer"
    """Always `Bearer`."""
    expires_at: AwareDatetime
    """When it ends by itself; refresh before."""
    refresh_token: Annotated[str, Field(max_length=100)]
    """Exchange it at `POST /v1/auth/refresh` for the next pair. It works once, is shown once and stored as a hash."""
    refresh_expires_at: AwareDatetime
    """When the sign-in is over unless it was refreshed before: after the idle time, and at its latest end."""
    practitioner_id: UUID
    """Who signed in."""
    clinic_id: UUID
    """The clinic she works in."""


class Proof(Out):
    """What the present sign-in is worth."""

    authenticated_at: AwareDatetime
    """When she last proved who she is."""
    fresh_until: AwareDatetime
    """Until when sensitive acts are open to her without another step-up."""
    has_second_factor: bool
    """Whether it was with a second factor."""


class SecondFactorStart(Out):
    """The secret of a second factor to be. It is shown this once."""

    secret: Annotated[str, Field(max_length=64)]
    """For an authenticator app into which it is typed."""
    otpauth_uri: Annotated[str, Field(max_length=2000)]
    """For an authenticator app that reads a QR code: show this as one."""


class SecondFactorConfirmation(ApiModel):
    """The first code of a second factor, which shows that the app and the service agree."""

    code: Code
    """The six digits the app shows now."""


class NewRecoveryCodes(Out):
    """Codes for the day the app is lost. They are shown this once."""

    recovery_codes: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=10)]
    """Each stands in for the app once. Print them, or keep them where you keep passwords."""
