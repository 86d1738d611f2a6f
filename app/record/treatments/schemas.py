"""How treatments, phases, reviews and goals are said on the wire."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import MISSING, Field

from app.core.schemas import ApiModel, Code, Day, Out, Page, PageQuery, Prose, Rating, Resource
from app.record.treatments.domain import (
    DEFAULT_MONTHS,
    MOST_REVIEWS,
    POSSIBLE_MONTHS,
    GoalCode,
    GoalStatus,
    PhaseKind,
    ReviewStatus,
    Setting,
    TreatmentStatus,
)

Months = Annotated[int, Field(ge=POSSIBLE_MONTHS[0], le=POSSIBLE_MONTHS[-1], strict=True)]
_OPENING: dict[str, Any] = {"started_on": "2026-03-02", "planned_months": 18, "setting": "outpatient"}
_PHASES: dict[str, Any] = {
    "phases": [
        {"kind": "assessment", "starts_on": "2026-02-02", "ends_on": "2026-03-01"},
        {"kind": "initial", "starts_on": "2026-03-02", "ends_on": "2026-06-01"},
        {"kind": "middle", "starts_on": "2026-06-02", "ends_on": "2027-03-01"},
        {"kind": "final", "starts_on": "2027-03-02", "ends_on": "2027-09-01"},
    ]
}


class Phase(ApiModel):
    """A dated part of a treatment. Only introductory and initial may overlap."""

    kind: PhaseKind
    """Which part it is; a treatment has each kind at most once."""
    starts_on: Day
    """The first day."""
    ends_on: Day
    """The last day, included."""


Phases = Annotated[list[Phase], Field(max_length=len(PhaseKind))]


class Review(Resource):
    """A progress meeting of client and therapist, planned, done or skipped."""

    client_id: UUID
    """The client."""
    treatment_id: UUID
    """The treatment it belongs to."""
    due_on: Day
    """The day it is planned for."""
    status: ReviewStatus
    """Whether it took place."""
    held_on: Day | None
    """The day it took place; null unless it is done."""
    comment: Prose | None
    """What came of it, in a few words; null for callers who may not read notes."""


class ReviewCreate(ApiModel):
    """A review to plan."""

    due_on: Day
    """The day it is planned for, on or after the first day of the treatment."""
    comment: Prose | None = None
    """What it is for, in a few words; stored sealed."""


class ReviewUpdate(ApiModel):
    """What may change about a review; absent fields stay as they are."""

    due_on: Day | MISSING = MISSING
    """The day it is planned for."""
    status: ReviewStatus | MISSING = MISSING
    """`done` (then say `held_on`), `skipped`, or `planned` again."""
    held_on: Day | None | MISSING = MISSING
    """The day it took place, today or before; goes away by itself when the review is no longer done."""
    comment: Prose | None | MISSING = MISSING
    """What came of it, in a few words; stored sealed. Null removes it."""


Reviews = Annotated[list[Review], Field(max_length=MOST_REVIEWS)]


class ReviewList(Out):
    """All reviews of a treatment."""

    data: Reviews
    """The reviews, by the day they are due."""


class Treatment(Resource):
    """One course of MBT for one client. Its version also counts the changes of its phases and reviews."""

    client_id: UUID
    """The client."""
    modality: Literal["mbt"]
    """The form of treatment, a code of the list `modality`; always `mbt`."""
    programme: Code
    """A code of the list `programme`."""
    setting: Setting
    """Where and how intensively it takes place."""
    lead_practitioner_id: UUID
    """The practitioner who leads it."""
    started_on: Day
    """The first day; months of treatment are counted from it."""
    planned_months: Months
    """How many months it is planned to last."""
    planned_end_on: Day
    """The day on which the planned months are complete."""
    duration_reason: Prose | None
    """Why it is not planned for 12 to 18 months; null for callers who may not read notes."""
    status: TreatmentStatus
    """Where it stands."""
    ended_on: Day | None
    """The last day; null until it is over."""
    end_reason: Code | None
    """Why it ended early, a code of the list `treatment_end_reason`."""
    end_comment: Prose | None
    """More about the early end; null for callers who may not read notes."""
    phases: Phases
    """Its parts, in their order."""
    reviews: Reviews
    """Its progress meetings, by the day they are due."""


class TreatmentPage(Page[Treatment]):
    """A page of treatments."""


class TreatmentFilter(PageQuery):
    """Which treatments of a client to list."""

    status: TreatmentStatus | None = None
    """Only treatments that stand here."""


class TreatmentCreate(ApiModel):
    """A treatment to open. Its phases, reviews and two goals are made with it."""

    model_config = {"json_schema_extra": {"examples": [_OPENING]}}

    started_on: Day | None = None
    """The first day; today when absent. A day in the future makes the treatment `planned`."""
    planned_months: Months = DEFAULT_MONTHS
    """How many months it is planned to last."""
    duration_reason: Prose | None = None
    """Why; needed for a length outside 12 to 18 months. Stored sealed."""
    programme: Code | None = None
    """A code of the list `programme`; the one nearest in length when absent."""
    setting: Setting = Setting.OUTPATIENT
    """Where and how intensively it takes place."""
    lead_practitioner_id: UUID | None = None
    """The practitioner who leads it; the caller when absent."""
    status: TreatmentStatus | None = None
    """`planned` or `active`; when absent, `planned` if it starts in the future and `active` if not."""


class TreatmentUpdate(ApiModel):
    """What may change about a treatment; absent fields stay as they are."""

    programme: Code | MISSING = MISSING
    """A code of the list `programme`."""
    setting: Setting | MISSING = MISSING
    """Where and how intensively it takes place."""
    planned_months: Months | MISSING = MISSING
    """How many months it is planned to last. Moves `planned_end_on`; phases and reviews stay where they are."""
    duration_reason: Prose | None | MISSING = MISSING
    """Why it is not planned for 12 to 18 months. Stored sealed; null removes it."""
    lead_practitioner_id: UUID | MISSING = MISSING
    """The practitioner who leads it."""


class PhasesReplace(ApiModel):
    """The phases a treatment shall have."""

    model_config = {"json_schema_extra": {"examples": [_PHASES]}}

    phases: Phases
    """All phases, replacing the present ones."""


class TreatmentStart(ApiModel):
    """The start of a planned treatment."""

    started_on: Day | None = None
    """The first day, today or before; the planned one when absent. Another day than planned lays out phases and
    reviews anew."""


class TreatmentComplete(ApiModel):
    """The planned end of a treatment."""

    ended_on: Day | None = None
    """The last day; today when absent."""


class TreatmentEnd(ApiModel):
    """The early end of a treatment."""

    end_reason: Code
    """A code of the list `treatment_end_reason`."""
    end_comment: Prose | None = None
    """More about it, in a few words; stored sealed."""
    ended_on: Day | None = None
    """The last day; today when absent."""


class Goal(Resource):
    """One of the two goals of a treatment."""

    client_id: UUID
    """The client."""
    treatment_id: UUID
    """The treatment it belongs to."""
    code: GoalCode
    """Which of the two it is."""
    status: GoalStatus
    """How it stands, as client and therapist see it."""
    in_client_words: Prose | None
    """The goal as the client says it."""
    baseline: Prose | None
    """How things were at the start."""
    target: Prose | None
    """How things are when the goal is reached."""
    baseline_rating: Rating | None
    """The start as a rating from 0 to 10."""
    target_rating: Rating | None
    """The target as a rating from 0 to 10."""


class GoalList(Out):
    """The two goals of a treatment."""

    data: Annotated[list[Goal], Field(min_length=2, max_length=2)]
    """Both goals, always in the same order."""


class GoalUpdate(ApiModel):
    """What may change about a goal; absent fields stay as they are, null clears."""

    status: GoalStatus | MISSING = MISSING
    """How it stands, as client and therapist see it."""
    in_client_words: Prose | None | MISSING = MISSING
    """The goal as the client says it; stored sealed."""
    baseline: Prose | None | MISSING = MISSING
    """How things were at the start; stored sealed."""
    target: Prose | None | MISSING = MISSING
    """How things are when the goal is reached; stored sealed."""
    baseline_rating: Rating | None | MISSING = MISSING
    """The start as a rating from 0 to 10."""
    target_rating: Rating | None | MISSING = MISSING
    """The target as a rating from 0 to 10."""
