"""How refresh tokens are found, spent and forgotten, and second factors found."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import Delete, Select, Update, delete, select, update

from app.access.identity.domain import TokenKind
from app.access.identity.models import BearerToken, SignIn
from app.access.sign_in.models import RecoveryCode, RefreshToken, SecondFactor
from app.core.database import AnySelect


def refresh_token_of(token_hash: bytes) -> AnySelect:
    """Select whose refresh token this is."""
    return select(RefreshToken.id, RefreshToken.clinic_id, RefreshToken.practitioner_id, RefreshToken.sign_in_id).where(
        RefreshToken.token_hash == token_hash
    )


def spend(token_id: UUID, now: datetime) -> Update:
    """Spend a refresh token, if nobody has: of two who come at once, one finds no row."""
    return (
        update(RefreshToken)
        .where(RefreshToken.id == token_id, RefreshToken.spent_at.is_(None))
        .values(spent_at=now)
        .execution_options(synchronize_session=False)
    )


def forget_before(clinic_id: UUID, practitioner_id: UUID, moment: datetime) -> Iterator[Delete]:
    """Delete what is long over of a practitioner's sign-ins; her tokens of emergency access stay."""
    yield delete(RefreshToken).where(
        RefreshToken.clinic_id == clinic_id,
        RefreshToken.practitioner_id == practitioner_id,
        RefreshToken.ends_at < moment,
    )
    yield delete(BearerToken).where(
        BearerToken.clinic_id == clinic_id,
        BearerToken.holder_id == practitioner_id,
        BearerToken.kind == TokenKind.SIGN_IN,
        BearerToken.expires_at < moment,
    )
    yield delete(SignIn).where(
        SignIn.clinic_id == clinic_id, SignIn.practitioner_id == practitioner_id, SignIn.ends_at < moment
    )


def second_factor_of(practitioner_id: UUID) -> Select[SecondFactor]:
    """Select a practitioner's second factor, confirmed or not."""
    return select(SecondFactor).where(SecondFactor.practitioner_id == practitioner_id)


def unspent_codes_of(practitioner_id: UUID) -> Select[RecoveryCode]:
    """Select the recovery codes a practitioner has left, to spend one; of two who spend one, the second waits."""
    return (
        select(RecoveryCode)
        .where(RecoveryCode.practitioner_id == practitioner_id, RecoveryCode.spent_at.is_(None))
        .with_for_update()
    )


def forget_codes_of(practitioner_id: UUID) -> Delete:
    """Delete a practitioner's recovery codes."""
    return (
        delete(RecoveryCode)
        .where(RecoveryCode.practitioner_id == practitioner_id)
        .execution_options(synchronize_session=False)
    )
