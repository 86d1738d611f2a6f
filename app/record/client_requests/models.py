"""How requests of clients are kept, and the steps each can take. What was asked never changes, and an answer stands."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.core.crypto import SealedColumn
from app.core.database import Base, Sealed, str_enum
from app.core.entity import Audited, ClientScoped, ClinicScoped, Entity, refers_to
from app.record.client_requests import domain
from app.record.client_requests.domain import AskedBy, ClientRequestKind, ClientRequestState

DETAILS = SealedColumn("client_requests", "details")
EXTENSION_REASON = SealedColumn("client_requests", "extension_reason")
ANSWER = SealedColumn("client_requests", "answer")
STATEMENT = SealedColumn("client_requests", "statement")


class ClientRequest(Base, ClinicScoped, Entity, ClientScoped, Audited, kw_only=True, repr=False, eq=False):
    """What a client asked for, until when the clinic owes her an answer, and what became of it.

    All words are sealed under her own key. `closed_on` is the day it was answered or withdrawn.
    """

    __tablename__ = "client_requests"
    __table_args__ = (
        refers_to("clients", "client_id"),
        refers_to("notes", "note_id"),
        refers_to("note_addenda", "addendum_id"),
        refers_to("practitioners", "recorded_by"),
        refers_to("practitioners", "closed_by"),
        refers_to("practitioners", "determined_by"),
        CheckConstraint("due_on > received_on", name="due_on"),
        CheckConstraint("note_id IS NULL OR kind = 'amendment'", name="note_id"),
        CheckConstraint("(extended_on IS NULL) = (extension_reason IS NULL)", name="extension"),
        CheckConstraint("(state IN ('open', 'extended')) = (closed_on IS NULL)", name="closed_on"),
        CheckConstraint("(closed_on IS NULL) = (closed_by IS NULL)", name="closed_by"),
        CheckConstraint("(state = 'denied') = (denial_reason IS NOT NULL)", name="denial"),
        CheckConstraint("addendum_id IS NULL OR (note_id IS NOT NULL AND state = 'fulfilled')", name="addendum"),
        CheckConstraint(
            "(statement IS NULL) = (statement_on IS NULL) AND "
            "(statement IS NULL OR (state = 'denied' AND kind = 'amendment'))",
            name="statement",
        ),
        Index(None, "clinic_id", "due_on", "id"),
        Index(None, "clinic_id", "client_id", "due_on", "id"),
    )

    kind: Mapped[ClientRequestKind] = mapped_column(str_enum(ClientRequestKind))
    state: Mapped[ClientRequestState] = mapped_column(str_enum(ClientRequestState), default=ClientRequestState.OPEN)
    received_on: Mapped[date] = mapped_column(Date)
    asked_by: Mapped[AskedBy] = mapped_column(str_enum(AskedBy))
    details: Mapped[bytes] = mapped_column(Sealed)
    note_id: Mapped[UUID | None] = mapped_column(Uuid, default=None)
    recorded_by: Mapped[UUID] = mapped_column(Uuid)
    due_on: Mapped[date] = mapped_column(Date)
    extended_on: Mapped[date | None] = mapped_column(Date, default=None)
    extension_reason: Mapped[bytes | None] = mapped_column(Sealed, default=None)
    closed_on: Mapped[date | None] = mapped_column(Date, default=None)
    closed_by: Mapped[UUID | None] = mapped_column(Uuid, default=None)
    answer: Mapped[bytes | None] = mapped_column(Sealed, default=None)
    denial_reason: Mapped[str | None] = mapped_column(String(64), default=None)
    determined_by: Mapped[UUID | None] = mapped_column(Uuid, default=None)
    addendum_id: Mapped[UUID | None] = mapped_column(Uuid, default=None)
    statement: Mapped[bytes | None] = mapped_column(Sealed, default=None)
    statement_on: Mapped[date | None] = mapped_column(Date, default=None)

    def extend(self, reason: bytes, days: int, today: date) -> None:
        """Take more time for the answer: once, and before the time is over."""
        if self.state is not ClientRequestState.OPEN:
            raise domain.RequestStepNotPossible("It was extended before, answered or withdrawn.")
        if domain.is_overdue(self.state, self.due_on, today):
            raise domain.ExtensionTooLate
        self.state, self.extended_on, self.extension_reason = ClientRequestState.EXTENDED, today, reason
        self.due_on = domain.due_after(self.due_on, days)

    def fulfil(self, by: UUID, on: date, answer: bytes | None, addendum_id: UUID | None) -> None:
        """Give the client what she asked for; a signed note never changes, so its amendment is an addendum."""
        self._close(ClientRequestState.FULFILLED, by, on, answer)
        self.addendum_id = addendum_id

    def deny(self, by: UUID, on: date, answer: bytes, reason: str, determined_by: UUID | None) -> None:
        """Say no, for a reason of the list and in words for the client."""
        self._close(ClientRequestState.DENIED, by, on, answer)
        self.denial_reason, self.determined_by = reason, determined_by

    def withdraw(self, by: UUID, on: date, comment: bytes | None) -> None:
        """Let the client take her request back while it waits."""
        self._close(ClientRequestState.WITHDRAWN, by, on, comment)

    def check_open_to_disagreement(self) -> None:
        """Refuse a statement but to a denied amendment that has none (45 CFR 164.526(d)(2))."""
        is_denied = self.state is ClientRequestState.DENIED and self.kind is ClientRequestKind.AMENDMENT
        if not is_denied or self.statement_on is not None:
            raise domain.RequestStepNotPossible("A statement is attached once, to an amendment that was denied.")

    def disagree(self, statement: bytes, on: date) -> None:
        """Attach the client's statement of disagreement."""
        self.check_open_to_disagreement()
        self.statement, self.statement_on = statement, on

    def check_waiting(self) -> None:
        """Refuse what only a request can take that still waits for its answer."""
        if self.state not in domain.WAITING:
            raise domain.RequestStepNotPossible("It was answered or withdrawn before.")

    def _close(self, state: ClientRequestState, by: UUID, on: date, answer: bytes | None) -> None:
        self.check_waiting()
        self.state, self.closed_by, self.closed_on, self.answer = state, by, on, answer
