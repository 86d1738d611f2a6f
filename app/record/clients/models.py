"""How clients are kept: whatever identifies a person is sealed under a key of her own."""

from datetime import date
from uuid import UUID

from sqlalchemy import Date, ForeignKeyConstraint, Index, LargeBinary, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship, synonym

from app.core.crypto import SealedColumn
from app.core.database import Base, Sealed, str_enum
from app.core.entity import Audited, ClientScoped, ClinicScoped, Entity, belongs_to, refers_to
from app.core.ids import new_id
from app.core.problems import ValidationFailed
from app.record.clients import domain

DETAILS = SealedColumn("clients", "details")
IDENTIFIER_VALUE = SealedColumn("client_identifiers", "value")


class Client(Base, ClinicScoped, Entity, ClientScoped, Audited, kw_only=True, repr=False, eq=False):
    """A person in care. `details` holds names, contacts, birth date, concerns and diagnoses, sealed as one document."""

    __tablename__ = "clients"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id"], ["clinics.clinic_id"]),
        Index(None, "clinic_id", "status", "id"),
    )

    client_id: Mapped[UUID] = synonym("id", init=False)
    status: Mapped[domain.ClientStatus] = mapped_column(str_enum(domain.ClientStatus))
    delivery_preference: Mapped[str | None] = mapped_column(String(32))
    details: Mapped[bytes] = mapped_column(Sealed)
    discharged_on: Mapped[date | None] = mapped_column(Date, default=None)
    identifiers: Mapped[list["ClientIdentifier"]] = relationship(
        primaryjoin=belongs_to("Client", "ClientIdentifier", "client_id"),
        order_by="ClientIdentifier.id",
        cascade="all, delete-orphan",
        lazy="raise",
    )

    def discharge(self, on: date, today: date) -> None:
        """End the clinic's care, today or before; the record stays and stays readable to her care team."""
        if on > today:
            raise ValidationFailed.at("/discharged_on", "Use today or an earlier day.", "in_future")
        if self.status is domain.ClientStatus.DISCHARGED:
            raise domain.ClientAlreadyDischarged
        self.status = domain.ClientStatus.DISCHARGED
        self.discharged_on = on


class ClientIdentifier(Base, ClinicScoped, ClientScoped, Audited, kw_only=True, repr=False, eq=False):
    """A number another system knows the client by, sealed; its blind index keeps it unique and findable."""

    __tablename__ = "client_identifiers"
    __table_args__ = (
        refers_to("clients", "client_id"),
        UniqueConstraint("clinic_id", "value_index", info={"problem": domain.IdentifierTaken}),
        Index(None, "clinic_id", "client_id"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default_factory=new_id)
    client_id: Mapped[UUID] = mapped_column(Uuid, init=False)
    system: Mapped[str] = mapped_column(String(200))
    value: Mapped[bytes] = mapped_column(Sealed)
    value_index: Mapped[bytes] = mapped_column(LargeBinary(16))
