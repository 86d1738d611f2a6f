"""What signing in is: how long it lasts, the form of refresh tokens, its refusals and its events."""

import math
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from app.core.events import AuditAction, DomainEvent
from app.core.problems import Conflict, Problem, Unauthorized

FORGOTTEN_AFTER = timedelta(days=1)
"""How long what is over stays in the tables of credentials; the audit log keeps what happened."""
_REFRESH_PREFIX = "stance_refresh_"


class SignInRefused(Unauthorized):
    """Unknown login, wrong password, or a code that is missing or wrong: all look the same on purpose."""

    title = "Login, password or code is not right"


class SignInOver(Unauthorized):
    """The refresh token is unknown or was used before, or the sign-in has ended: sign in again."""

    title = "This sign-in is over"


class SignInThrottled(Problem):
    """Too many attempts failed of late for this login, or from this address: each one more makes the wait longer."""

    status = 429
    title = "Too many attempts failed"

    def __init__(self, wait: timedelta) -> None:
        """Say how long to wait, whether the login exists or not."""
        seconds = math.ceil(wait.total_seconds())
        super().__init__(f"Wait {seconds} seconds before you try again.", headers={"Retry-After": str(seconds)})


class SecondFactorExists(Conflict):
    """There is a second factor already; remove it before you set up another."""

    title = "You already have a second factor"


class SecondFactorNotStarted(Conflict):
    """No second factor waits for its first code."""

    title = "Start setting up a second factor first"


class NoSecondFactor(Conflict):
    """There is no second factor to take away."""

    title = "There is no second factor"


@dataclass(frozen=True)
class Lifetimes:
    """How long an access token works, how long a sign-in may lie idle, and when it ends at the latest."""

    access: timedelta
    idle: timedelta
    whole: timedelta


@dataclass(frozen=True, kw_only=True)
class _SignInEvent(DomainEvent):
    action: ClassVar[AuditAction] = AuditAction.EXECUTE
    entity: ClassVar[str] = "sign_in"


@dataclass(frozen=True, kw_only=True)
class SignedIn(_SignInEvent):
    """A practitioner signed in."""

    type: ClassVar[str] = "access.signed_in"
    with_second_factor: bool = False


@dataclass(frozen=True, kw_only=True)
class SignInFailed(_SignInEvent):
    """Someone gave a known login with a wrong password or code, or one whose owner may not sign in."""

    type: ClassVar[str] = "access.sign_in_failed"


@dataclass(frozen=True, kw_only=True)
class SteppedUp(_SignInEvent):
    """A practitioner proved again, in a sign-in that goes on, who she is."""

    type: ClassVar[str] = "access.stepped_up"
    with_second_factor: bool = False


@dataclass(frozen=True, kw_only=True)
class StepUpFailed(_SignInEvent):
    """Someone with a practitioner's token gave a wrong password or code."""

    type: ClassVar[str] = "access.step_up_failed"


@dataclass(frozen=True, kw_only=True)
class SignedOut(_SignInEvent):
    """A practitioner signed out."""

    type: ClassVar[str] = "access.signed_out"


@dataclass(frozen=True, kw_only=True)
class SignedOutEverywhere(_SignInEvent):
    """A practitioner ended every sign-in of hers, and every emergency access."""

    type: ClassVar[str] = "access.signed_out_everywhere"


@dataclass(frozen=True, kw_only=True)
class RefreshTokenReused(_SignInEvent):
    """A refresh token came a second time, so one of the two who had it should not: the sign-in was ended."""

    type: ClassVar[str] = "access.refresh_token_reused"


@dataclass(frozen=True, kw_only=True)
class _ProofEvent(DomainEvent):
    action: ClassVar[AuditAction] = AuditAction.UPDATE
    entity: ClassVar[str] = "practitioner"


@dataclass(frozen=True, kw_only=True)
class SecondFactorStarted(_ProofEvent):
    """A practitioner was shown the secret of a second factor to be."""

    type: ClassVar[str] = "access.second_factor_started"


@dataclass(frozen=True, kw_only=True)
class SecondFactorAdded(_ProofEvent):
    """A practitioner showed the first code of her second factor; from now on she signs in with it."""

    type: ClassVar[str] = "access.second_factor_added"


@dataclass(frozen=True, kw_only=True)
class SecondFactorRemoved(_ProofEvent):
    """A practitioner took her second factor away."""

    type: ClassVar[str] = "access.second_factor_removed"


@dataclass(frozen=True, kw_only=True)
class SecondFactorReset(_ProofEvent):
    """Somebody else took a practitioner's second factor away, and ended her sign-ins."""

    type: ClassVar[str] = "access.second_factor_reset"


@dataclass(frozen=True, kw_only=True)
class PasswordChanged(_ProofEvent):
    """A practitioner changed her password; her other sign-ins ended."""

    type: ClassVar[str] = "access.password_changed"


@dataclass(frozen=True, kw_only=True)
class PasswordReset(_ProofEvent):
    """Somebody else gave a practitioner another password; all her sign-ins ended."""

    type: ClassVar[str] = "access.password_reset"


@dataclass(frozen=True, kw_only=True)
class RecoveryCodeUsed(_ProofEvent):
    """A recovery code stood in for the app; so many are left."""

    type: ClassVar[str] = "access.recovery_code_used"
    left: int


def new_refresh_token() -> str:
    """Make a refresh token of 256 random bits; only its hash is kept, and it works once."""
    return _REFRESH_PREFIX + secrets.token_urlsafe(32)
