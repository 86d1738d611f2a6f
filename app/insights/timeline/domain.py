"""What a timeline is: the facts of a treatment, put into buckets of days and counted there. All pure.

What nobody recorded is None and never 0; what was recorded and did not happen is 0. How the days are cut is the
matter of `spans`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.events import AuditAction, DomainEvent
from app.insights.timeline.spans import Span, place_of
from app.record.goal_ratings.domain import RatedBy
from app.record.notes.domain import FailurePattern
from app.record.sessions.domain import PRESENT, Attendance, Delivery, SessionFormat
from app.record.treatments.domain import GoalCode, ReviewStatus

RULE_ID = "timeline/1"
RULE = (
    f"{RULE_ID}: A session counts as held when it is marked held and the client attended, came late or left early; it "
    "counts as missed when the client did not come or the client or the clinic cancelled. Failures and arousal come "
    "from signed notes alone; mixed is a pattern of its own and is never added to the other two; a figure per "
    "attended session is the count divided by the sessions held in the bucket. Means are plain means of the ratings "
    "named beside them. Days are the clinic's. Null means that nothing was recorded, or not yet; it is never 0."
)
EVIDENCE_NOTE = (
    "Each figure names the sessions, notes, ratings or reviews it was made of, the earliest first and 500 at most. "
    "Notes that are not signed are counted, and neither opened nor named."
)
MOST_EVIDENCE = 500


class TimelineReviewStatus(StrEnum):
    """How a review stands today."""

    UPCOMING = "upcoming"
    DUE = "due"
    OVERDUE = "overdue"
    DONE = "done"
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True)
class TimelineViewed(DomainEvent):
    """Someone read the timeline of a treatment; `bucket` says how it was cut."""

    type: ClassVar[str] = "timeline.viewed"
    action: ClassVar[AuditAction] = AuditAction.READ
    entity: ClassVar[str] = "treatment"
    bucket: str


@dataclass(frozen=True)
class SessionFact:
    """One session of the client that was held or missed."""

    id: UUID
    on: date
    format: SessionFormat
    delivery: Delivery
    attendance: Attendance


@dataclass(frozen=True)
class NoteFact:
    """One note that counts: signed, or still to be signed."""

    id: UUID
    on: date
    is_signed: bool


@dataclass(frozen=True)
class FailureFact:
    """One mentalizing failure of a signed note."""

    note_id: UUID
    on: date
    pattern: FailurePattern
    arousal: int | None


@dataclass(frozen=True)
class RatingFact:
    """One rating of one goal."""

    id: UUID
    on: date
    goal: GoalCode
    rated_by: RatedBy
    value: int


@dataclass(frozen=True)
class ReviewFact:
    """One review with how it stands today."""

    id: UUID
    due_on: date
    status: TimelineReviewStatus
    held_on: date | None

    @property
    def on(self) -> date:
        """The day it belongs to: when it was held, or else when it is due."""
        return self.held_on or self.due_on


@dataclass(frozen=True)
class Facts:
    """Everything the record says about one treatment that a timeline shows."""

    sessions: Sequence[SessionFact] = ()
    notes: Sequence[NoteFact] = ()
    failures: Sequence[FailureFact] = ()
    ratings: Sequence[RatingFact] = ()
    reviews: Sequence[ReviewFact] = ()

    def days(self) -> set[date]:
        """Return every day on which something happened; a review is a plan and stretches no timeline."""
        return {fact.on for facts in (self.sessions, self.notes, self.failures, self.ratings) for fact in facts}


@dataclass(frozen=True, kw_only=True)
class SessionCount:
    """A number of sessions, by format and by delivery."""

    total: int
    by_format: Mapping[str, int]
    by_delivery: Mapping[str, int]
    session_ids: Sequence[UUID]


@dataclass(frozen=True, kw_only=True)
class MissedCount(SessionCount):
    """A number of missed sessions, and why they were missed."""

    no_show: int
    cancelled_client: int
    cancelled_clinic: int


@dataclass(frozen=True)
class PatternCount:
    """How often one pattern was tagged, as it is and per session the client came to."""

    count: int
    per_attended_session: float | None
    note_ids: Sequence[UUID]


@dataclass(frozen=True)
class ArousalFigure:
    """The mean of the arousal ratings of tagged failures; None when there is none."""

    mean: float | None
    n: int
    note_ids: Sequence[UUID]


@dataclass(frozen=True)
class RatingFigure:
    """The ratings of one goal by one rater."""

    mean: float
    n: int
    last: int
    rating_ids: Sequence[UUID]


@dataclass(frozen=True)
class ReviewCount:
    """The reviews of a bucket; a review held in another bucket than planned is due in one and done in the other."""

    due: int
    done: int
    overdue: int
    review_ids: Sequence[UUID]


@dataclass(frozen=True, kw_only=True)
class Bucket(Span):
    """One span of days with its figures."""

    is_future: bool
    has_data: bool
    sessions_held: SessionCount | None
    sessions_missed: MissedCount | None
    signed_notes: int | None
    unsigned_notes: int | None
    note_ids: Sequence[UUID]
    failures: Mapping[str, PatternCount] | None
    arousal: ArousalFigure
    goal_ratings: Mapping[str, Mapping[str, RatingFigure | None]]
    reviews: ReviewCount


F = TypeVar("F", SessionFact, NoteFact, FailureFact, RatingFact)


def day_of(moment: datetime, time_zone: str) -> date:
    """Return the clinic's calendar day of an aware moment, whatever daylight saving did that night."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


def review_status(status: ReviewStatus, due_on: date, today: date) -> TimelineReviewStatus:
    """Say how a review stands: a planned one is upcoming, due on its day, and overdue from the day after."""
    if status is not ReviewStatus.PLANNED:
        return TimelineReviewStatus(status.value)
    if due_on == today:
        return TimelineReviewStatus.DUE
    return TimelineReviewStatus.OVERDUE if due_on < today else TimelineReviewStatus.UPCOMING


def buckets_of(spans: Sequence[Span], facts: Facts, today: date) -> list[Bucket]:
    """Put every fact into its bucket and make the figures."""
    sessions, notes = _sorted_into(spans, facts.sessions), _sorted_into(spans, facts.notes)
    failures, ratings = _sorted_into(spans, facts.failures), _sorted_into(spans, facts.ratings)
    return [
        _bucket(
            span,
            Facts(sessions[place], notes[place], failures[place], ratings[place], facts.reviews),
            is_future=span.starts_on > today,
        )
        for place, span in enumerate(spans)
    ]


def _sorted_into(spans: Sequence[Span], facts: Iterable[F]) -> list[list[F]]:
    sorted_facts: list[list[F]] = [[] for _ in spans]
    for fact in sorted(facts, key=lambda fact: (fact.on, str(_id_of(fact)))):
        sorted_facts[place_of(spans, fact.on)].append(fact)
    return sorted_facts


def _id_of(fact: SessionFact | NoteFact | FailureFact | RatingFact) -> UUID:
    return fact.note_id if isinstance(fact, FailureFact) else fact.id


def _bucket(span: Span, facts: Facts, *, is_future: bool) -> Bucket:
    if is_future:
        facts = Facts(reviews=facts.reviews)
    held = [session for session in facts.sessions if session.attendance in PRESENT]
    missed = [session for session in facts.sessions if session.attendance not in PRESENT]
    signed = [note.id for note in facts.notes if note.is_signed]
    is_known = bool(facts.sessions or facts.notes)
    return Bucket(
        **vars(span),
        is_future=is_future,
        has_data=is_known or bool(facts.ratings),
        sessions_held=SessionCount(**_counted(held)) if is_known else None,
        sessions_missed=_missed(missed) if is_known else None,
        signed_notes=len(signed) if is_known else None,
        unsigned_notes=len(facts.notes) - len(signed) if is_known else None,
        note_ids=_evidence(signed),
        failures=_failures(facts.failures, len(held)) if signed else None,
        arousal=_arousal(facts.failures),
        goal_ratings={goal: {rater: _rating(facts.ratings, goal, rater) for rater in RatedBy} for goal in GoalCode},
        reviews=_reviews(span, facts.reviews),
    )


def _counted(sessions: Sequence[SessionFact]) -> dict[str, Any]:
    formats = Counter(session.format for session in sessions)
    deliveries = Counter(session.delivery for session in sessions)
    return {
        "total": len(sessions),
        "by_format": {name: formats[name] for name in SessionFormat},
        "by_delivery": {name: deliveries[name] for name in Delivery},
        "session_ids": _evidence(session.id for session in sessions),
    }


def _missed(sessions: Sequence[SessionFact]) -> MissedCount:
    reasons = Counter(session.attendance for session in sessions)
    return MissedCount(
        **_counted(sessions),
        no_show=reasons[Attendance.NO_SHOW],
        cancelled_client=reasons[Attendance.CANCELLED_CLIENT],
        cancelled_clinic=reasons[Attendance.CANCELLED_CLINIC],
    )


def _failures(failures: Sequence[FailureFact], attended: int) -> dict[str, PatternCount]:
    by_pattern = {name: [failure.note_id for failure in failures if failure.pattern == name] for name in FailurePattern}
    return {
        name: PatternCount(len(notes), round(len(notes) / attended, 2) if attended else None, _evidence(notes))
        for name, notes in by_pattern.items()
    }


def _arousal(failures: Sequence[FailureFact]) -> ArousalFigure:
    rated = [(failure.note_id, failure.arousal) for failure in failures if failure.arousal is not None]
    mean = _mean([arousal for _, arousal in rated]) if rated else None
    return ArousalFigure(mean, len(rated), _evidence(note_id for note_id, _ in rated))


def _rating(ratings: Sequence[RatingFact], goal: GoalCode, rater: RatedBy) -> RatingFigure | None:
    own = [rating for rating in ratings if rating.goal == goal and rating.rated_by == rater]
    if not own:
        return None
    values = [rating.value for rating in own]
    return RatingFigure(_mean(values), len(own), values[-1], _evidence(rating.id for rating in own))


def _reviews(span: Span, reviews: Sequence[ReviewFact]) -> ReviewCount:
    due = [review for review in reviews if span.starts_on <= review.due_on <= span.ends_on]
    held = [review for review in reviews if review.held_on and span.starts_on <= review.held_on <= span.ends_on]
    return ReviewCount(
        len(due),
        len(held),
        sum(review.status is TimelineReviewStatus.OVERDUE for review in due),
        _evidence(review.id for review in (*due, *held)),
    )


def _mean(values: Sequence[int]) -> float:
    return round(sum(values) / len(values), 2)


def _evidence(ids: Iterable[UUID]) -> tuple[UUID, ...]:
    return tuple(dict.fromkeys(ids))[:MOST_EVIDENCE]
