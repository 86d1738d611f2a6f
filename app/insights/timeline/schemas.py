"""How a timeline is said on the wire: everything a chart needs, in one answer."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.schemas import ApiModel, Day, Out
from app.insights.timeline.domain import MOST_EVIDENCE, TimelineReviewStatus
from app.insights.timeline.spans import MOST_BUCKETS, BucketKind
from app.record.treatments.domain import MOST_REVIEWS, POSSIBLE_MONTHS, PhaseKind, TreatmentStatus

Evidence = Annotated[list[UUID], Field(max_length=MOST_EVIDENCE)]
Count = Annotated[int, Field(ge=0)]
Rate = Annotated[float, Field(ge=0)]
Rating = Annotated[int, Field(ge=0, le=10)]
MeanRating = Annotated[float, Field(ge=0, le=10)]


class TimelineQuery(ApiModel):
    """How a timeline is cut."""

    bucket: BucketKind = BucketKind.MONTH
    """`week`: ISO weeks, from Monday. `month`: months of treatment. `phase`: the phases."""


class TimelineTreatment(Out):
    """The treatment a timeline shows."""

    id: UUID
    """The treatment."""
    client_id: UUID
    """The client."""
    started_on: Day
    """The first day; months of treatment are counted from it."""
    planned_months: Annotated[int, Field(ge=POSSIBLE_MONTHS[0], le=POSSIBLE_MONTHS[-1])]
    """How many months it is planned to last."""
    planned_end_on: Day
    """The day on which the planned months are complete."""
    ended_on: Day | None
    """The last day; null until it is over."""
    status: TreatmentStatus
    """Where it stands."""


class TimelinePhase(Out):
    """A dated part of the treatment. Introductory and initial may run side by side."""

    kind: PhaseKind
    """Which part it is."""
    starts_on: Day
    """The first day."""
    ends_on: Day
    """The last day, included."""


class TimelineReview(Out):
    """A progress meeting and how it stands today."""

    id: UUID
    """The review."""
    due_on: Day
    """The day it is planned for."""
    status: TimelineReviewStatus
    """`upcoming` before its day, `due` on it, `overdue` after it, until it is `done` or `skipped`."""
    held_on: Day | None
    """The day it took place; null unless it is done."""


class SessionsByFormat(Out):
    """A number of sessions for each format."""

    individual: Count
    """One client."""
    group: Count
    """Several clients."""
    family: Count
    """One client with people close to the client."""


class SessionsByDelivery(Out):
    """A number of sessions for each way to meet."""

    in_person: Count
    """In one room."""
    video: Count
    """By video."""
    audio: Count
    """By telephone."""
    text: Count
    """In writing."""


class SessionsHeld(Out):
    """The sessions that took place and to which the client came."""

    total: Count
    """How many."""
    by_format: SessionsByFormat
    """The same sessions by format."""
    by_delivery: SessionsByDelivery
    """The same sessions by how people met."""
    session_ids: Evidence
    """The sessions behind the figure."""


class SessionsMissed(Out):
    """The sessions the client was not in."""

    total: Count
    """How many."""
    no_show: Count
    """The client did not come."""
    cancelled_client: Count
    """The client cancelled."""
    cancelled_clinic: Count
    """The clinic cancelled."""
    by_format: SessionsByFormat
    """The same sessions by format."""
    by_delivery: SessionsByDelivery
    """The same sessions by how people would have met."""
    session_ids: Evidence
    """The sessions behind the figure."""


class PatternFigure(Out):
    """How often one pattern was tagged."""

    count: Count
    """How many failures were tagged with it in signed notes."""
    per_attended_session: Rate | None
    """The count divided by the sessions held; null when none was."""
    note_ids: Evidence
    """The signed notes the failures stand in."""


class FailuresByPattern(Out):
    """Mentalizing failures by pattern. The three are never added up: `mixed` is a pattern of its own."""

    hyperactivation: PatternFigure
    """Too much, too fast, too certain."""
    deactivation: PatternFigure
    """Shut down, empty, far away."""
    mixed: PatternFigure
    """Both in one moment; counted here alone."""


class ArousalFigure(Out):
    """The arousal clinicians rated for tagged failures, 0 to 10."""

    mean: MeanRating | None
    """The plain mean; null when nothing was rated."""
    n: Count
    """How many failures were rated."""
    note_ids: Evidence
    """The signed notes the ratings stand in."""


class RatingFigure(Out):
    """The ratings of one goal by one rater, 0 to 10."""

    mean: MeanRating
    """The plain mean."""
    n: Annotated[int, Field(ge=1)]
    """How many ratings."""
    last: Rating
    """The latest of them."""
    rating_ids: Evidence
    """The ratings behind the figure."""


class GoalRatingsByRater(Out):
    """The ratings of one goal, by who rated it."""

    therapist: RatingFigure | None
    """By a therapist; null when there is none."""
    client: RatingFigure | None
    """By the client; null when there is none."""


class GoalRatingsByGoal(Out):
    """The ratings of the two goals."""

    stabilise_emotional_expression: GoalRatingsByRater
    """Stabilise emotional expression."""
    reduce_impulsive_behaviours: GoalRatingsByRater
    """Reduce impulsive behaviours."""


class ReviewCount(Out):
    """The reviews of a bucket. A plan is known before its time, so future buckets have them too."""

    due: Count
    """How many are planned for a day in it."""
    done: Count
    """How many were held on a day in it."""
    overdue: Count
    """How many of those planned for a day in it are overdue today."""
    review_ids: Evidence
    """The reviews behind the figures."""


class TimelineBucket(Out):
    """One week, month of treatment or phase with its figures. A null figure is a gap: draw nothing, never 0."""

    starts_on: Day
    """The first day."""
    ends_on: Day
    """The last day, included."""
    label: Annotated[str, Field(max_length=100)]
    """What to write below it: `2026-W10`, `Month 1`, `Middle`."""
    treatment_month: int
    """The month of treatment its first day lies in. Month 1 begins on the day the treatment started, month 0 is the
    month before it, month -1 the one before that."""
    phase: PhaseKind | None
    """The phase on its middle day; where introductory and initial run side by side, initial."""
    is_future: bool
    """Whether it begins after today; all its figures except `reviews` are null or empty then."""
    has_data: bool
    """Whether it holds a held or missed session, a note or a goal rating."""
    sessions_held: SessionsHeld | None
    """Sessions the client came to; null in a bucket without any session or note."""
    sessions_missed: SessionsMissed | None
    """Sessions the client was not in; null in a bucket without any session or note."""
    signed_notes: Count | None
    """How many notes are signed; null in a bucket without any session or note."""
    unsigned_notes: Count | None
    """How many notes are drafts or wait for a co-signature; nothing in them is used. Null as above."""
    note_ids: Evidence
    """The signed notes, in which failures were looked for."""
    failures: FailuresByPattern | None
    """Failures tagged in signed notes. 0 when signed notes tag none, null when there is no signed note."""
    arousal: ArousalFigure
    """The arousal rated for these failures."""
    goal_ratings: GoalRatingsByGoal
    """How near the two goals seemed to therapist and client."""
    reviews: ReviewCount
    """Planned and held progress meetings."""


class Timeline(Out):
    """A treatment over time: what was planned, what took place, what was tagged and rated. Not a diagnosis."""

    treatment: TimelineTreatment
    """The treatment."""
    today: Day
    """The clinic's calendar day on which this was computed."""
    bucket: BucketKind
    """How it is cut."""
    phases: Annotated[list[TimelinePhase], Field(max_length=len(PhaseKind))]
    """The phases with their real dates, follow-up included, in their order."""
    reviews: Annotated[list[TimelineReview], Field(max_length=MOST_REVIEWS)]
    """All reviews, by the day they are due; one due on the planned end lies after the last bucket."""
    buckets: Annotated[list[TimelineBucket], Field(max_length=MOST_BUCKETS)]
    """The buckets, in order and without gaps: from the first phase to the planned or real end, whichever is later.
    Follow-up is included once something happened in it."""
    not_diagnostic: bool
    """Always true: these are counts and means of what people wrote down, not findings about a person."""
    rule: Annotated[str, Field(max_length=2_000)]
    """The name and version of the rule, `timeline/1`, and how it makes the figures."""
    evidence_note: Annotated[str, Field(max_length=1_000)]
    """How the ids beside the figures are to be read."""
