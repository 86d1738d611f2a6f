"""A course of 18 months as facts, without a database: what the tests of the picture and of the figures draw on."""

import random
from datetime import date, timedelta
from types import SimpleNamespace
from uuid import UUID

from app.insights.timeline import schemas
from app.insights.timeline.domain import (
    Facts,
    FailureFact,
    NoteFact,
    RatingFact,
    ReviewFact,
    SessionFact,
    review_status,
)
from app.insights.timeline.service import as_timeline
from app.insights.timeline.spans import BucketKind
from app.record.goal_ratings.domain import RatedBy
from app.record.notes.domain import FailurePattern
from app.record.sessions.domain import PRESENT, Attendance, Delivery, SessionFormat
from app.record.treatments.domain import (
    GoalCode,
    ReviewStatus,
    TreatmentStatus,
    add_months,
    default_phases,
    default_reviews,
    planned_end,
)

START = date(2025, 9, 1)
TODAY = date(2026, 11, 20)
HOLIDAY = (date(2026, 7, 27), date(2026, 9, 6))


class Story:
    """Makes one course, the same every time: weekly individual and group therapy, one long holiday."""

    def __init__(self) -> None:
        self._chance = random.Random(18)
        self._numbers = iter(range(1, 10_000))
        self.sessions: list[SessionFact] = []
        self.notes: list[NoteFact] = []
        self.failures: list[FailureFact] = []
        self.ratings: list[RatingFact] = []

    def facts(self) -> Facts:
        day = START - timedelta(days=20)
        while day < TODAY:
            if not HOLIDAY[0] <= day <= HOLIDAY[1]:
                self._meet(day, SessionFormat.INDIVIDUAL)
                if day > START:
                    self._meet(day + timedelta(days=2), SessionFormat.GROUP)
            day += timedelta(days=7)
        for month in range(15):
            self._rate(add_months(START, month) + timedelta(days=9), month)
        return Facts(self.sessions, self.notes, self.failures, self.ratings, self._reviews())

    def _meet(self, day: date, session_format: SessionFormat) -> None:
        if day > TODAY:
            return
        attendance = self._chance.choices(list(Attendance), [14, 1, 1, 2, 1, 0.6])[0]
        delivery = self._chance.choices(list(Delivery), [8, 3, 0.4, 0])[0]
        self.sessions.append(SessionFact(self._id(), day, session_format, delivery, attendance))
        if attendance not in PRESENT:
            return
        note = NoteFact(self._id(), day, day < TODAY - timedelta(days=8))
        self.notes.append(note)
        month = (day - START).days / 30
        if note.is_signed and session_format is SessionFormat.INDIVIDUAL:
            for pattern, rate in zip(FailurePattern, (1.7 - month / 14, 0.5 + month / 40, 0.25), strict=True):
                for _ in range(int(rate + self._chance.random())):
                    self.failures.append(FailureFact(note.id, day, pattern, self._chance.choice([None, 4, 6, 7, 8])))

    def _rate(self, day: date, month: int) -> None:
        if HOLIDAY[0] <= day <= HOLIDAY[1] or day > TODAY:
            return
        for goal, start, slope in zip(GoalCode, (2.4, 3.6), (0.28, 0.2), strict=True):
            for rater, bias in ((RatedBy.THERAPIST, 0.4), (RatedBy.CLIENT, -0.6)):
                if rater is RatedBy.CLIENT and month % 5 == 4:
                    continue
                value = round(start + slope * month + bias + self._chance.uniform(-0.8, 0.8))
                self.ratings.append(RatingFact(self._id(), day, goal, rater, min(10, max(0, value))))

    def _reviews(self) -> list[ReviewFact]:
        held = {0: 3, 1: -2, 2: 5}
        reviews = []
        for number, due_on in enumerate(default_reviews(START, 18, 3)):
            held_on = due_on + timedelta(days=held[number]) if number in held else None
            status = review_status(ReviewStatus.DONE if held_on else ReviewStatus.PLANNED, due_on, TODAY)
            reviews.append(ReviewFact(self._id(), due_on, status, held_on))
        return reviews

    def _id(self) -> UUID:
        return UUID(int=next(self._numbers))


def treatment(**changes: object) -> SimpleNamespace:
    """A treatment as a query returns it."""
    usual: dict[str, object] = {
        "id": UUID(int=90_001),
        "client_id": UUID(int=90_002),
        "started_on": START,
        "planned_months": 18,
        "planned_end_on": planned_end(START, 18),
        "ended_on": None,
        "status": TreatmentStatus.ACTIVE,
        "phases": [
            {"kind": phase.kind.value, "starts_on": str(phase.starts_on), "ends_on": str(phase.ends_on)}
            for phase in default_phases(START, 18)
        ],
    }
    return SimpleNamespace(**usual | changes)


def timeline(bucket: BucketKind = BucketKind.MONTH, facts: Facts | None = None, **changes: object) -> schemas.Timeline:
    """The timeline of the story, or of other facts."""
    return as_timeline(treatment(**changes), bucket, Story().facts() if facts is None else facts, TODAY)
