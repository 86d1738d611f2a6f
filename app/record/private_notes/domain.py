"""What a private note is: its two kinds, what it refuses, and what happened to it, told without naming a client."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from app.core.events import AuditAction, DomainEvent
from app.core.problems import Conflict, FieldError, ValidationFailed


class PrivateNoteKind(StrEnum):
    """A process note (the psychotherapy note of 45 CFR 164.501), or the therapist's three questions to herself."""

    PROCESS = "process"
    REFLECTION = "reflection"


class PrivateNoteExists(Conflict):
    """The author already has a private note of this kind about this client and session."""

    title = "You already have a private note of this kind for this session"


class ChartNoteMissing(Conflict):
    """A process note stands beside a progress note, and never in its place."""

    title = "Write the progress note first; a process note cannot be the only note of a session"


class ProcessNoteNotShown(Conflict):
    """Only reflections can be shown to a supervisor."""

    title = "A process note is shown to nobody"


class NoSupervisor(Conflict):
    """There is nobody to show a reflection to."""

    title = "You have no supervisor at present"


class NothingWritten(ValidationFailed):
    """A reflection that answers no question is none."""

    title = "Answer at least one of the three questions"

    @classmethod
    def under(cls, pointer: str) -> "NothingWritten":
        """Point to the first question, below the place where the answers are."""
        return cls(errors=(FieldError(f"{pointer}/self_feeling_now", cls.title + ".", "nothing_written"),))


@dataclass(frozen=True, kw_only=True)
class _PrivateNoteEvent(DomainEvent):
    """That someone kept a private note is logged; about whom is not, so no client's access log or count changes."""

    entity: ClassVar[str] = "private_note"
    is_private: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class PrivateNoteWritten(_PrivateNoteEvent):
    """An author wrote a private note."""

    type: ClassVar[str] = "private_note.written"
    action: ClassVar[AuditAction] = AuditAction.CREATE


@dataclass(frozen=True, kw_only=True)
class PrivateNoteChanged(_PrivateNoteEvent):
    """An author changed her private note."""

    type: ClassVar[str] = "private_note.changed"
    action: ClassVar[AuditAction] = AuditAction.UPDATE


@dataclass(frozen=True, kw_only=True)
class PrivateNoteRemoved(_PrivateNoteEvent):
    """An author removed her private note."""

    type: ClassVar[str] = "private_note.removed"
    action: ClassVar[AuditAction] = AuditAction.DELETE


@dataclass(frozen=True, kw_only=True)
class PrivateNoteShown(_PrivateNoteEvent):
    """An author showed a reflection to her supervisor."""

    type: ClassVar[str] = "private_note.shown"
    action: ClassVar[AuditAction] = AuditAction.UPDATE


@dataclass(frozen=True, kw_only=True)
class PrivateNoteHidden(_PrivateNoteEvent):
    """An author took a reflection back from her supervisor."""

    type: ClassVar[str] = "private_note.hidden"
    action: ClassVar[AuditAction] = AuditAction.UPDATE


@dataclass(frozen=True, kw_only=True)
class PrivateNoteViewed(_PrivateNoteEvent):
    """The author, or the supervisor it is shown to, read a private note."""

    type: ClassVar[str] = "private_note.viewed"
    action: ClassVar[AuditAction] = AuditAction.READ


@dataclass(frozen=True, kw_only=True)
class PrivateNotesListed(_PrivateNoteEvent):
    """Someone listed her own private notes, or the reflections shown to her."""

    type: ClassVar[str] = "private_note.listed"
    action: ClassVar[AuditAction] = AuditAction.READ
