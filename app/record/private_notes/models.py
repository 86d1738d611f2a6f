"""How private notes are kept: in a table and under keys of their own, for the eyes of their author."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.core.crypto import SealedColumn
from app.core.database import Base, Sealed, UtcDateTime, str_enum
from app.core.entity import Audited, ClientScoped, ClinicScoped, Entity, Private, refers_to
from app.record.private_notes import domain
from app.record.private_notes.domain import PrivateNoteKind

CONTENT = SealedColumn("private_notes", "content", is_private=True)


class PrivateNote(Base, ClinicScoped, Entity, ClientScoped, Private, Audited, kw_only=True, repr=False, eq=False):
    """One author's process note or reflection on one client in one session.

    `content` is what she wrote, sealed as one document. Whom it is about, by whom and of which kind never changes.
    """

    __tablename__ = "private_notes"
    __table_args__ = (
        refers_to("sessions", "session_id"),
        refers_to("clients", "client_id"),
        refers_to("practitioners", "author_id"),
        refers_to("practitioners", "shown_to_id"),
        UniqueConstraint(
            "clinic_id",
            "author_id",
            "session_id",
            "client_id",
            "kind",
            name="uq_private_notes_one_of_a_kind",
            info={"problem": domain.PrivateNoteExists},
        ),
        CheckConstraint("shown_to_id IS NULL OR kind = 'reflection'", name="shown"),
        Index(None, "clinic_id", "author_id", "id"),
        Index(None, "clinic_id", "shown_to_id", "id"),
    )

    session_id: Mapped[UUID] = mapped_column(Uuid)
    kind: Mapped[PrivateNoteKind] = mapped_column(str_enum(PrivateNoteKind))
    content: Mapped[bytes] = mapped_column(Sealed)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)

    def write(self, content: bytes, now: datetime) -> None:
        """Replace what it says."""
        self.content, self.saved_at = content, now

    def show_to(self, supervisor_id: UUID | None) -> None:
        """Let the author's present supervisor read a reflection until it is hidden; she may have none."""
        self._must_be_reflection()
        if supervisor_id is None:
            raise domain.NoSupervisor
        self.shown_to_id = supervisor_id

    def hide(self) -> None:
        """Be the author's alone again."""
        self._must_be_reflection()
        self.shown_to_id = None

    def _must_be_reflection(self) -> None:
        if self.kind is not PrivateNoteKind.REFLECTION:
            raise domain.ProcessNoteNotShown
