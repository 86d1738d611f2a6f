"""What happens to treatments, their phases, reviews and goals, as events of ids and codes, never of words."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.core.events import AuditAction, DomainEvent


@dataclass(frozen=True, kw_only=True)
class TreatmentOpened(DomainEvent):
    """A treatment was opened, with its phases, its reviews and its two goals."""

    type: ClassVar[str] = "treatment.opened"
    action: ClassVar[AuditAction] = AuditAction.CREATE
    entity: ClassVar[str] = "treatment"
    planned_months: int


@dataclass(frozen=True, kw_only=True)
class TreatmentStarted(DomainEvent):
    """A planned treatment began."""

    type: ClassVar[str] = "treatment.started"
    action: ClassVar[AuditAction] = AuditAction.UPDATE
    entity: ClassVar[str] = "treatment"


@dataclass(frozen=True, kw_only=True)
class TreatmentChanged(DomainEvent):
    """Facts of a treatment were changed; `changed` names the fields."""

    type: ClassVar[str] = "treatment.changed"
    action: ClassVar[AuditAction] = AuditAction.UPDATE
    entity: ClassVar[str] = "treatment"
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PhasesChanged(DomainEvent):
    """The dates of a treatment's phases were changed; `kinds` names the phases."""

    type: ClassVar[str] = "treatment.phases_changed"
    action: ClassVar[AuditAction] = AuditAction.UPDATE
    entity: ClassVar[str] = "treatment"
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ReviewPlanned(DomainEvent):
    """A review was added to a treatment."""

    type: ClassVar[str] = "review.planned"
    action: ClassVar[AuditAction] = AuditAction.CREATE
    entity: ClassVar[str] = "review"
    treatment_id: UUID


@dataclass(frozen=True, kw_only=True)
class ReviewViewed(DomainEvent):
    """Someone read a review."""

    type: ClassVar[str] = "review.viewed"
    action: ClassVar[AuditAction] = AuditAction.READ
    entity: ClassVar[str] = "review"


@dataclass(frozen=True, kw_only=True)
class ReviewsListed(DomainEvent):
    """Someone read the reviews of a treatment."""

    type: ClassVar[str] = "review.listed"
    action: ClassVar[AuditAction] = AuditAction.READ
    entity: ClassVar[str] = "review"
    treatment_id: UUID


@dataclass(frozen=True, kw_only=True)
class ReviewChanged(DomainEvent):
    """A review was moved, done or skipped; `changed` names the fields."""

    type: ClassVar[str] = "review.changed"
    action: ClassVar[AuditAction] = AuditAction.UPDATE
    entity: ClassVar[str] = "review"
    treatment_id: UUID
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TreatmentCompleted(DomainEvent):
    """A treatment came to its planned end."""

    type: ClassVar[str] = "treatment.completed"
    action: ClassVar[AuditAction] = AuditAction.UPDATE
    entity: ClassVar[str] = "treatment"


@dataclass(frozen=True, kw_only=True)
class TreatmentEnded(DomainEvent):
    """A treatment ended early; `reason` is a code of `treatment_end_reason`."""

    type: ClassVar[str] = "treatment.ended"
    action: ClassVar[AuditAction] = AuditAction.UPDATE
    entity: ClassVar[str] = "treatment"
    reason: str


@dataclass(frozen=True, kw_only=True)
class TreatmentViewed(DomainEvent):
    """Someone read a treatment."""

    type: ClassVar[str] = "treatment.viewed"
    action: ClassVar[AuditAction] = AuditAction.READ
    entity: ClassVar[str] = "treatment"


@dataclass(frozen=True, kw_only=True)
class TreatmentsListed(DomainEvent):
    """Someone read the list of a client's treatments."""

    type: ClassVar[str] = "treatment.listed"
    action: ClassVar[AuditAction] = AuditAction.READ
    entity: ClassVar[str] = "treatment"


@dataclass(frozen=True, kw_only=True)
class GoalChanged(DomainEvent):
    """A goal's words, target or status were changed; `changed` names the fields, never the words."""

    type: ClassVar[str] = "goal.changed"
    action: ClassVar[AuditAction] = AuditAction.UPDATE
    entity: ClassVar[str] = "goal"
    treatment_id: UUID
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class GoalsListed(DomainEvent):
    """Someone read the goals of a treatment."""

    type: ClassVar[str] = "goal.listed"
    action: ClassVar[AuditAction] = AuditAction.READ
    entity: ClassVar[str] = "goal"
    treatment_id: UUID


@dataclass(frozen=True, kw_only=True)
class GoalViewed(DomainEvent):
    """Someone read one goal."""

    type: ClassVar[str] = "goal.viewed"
    action: ClassVar[AuditAction] = AuditAction.READ
    entity: ClassVar[str] = "goal"
