"""How notes are kept, and the rules they keep themselves: who may write, and that what is signed never changes."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Boolean, Index, Integer, String, UniqueConstraint, Uuid
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.crypto import SealedColumn
from app.core.database import Base, CodeSet, Sealed, UtcDateTime, str_enum
from app.core.entity import Audited, ClientScoped, ClinicScoped, Entity, belongs_to, refers_to
from app.core.ids import new_id
from app.record.notes import domain
from app.record.notes.domain import NoteStatus

CONTENT = SealedColumn("notes", "content")
RETURN_COMMENT = SealedColumn("notes", "return_comment")
LATE_ENTRY_REASON = SealedColumn("notes", "late_entry_reason")
ERROR_REASON = SealedColumn("notes", "entered_in_error_reason")
EXCERPT = SealedColumn("mentalizing_failures", "excerpt")
VERSION_CONTENT = SealedColumn("note_versions", "content")
ADDENDUM_TEXT = SealedColumn("note_addenda", "text")

_LIVE = sql("status <> 'entered_in_error'")


class Note(Base, ClinicScoped, Entity, ClientScoped, Audited, kw_only=True, repr=False, eq=False):
    """The progress note of one client for one session.

    `content` holds sections, interventions, positive mentalizing and risk, sealed as one document. `saved_at` is
    when the content last changed, `versioned_at` when the last version of it was kept.
    """

    __tablename__ = "notes"
    __table_args__ = (
        refers_to("sessions", "session_id"),
        refers_to("clients", "client_id"),
        refers_to("treatments", "treatment_id"),
        refers_to("practitioners", "author_id"),
        refers_to("practitioners", "cosigner_id"),
        Index(
            "uq_notes_live",
            "clinic_id",
            "session_id",
            "client_id",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
            info={"problem": domain.LiveNoteExists},
        ),
        Index(None, "clinic_id", "occurred_at", "id"),
        Index(None, "clinic_id", "client_id", "occurred_at", "id"),
        Index(None, "clinic_id", "treatment_id", "occurred_at", "id"),
        Index(None, "clinic_id", "author_id", "occurred_at", "id"),
        Index(None, "clinic_id", "session_id"),
        Index(None, "clinic_id", "cosigner_id", "status"),
    )

    session_id: Mapped[UUID] = mapped_column(Uuid)
    treatment_id: Mapped[UUID | None] = mapped_column(Uuid, default=None)
    author_id: Mapped[UUID] = mapped_column(Uuid)
    template: Mapped[domain.NoteTemplate] = mapped_column(str_enum(domain.NoteTemplate))
    status: Mapped[NoteStatus] = mapped_column(str_enum(NoteStatus), default=NoteStatus.DRAFT)
    content: Mapped[bytes] = mapped_column(Sealed)
    felt_understood: Mapped[int | None] = mapped_column(Integer, default=None)
    bond: Mapped[int | None] = mapped_column(Integer, default=None)
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    versioned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    content_hash: Mapped[str | None] = mapped_column(String(64), default=None)
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    signed_by: Mapped[UUID | None] = mapped_column(Uuid, default=None)
    cosigner_id: Mapped[UUID | None] = mapped_column(Uuid, default=None)
    cosigned_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    cosigned_by: Mapped[UUID | None] = mapped_column(Uuid, default=None)
    return_comment: Mapped[bytes | None] = mapped_column(Sealed, default=None)
    is_late_entry: Mapped[bool] = mapped_column(Boolean, default=False)
    late_entry_reason: Mapped[bytes | None] = mapped_column(Sealed, default=None)
    entered_in_error_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    entered_in_error_by: Mapped[UUID | None] = mapped_column(Uuid, default=None)
    entered_in_error_reason: Mapped[bytes | None] = mapped_column(Sealed, default=None)
    addenda_count: Mapped[int] = mapped_column(Integer, default=0)
    failures: Mapped[list["MentalizingFailure"]] = relationship(
        primaryjoin=belongs_to("Note", "MentalizingFailure", "note_id"),
        order_by="MentalizingFailure.position",
        cascade="all, delete-orphan",
        lazy="raise",
    )

    def check_writable(self, by: UUID) -> None:
        """Let only the author write, and only while the note is a draft."""
        if by != self.author_id:
            raise domain.NotNoteAuthor
        if self.status is not NoteStatus.DRAFT:
            raise domain.NoteNotDraft.because(self.status)

    def write(
        self,
        by: UUID,
        at: datetime,
        *,
        template: domain.NoteTemplate,
        content: bytes,
        felt_understood: int | None,
        bond: int | None,
    ) -> None:
        """Replace what the draft says."""
        self.check_writable(by)
        self.template, self.content = template, content
        self.felt_understood, self.bond = felt_understood, bond
        self.saved_at = at

    def tag(
        self, by: UUID, failures: Sequence[domain.FailureTags], seal: Callable[[UUID, str | None], bytes | None]
    ) -> None:
        """Replace the mentalizing failures; the one at a position keeps its id, so that charts can point to it."""
        self.check_writable(by)
        del self.failures[len(failures) :]
        for position, tags in enumerate(failures):
            if position == len(self.failures):
                self.failures.append(
                    MentalizingFailure(
                        note_id=self.id,
                        client_id=self.client_id,
                        treatment_id=self.treatment_id,
                        occurred_at=self.occurred_at,
                        position=position,
                        pattern=tags.pattern,
                    )
                )
            kept = self.failures[position]
            kept.describe(tags, seal(kept.id, tags.excerpt))

    def take_over(self, by: UUID, occurred_at: datetime, treatment_id: UUID | None) -> None:
        """Take the facts of the session over, as they are at the moment of signing, into note and failures."""
        self.check_writable(by)
        self.occurred_at, self.treatment_id = occurred_at, treatment_id
        for failure in self.failures:
            failure.occurred_at, failure.treatment_id = occurred_at, treatment_id

    def sign(
        self,
        by: UUID,
        at: datetime,
        *,
        content_hash: str,
        has_text: bool,
        cosigner_id: UUID | None,
        ends_at: datetime,
        late_after: timedelta,
        late_entry_reason: bytes | None,
    ) -> None:
        """Sign, which freezes everything the note says; with a co-signer it then waits for that second signature.

        Late is what is signed longer after the end of the session than the clinic allows.
        """
        self.check_writable(by)
        if not has_text:
            raise domain.NoteIsEmpty
        if self.occurred_at > at:
            raise domain.SessionNotBegun
        is_late = at - ends_at > late_after
        if is_late and late_entry_reason is None:
            raise domain.LateEntryReasonMissing
        self._move_to(NoteStatus.SIGNED if cosigner_id is None else NoteStatus.PENDING_COSIGN)
        self.signed_at, self.signed_by, self.cosigner_id = at, by, cosigner_id
        self.content_hash = content_hash
        self.is_late_entry, self.late_entry_reason = is_late, late_entry_reason if is_late else None
        self.return_comment = None

    def hand_to(self, supervisor_id: UUID) -> None:
        """Let the author's present supervisor co-sign, when another had been named at the first signature."""
        if self.status is NoteStatus.PENDING_COSIGN:
            self.cosigner_id = supervisor_id

    def cosign(self, by: UUID, at: datetime) -> None:
        """Give the second signature."""
        self._check_cosigner(by)
        self._move_to(NoteStatus.SIGNED)
        self.cosigned_at, self.cosigned_by = at, by

    def send_back(self, by: UUID, comment: bytes) -> None:
        """Return the note to its author as a draft; her signature is undone, and kept only in the versions."""
        self._check_cosigner(by)
        self._move_to(NoteStatus.DRAFT)
        self.signed_at = self.signed_by = self.cosigner_id = self.content_hash = None
        self.is_late_entry, self.late_entry_reason = False, None
        self.return_comment = comment

    def count_addendum(self) -> None:
        """Note that an addendum was added, which only a signed note takes; the note itself stays as it is."""
        if self.status is not NoteStatus.SIGNED:
            raise domain.NoteNotSigned
        self.addenda_count += 1

    def enter_in_error(self, by: UUID, at: datetime, reason: bytes) -> None:
        """Take the note out of the clinical views; it stays as it is, and the session is free for a new one."""
        if by not in (self.author_id, self.cosigner_id):
            raise domain.NotNoteAuthor("Only the author or the co-signer may mark a note as entered in error.")
        if self.status is NoteStatus.ENTERED_IN_ERROR:
            raise domain.NoteAlreadyInError
        self._move_to(NoteStatus.ENTERED_IN_ERROR)
        self.entered_in_error_at, self.entered_in_error_by = at, by
        self.entered_in_error_reason = reason

    def _check_cosigner(self, by: UUID) -> None:
        if by != self.cosigner_id:
            raise domain.NotNoteCosigner
        if self.status is not NoteStatus.PENDING_COSIGN:
            raise domain.NotPendingCosign

    def _move_to(self, status: NoteStatus) -> None:
        if status not in domain.MOVES[self.status]:
            raise domain.NoteNotDraft.because(self.status)
        self.status = status


class MentalizingFailure(Base, ClinicScoped, ClientScoped, Audited, kw_only=True, repr=False, eq=False):
    """One moment in which mentalizing failed, tagged in a note. Client, treatment and time are copied for filters."""

    __tablename__ = "mentalizing_failures"
    __table_args__ = (
        refers_to("notes", "note_id"),
        refers_to("clients", "client_id"),
        refers_to("treatments", "treatment_id"),
        UniqueConstraint("clinic_id", "note_id", "position"),
        Index(None, "clinic_id", "occurred_at", "id"),
        Index(None, "clinic_id", "client_id", "occurred_at", "id"),
        Index(None, "clinic_id", "treatment_id", "occurred_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default_factory=new_id)
    note_id: Mapped[UUID] = mapped_column(Uuid)
    treatment_id: Mapped[UUID | None] = mapped_column(Uuid)
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    position: Mapped[int] = mapped_column(Integer)
    pattern: Mapped[domain.FailurePattern] = mapped_column(str_enum(domain.FailurePattern))
    signs: Mapped[tuple[str, ...]] = mapped_column(CodeSet, default=())
    where_code: Mapped[str | None] = mapped_column(String(64), default=None)
    trigger: Mapped[str | None] = mapped_column(String(64), default=None)
    affect: Mapped[str | None] = mapped_column(String(64), default=None)
    arousal: Mapped[int | None] = mapped_column(Integer, default=None)
    mode: Mapped[domain.NonMentalizingMode | None] = mapped_column(str_enum(domain.NonMentalizingMode), default=None)
    observed_in: Mapped[domain.ObservedIn | None] = mapped_column(str_enum(domain.ObservedIn), default=None)
    intervention: Mapped[str | None] = mapped_column(String(64), default=None)
    response: Mapped[domain.FailureResponse | None] = mapped_column(str_enum(domain.FailureResponse), default=None)
    minutes_to_recovery: Mapped[int | None] = mapped_column(Integer, default=None)
    excerpt: Mapped[bytes | None] = mapped_column(Sealed, default=None)

    def describe(self, tags: domain.FailureTags, excerpt: bytes | None) -> None:
        """Take on what the clinician says of the moment; its note watches over when."""
        for name, value in (vars(tags) | {"excerpt": excerpt}).items():
            setattr(self, name, value)


class NoteVersion(Base, ClinicScoped, ClientScoped, Audited, kw_only=True, repr=False, eq=False):
    """What a note said at one moment, with its failures; append-only, each naming the hash of the one before."""

    __tablename__ = "note_versions"
    __table_args__ = (
        refers_to("notes", "note_id"),
        refers_to("clients", "client_id"),
        UniqueConstraint("clinic_id", "note_id", "number"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default_factory=new_id)
    note_id: Mapped[UUID] = mapped_column(Uuid)
    number: Mapped[int] = mapped_column(Integer)
    occasion: Mapped[domain.VersionOccasion] = mapped_column(str_enum(domain.VersionOccasion))
    status: Mapped[NoteStatus] = mapped_column(str_enum(NoteStatus))
    content: Mapped[bytes] = mapped_column(Sealed)
    content_hash: Mapped[str] = mapped_column(String(64))
    previous_hash: Mapped[str | None] = mapped_column(String(64))
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    saved_by: Mapped[UUID] = mapped_column(Uuid)


class NoteAddendum(Base, ClinicScoped, Entity, ClientScoped, Audited, kw_only=True, repr=False, eq=False):
    """An addition to a signed note, signed by being added; append-only. A correction's parts are in `text`."""

    __tablename__ = "note_addenda"
    __table_args__ = (
        refers_to("notes", "note_id"),
        refers_to("clients", "client_id"),
        refers_to("practitioners", "signed_by"),
        Index(None, "clinic_id", "note_id", "id"),
    )

    note_id: Mapped[UUID] = mapped_column(Uuid)
    kind: Mapped[domain.AddendumKind] = mapped_column(str_enum(domain.AddendumKind))
    text: Mapped[bytes] = mapped_column(Sealed)
    signed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    signed_by: Mapped[UUID] = mapped_column(Uuid)


class FailureCount(Base, ClinicScoped, ClientScoped, kw_only=True, repr=False, eq=False):
    """What the notes of one treatment that count say of one month of the clinic: how many, and each pattern how often.

    Derived from notes and failures; `counting` keeps it, in the transactions in which a note comes or ceases to count.
    """

    __tablename__ = "failure_counts"
    __table_args__ = (refers_to("treatments", "treatment_id"), refers_to("clients", "client_id"))

    treatment_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    signed_notes: Mapped[int] = mapped_column(Integer)
    hyperactivation: Mapped[int] = mapped_column(Integer)
    deactivation: Mapped[int] = mapped_column(Integer)
    mixed: Mapped[int] = mapped_column(Integer)
