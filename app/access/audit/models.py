"""How the audit log is kept: append-only, by trigger on both engines and by grants on PostgreSQL."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Integer, LargeBinary, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.core.caller import CallerKind
from app.core.database import Base, UtcDateTime, str_enum
from app.core.entity import ClinicScoped
from app.core.events import AuditAction


class AuditEvent(Base, ClinicScoped, kw_only=True, repr=False, eq=False):
    """One entry. `document` is its canonical text, `leaf` the hash of that; the columns beside serve the filters.

    `mac` is the mark only this service can make; entries from before there were marks have none.
    """

    __tablename__ = "audit_events"
    __table_args__ = (
        Index(None, "clinic_id", "recorded_at", "id"),
        Index(None, "clinic_id", "actor_id", "id"),
        Index(None, "clinic_id", "type", "id"),
        Index(None, "clinic_id", "entity_id", "id"),
        Index(None, "clinic_id", "request_id"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    type: Mapped[str] = mapped_column(String(64))
    action: Mapped[AuditAction] = mapped_column(str_enum(AuditAction))
    entity: Mapped[str] = mapped_column(String(64))
    entity_id: Mapped[UUID | None] = mapped_column(Uuid)
    actor_kind: Mapped[CallerKind] = mapped_column(str_enum(CallerKind))
    actor_id: Mapped[UUID] = mapped_column(Uuid)
    request_id: Mapped[str | None] = mapped_column(String(64))
    document: Mapped[str] = mapped_column(Text)
    leaf: Mapped[bytes] = mapped_column(LargeBinary)
    mac: Mapped[bytes | None] = mapped_column(LargeBinary)


class AuditSubject(Base, ClinicScoped, kw_only=True, repr=False, eq=False):
    """A client an entry is about, so that "who saw this client" is one index lookup even among lists."""

    __tablename__ = "audit_subjects"

    client_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    event_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)


class AuditSeal(Base, ClinicScoped, kw_only=True, repr=False, eq=False):
    """The seal on a batch of entries: its Merkle root, chained to the seal before and signed (`sealing`)."""

    __tablename__ = "audit_seals"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    count: Mapped[int] = mapped_column(Integer)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AuditSealedEvent(Base, ClinicScoped, kw_only=True, repr=False, eq=False):
    """Which seal an entry is in, and where in its tree. An entry that commits late simply joins the next seal."""

    __tablename__ = "audit_sealed_events"
    __table_args__ = (Index(None, "clinic_id", "seal_number", "position", unique=True),)

    event_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    seal_number: Mapped[int] = mapped_column(Integer)
    position: Mapped[int] = mapped_column(Integer)
