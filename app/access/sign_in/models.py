"""How refresh tokens and second factors are kept.

Refresh tokens are read before a clinic is known, like bearer tokens, so they are hashes, ids and times only.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Integer, LargeBinary, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.core.crypto import SealedColumn
from app.core.database import Base, Sealed, UtcDateTime
from app.core.entity import Audited, ClinicScoped, Entity, refers_to
from app.core.ids import new_id

SEED = SealedColumn("second_factors", "seed")


class RefreshToken(Base, kw_only=True, repr=False, eq=False):
    """What a sign-in goes on with; it works once, and its successor takes its place."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (UniqueConstraint("token_hash"), Index(None, "clinic_id", "practitioner_id"))

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default_factory=new_id)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    clinic_id: Mapped[UUID] = mapped_column(Uuid)
    practitioner_id: Mapped[UUID] = mapped_column(Uuid)
    sign_in_id: Mapped[UUID] = mapped_column(Uuid)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the sign-in it belongs to ends at the latest."""
    spent_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)


class SecondFactor(Base, ClinicScoped, Entity, Audited, kw_only=True, repr=False, eq=False):
    """An authenticator app's secret; it counts once its first code was shown, and each code counts once."""

    __tablename__ = "second_factors"
    __table_args__ = (refers_to("practitioners", "practitioner_id"), UniqueConstraint("clinic_id", "practitioner_id"))

    practitioner_id: Mapped[UUID] = mapped_column(Uuid)
    seed: Mapped[bytes] = mapped_column(Sealed)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    last_step: Mapped[int | None] = mapped_column(Integer, default=None)


class RecoveryCode(Base, ClinicScoped, kw_only=True, repr=False, eq=False):
    """The hash of a code that stands in for the app once."""

    __tablename__ = "recovery_codes"
    __table_args__ = (refers_to("practitioners", "practitioner_id"), Index(None, "clinic_id", "practitioner_id"))

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default_factory=new_id)
    practitioner_id: Mapped[UUID] = mapped_column(Uuid)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    spent_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)


class SignInAttempts(Base, kw_only=True, repr=False, eq=False):
    """How often a login or an address failed of late; also for logins nobody has, and so of no clinic."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (Index(None, "counted_at"),)

    key_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    blocked_until: Mapped[datetime] = mapped_column(UtcDateTime)
    counted_at: Mapped[datetime] = mapped_column(UtcDateTime)
