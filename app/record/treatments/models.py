"""How treatments are kept: one aggregate of the treatment, its phases, its reviews and its two goals."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Index, Integer, String, UniqueConstraint, Uuid, column
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.orm.attributes import flag_modified

from app.core.crypto import SealedColumn
from app.core.database import Base, Sealed, str_enum
from app.core.entity import Audited, ClientScoped, ClinicScoped, Entity, belongs_to, refers_to
from app.core.ids import new_id
from app.record.treatments import domain
from app.record.treatments.domain import GoalStatus, PhasePlan, ReviewStatus, TreatmentStatus

DURATION_REASON = SealedColumn("treatments", "duration_reason")
END_COMMENT = SealedColumn("treatments", "end_comment")
REVIEW_COMMENT = SealedColumn("reviews", "comment")
GOAL_WORDS = SealedColumn("goals", "words")
_ACTIVE = column("status", String) == TreatmentStatus.ACTIVE.value


class Treatment(Base, ClinicScoped, Entity, ClientScoped, Audited, kw_only=True, repr=False, eq=False):
    """One course of MBT for one client. Its version covers its phases and reviews; goals have their own."""

    __tablename__ = "treatments"
    __table_args__ = (
        refers_to("clients", "client_id"),
        refers_to("practitioners", "lead_practitioner_id"),
        CheckConstraint("(status IN ('completed', 'ended_early')) = (ended_on IS NOT NULL)", name="ended_on"),
        CheckConstraint("(status = 'ended_early') = (end_reason IS NOT NULL)", name="end_reason"),
        Index(
            None,
            "clinic_id",
            "client_id",
            unique=True,
            sqlite_where=_ACTIVE,
            postgresql_where=_ACTIVE,
            info={"problem": domain.ActiveTreatmentExists},
        ),
        Index(None, "clinic_id", "client_id", "id"),
        Index(None, "clinic_id", "lead_practitioner_id"),
    )

    programme: Mapped[str] = mapped_column(String(64))
    setting: Mapped[domain.Setting] = mapped_column(str_enum(domain.Setting))
    lead_practitioner_id: Mapped[UUID] = mapped_column(Uuid)
    started_on: Mapped[date] = mapped_column(Date)
    planned_months: Mapped[int] = mapped_column(Integer)
    planned_end_on: Mapped[date] = mapped_column(Date)
    duration_reason: Mapped[bytes | None] = mapped_column(Sealed, default=None)
    status: Mapped[TreatmentStatus] = mapped_column(str_enum(TreatmentStatus))
    ended_on: Mapped[date | None] = mapped_column(Date, default=None)
    end_reason: Mapped[str | None] = mapped_column(String(64), default=None)
    end_comment: Mapped[bytes | None] = mapped_column(Sealed, default=None)
    phases: Mapped[list["Phase"]] = relationship(
        primaryjoin=belongs_to("Treatment", "Phase", "treatment_id"), cascade="all, delete-orphan", lazy="raise"
    )
    reviews: Mapped[list["Review"]] = relationship(
        primaryjoin=belongs_to("Treatment", "Review", "treatment_id"), cascade="all, delete-orphan", lazy="raise"
    )
    goals: Mapped[list["Goal"]] = relationship(
        primaryjoin=belongs_to("Treatment", "Goal", "treatment_id"), cascade="all, delete-orphan", lazy="raise"
    )

    @classmethod
    def open(
        cls,
        *,
        client_id: UUID,
        at: datetime,
        status: TreatmentStatus,
        programme: str,
        setting: domain.Setting,
        lead_practitioner_id: UUID,
        started_on: date,
        planned_months: int,
        review_every_months: int,
    ) -> "Treatment":
        """Open a treatment with its phases, its reviews and its two goals: they come together or not at all."""
        treatment = cls(
            created_at=at,
            client_id=client_id,
            programme=programme,
            setting=setting,
            lead_practitioner_id=lead_practitioner_id,
            started_on=started_on,
            planned_months=planned_months,
            planned_end_on=domain.planned_end(started_on, planned_months),
            status=status,
            phases=[],
            reviews=[],
            goals=[Goal(created_at=at, client_id=client_id, code=code) for code in domain.GoalCode],
        )
        treatment._lay_out(at, review_every_months)
        return treatment

    @property
    def is_finished(self) -> bool:
        """Whether the treatment is over; it stays so."""
        return not domain.TRANSITIONS[self.status]

    def start(self, on: date, today: date, at: datetime, review_every_months: int) -> None:
        """Begin a planned treatment. Begun on another day than planned, phases and reviews are laid out anew."""
        domain.check_transition(self.status, TreatmentStatus.ACTIVE)
        domain.check_start(TreatmentStatus.ACTIVE, on, today)
        self.status = TreatmentStatus.ACTIVE
        if on != self.started_on:
            self.started_on = on
            self.planned_end_on = domain.planned_end(on, self.planned_months)
            self._lay_out(at, review_every_months)

    def complete(self, on: date, today: date) -> None:
        """Bring the treatment to its planned end; nothing brings it back."""
        domain.check_transition(self.status, TreatmentStatus.COMPLETED)
        domain.check_end(self.status, self.started_on, on, today)
        self.status, self.ended_on = TreatmentStatus.COMPLETED, on

    def end(self, reason: str, on: date, today: date) -> None:
        """End the treatment early, for a reason that goes on record."""
        domain.check_transition(self.status, TreatmentStatus.ENDED_EARLY)
        domain.check_end(self.status, self.started_on, on, today)
        self.status, self.ended_on, self.end_reason = TreatmentStatus.ENDED_EARLY, on, reason

    def plan_length(self, planned_months: int, duration_reason: str | None) -> None:
        """Plan another length. Only the planned end moves: the phases may have been agreed with the client."""
        if self.is_finished:
            raise domain.TreatmentFinished
        domain.check_duration(planned_months, duration_reason)
        self.planned_months = planned_months
        self.planned_end_on = domain.planned_end(self.started_on, planned_months)

    def replace_phases(self, plans: Sequence[PhasePlan]) -> None:
        """Give the treatment these phases and no others; a phase that stays keeps its id."""
        domain.check_phases(plans)
        domain.check_phases_near(plans, self.started_on, self.planned_end_on)
        present = {phase.kind: phase for phase in self.phases}
        wanted = {plan.kind: plan for plan in plans}
        self.phases[:] = [phase for phase in self.phases if phase.kind in wanted]
        for kind, plan in wanted.items():
            if kind in present:
                present[kind].starts_on, present[kind].ends_on = plan.starts_on, plan.ends_on
            else:
                self.phases.append(
                    Phase(client_id=self.client_id, kind=kind, starts_on=plan.starts_on, ends_on=plan.ends_on)
                )
        self._touch()

    def plan_review(self, due_on: date, at: datetime) -> "Review":
        """Add a review on or after the first day."""
        if len(self.reviews) >= domain.MOST_REVIEWS:
            raise domain.TooManyReviews
        domain.check_due(self.started_on, due_on)
        review = Review(created_at=at, client_id=self.client_id, due_on=due_on)
        self.reviews.append(review)
        self._touch()
        return review

    def change_review(
        self, review: "Review", due_on: date, status: ReviewStatus, held_on: date | None, today: date
    ) -> None:
        """Move a review, or say whether it took place and when."""
        if due_on != review.due_on:
            domain.check_due(self.started_on, due_on)
        domain.check_review(status, held_on, today)
        review.due_on, review.status, review.held_on = due_on, status, held_on
        self._touch()

    def _lay_out(self, at: datetime, review_every_months: int) -> None:
        self.replace_phases(domain.default_phases(self.started_on, self.planned_months))
        due = domain.default_reviews(self.started_on, self.planned_months, review_every_months)
        kept = [review for review in self.reviews if review.status is not ReviewStatus.PLANNED]
        self.reviews[:] = [*kept, *_planned(due, self.client_id, at)]

    def _touch(self) -> None:
        """Count a change of phases or reviews as one of the treatment: its ETag covers them."""
        flag_modified(self, "status")


class Phase(Base, ClinicScoped, ClientScoped, Audited, kw_only=True, repr=False, eq=False):
    """A dated part of a treatment; both days belong to it."""

    __tablename__ = "phases"
    __table_args__ = (
        refers_to("treatments", "treatment_id"),
        refers_to("clients", "client_id"),
        UniqueConstraint("clinic_id", "treatment_id", "kind", info={"problem": domain.PhaseRepeated}),
        CheckConstraint("starts_on <= ends_on", name="dates"),
        Index(None, "clinic_id", "client_id"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default_factory=new_id)
    treatment_id: Mapped[UUID] = mapped_column(Uuid, init=False)
    kind: Mapped[domain.PhaseKind] = mapped_column(str_enum(domain.PhaseKind))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)


class Review(Base, ClinicScoped, Entity, ClientScoped, Audited, kw_only=True, repr=False, eq=False):
    """A planned progress meeting of client and therapist."""

    __tablename__ = "reviews"
    __table_args__ = (
        refers_to("treatments", "treatment_id"),
        refers_to("clients", "client_id"),
        CheckConstraint("(status = 'done') = (held_on IS NOT NULL)", name="held_on"),
        Index(None, "clinic_id", "treatment_id", "due_on"),
        Index(None, "clinic_id", "client_id"),
    )

    treatment_id: Mapped[UUID] = mapped_column(Uuid, init=False)
    due_on: Mapped[date] = mapped_column(Date)
    status: Mapped[ReviewStatus] = mapped_column(str_enum(ReviewStatus), default=ReviewStatus.PLANNED)
    held_on: Mapped[date | None] = mapped_column(Date, default=None)
    comment: Mapped[bytes | None] = mapped_column(Sealed, default=None)


class Goal(Base, ClinicScoped, Entity, ClientScoped, Audited, kw_only=True, repr=False, eq=False):
    """One of the two goals of a treatment. `words` holds the client's words, baseline and target, sealed as one."""

    __tablename__ = "goals"
    __table_args__ = (
        refers_to("treatments", "treatment_id"),
        refers_to("clients", "client_id"),
        UniqueConstraint("clinic_id", "treatment_id", "code"),
        CheckConstraint("baseline_rating BETWEEN 0 AND 10", name="baseline_rating"),
        CheckConstraint("target_rating BETWEEN 0 AND 10", name="target_rating"),
        Index(None, "clinic_id", "client_id"),
    )

    treatment_id: Mapped[UUID] = mapped_column(Uuid, init=False)
    code: Mapped[domain.GoalCode] = mapped_column(str_enum(domain.GoalCode))
    status: Mapped[GoalStatus] = mapped_column(str_enum(GoalStatus), default=GoalStatus.ACTIVE)
    words: Mapped[bytes | None] = mapped_column(Sealed, default=None)
    baseline_rating: Mapped[int | None] = mapped_column(Integer, default=None)
    target_rating: Mapped[int | None] = mapped_column(Integer, default=None)


def _planned(due: Iterable[date], client_id: UUID, at: datetime) -> list[Review]:
    return [Review(created_at=at, client_id=client_id, due_on=day) for day in due]
