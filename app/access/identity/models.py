"""How credentials are kept: only as hashes.

`password_credentials`, `bearer_tokens` and `sign_ins` are read before a clinic is known, so they carry no row-level
policy and hold nothing but hashes, ids and times.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, ForeignKeyConstraint, Index, LargeBinary, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.access.identity import domain
from app.access.practitioners.domain import LoginTaken
from app.core.database import Base, CodeSet, UtcDateTime, str_enum
from app.core.entity import Audited, ClinicScoped, Entity
from app.core.ids import new_id


class PasswordCredential(Base, kw_only=True, repr=False, eq=False):
    """A login and the argon2id hash of its password."""

    __tablename__ = "password_credentials"
    __table_args__ = (UniqueConstraint("login", info={"problem": LoginTaken}),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default_factory=new_id)
    login: Mapped[str] = mapped_column(String(200))
    clinic_id: Mapped[UUID] = mapped_column(Uuid)
    practitioner_id: Mapped[UUID] = mapped_column(Uuid)
    password_hash: Mapped[str] = mapped_column(String(200))


class BearerToken(Base, kw_only=True, repr=False, eq=False):
    """What a caller sends: of a practitioner's sign-in or emergency access, or the key of a service account."""

    __tablename__ = "bearer_tokens"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index(None, "clinic_id", "holder_id"),
        Index(None, "sign_in_id"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default_factory=new_id)
    kind: Mapped[domain.TokenKind] = mapped_column(str_enum(domain.TokenKind))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    clinic_id: Mapped[UUID] = mapped_column(Uuid)
    holder_id: Mapped[UUID] = mapped_column(Uuid)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    sign_in_id: Mapped[UUID | None] = mapped_column(Uuid, default=None)


class SignIn(Base, kw_only=True, repr=False, eq=False):
    """A practitioner at work: from proving who she is until she signs out, pauses for too long, or the day is over."""

    __tablename__ = "sign_ins"
    __table_args__ = (Index(None, "clinic_id", "practitioner_id"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default_factory=new_id)
    clinic_id: Mapped[UUID] = mapped_column(Uuid)
    practitioner_id: Mapped[UUID] = mapped_column(Uuid)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    authenticated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    has_second_factor: Mapped[bool] = mapped_column(Boolean)
    idle_until: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)

    def is_alive(self, now: datetime) -> bool:
        """Say whether it may go on; access tokens end by themselves before it has lain idle for too long."""
        return self.ended_at is None and now < self.idle_until and now < self.ends_at


class ServiceAccount(Base, ClinicScoped, Entity, Audited, kw_only=True, repr=False, eq=False):
    """A program that works for the clinic, with the scopes it was granted."""

    __tablename__ = "service_accounts"
    __table_args__ = (ForeignKeyConstraint(["clinic_id"], ["clinics.clinic_id"]),)

    name: Mapped[str] = mapped_column(String(200))
    scopes: Mapped[tuple[str, ...]] = mapped_column(CodeSet)
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)
