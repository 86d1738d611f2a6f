"""The figures of a timeline: what they count, and that a gap is never a zero."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from app.insights.timeline.domain import (
    MOST_EVIDENCE,
    Bucket,
    Facts,
    FailureFact,
    NoteFact,
    RatingFact,
    ReviewFact,
    SessionFact,
    TimelineReviewStatus,
    buckets_of,
    day_of,
    review_status,
)
from app.insights.timeline.spans import BucketKind, Course, spans_of
from app.record.goal_ratings.domain import RatedBy
from app.record.notes.domain import FailurePattern
from app.record.sessions.domain import PRESENT, Attendance, Delivery, SessionFormat
from app.record.treatments.domain import GoalCode, ReviewStatus, default_phases, planned_end

START, TODAY = date(2026, 3, 2), date(2026, 5, 20)
COURSE = Course(START, planned_end(START, 12), None, tuple(default_phases(START, 12)))
STABLE, CALM = GoalCode
days = st.dates(START, TODAY)
ids = st.uuids()


def session(number: int, on: date, attendance: Attendance = Attendance.ATTENDED) -> SessionFact:
    return SessionFact(UUID(int=number), on, SessionFormat.INDIVIDUAL, Delivery.VIDEO, attendance)


def note(number: int, on: date, *, is_signed: bool = True) -> NoteFact:
    return NoteFact(UUID(int=number), on, is_signed)


def months(facts: Facts) -> list[Bucket]:
    return buckets_of(spans_of(COURSE, BucketKind.MONTH, facts.days()), facts, TODAY)


def month(number: int, facts: Facts) -> Bucket:
    return next(bucket for bucket in months(facts) if bucket.treatment_month == number)


session_facts = st.lists(
    st.builds(
        SessionFact,
        ids,
        days,
        st.sampled_from(SessionFormat),
        st.sampled_from(Delivery),
        st.sampled_from(Attendance),
    ),
    max_size=30,
    unique_by=lambda fact: fact.id,
)
note_facts = st.lists(st.builds(NoteFact, ids, days, st.booleans()), max_size=20, unique_by=lambda fact: fact.id)
rating_facts = st.lists(
    st.builds(RatingFact, ids, days, st.sampled_from(GoalCode), st.sampled_from(RatedBy), st.integers(0, 10)),
    max_size=20,
    unique_by=lambda fact: fact.id,
)


@st.composite
def facts_of_a_course(draw: st.DrawFn) -> Facts:
    notes = draw(note_facts)
    signed = [note for note in notes if note.is_signed]
    failures: Sequence[FailureFact] = [
        FailureFact(tagged.id, tagged.on, draw(st.sampled_from(FailurePattern)), draw(st.none() | st.integers(0, 10)))
        for tagged in signed
        for _ in range(draw(st.integers(0, 3)))
    ]
    return Facts(draw(session_facts), notes, failures, draw(rating_facts))


@settings(max_examples=100, deadline=None)
@given(facts_of_a_course(), st.sampled_from(BucketKind))
def test_every_fact_is_counted_once_and_named_as_evidence(facts: Facts, kind: BucketKind):
    buckets = buckets_of(spans_of(COURSE, kind, facts.days()), facts, TODAY)
    held = [one for bucket in buckets if bucket.sessions_held for one in bucket.sessions_held.session_ids]
    missed = [one for bucket in buckets if bucket.sessions_missed for one in bucket.sessions_missed.session_ids]
    assert sorted(held) == sorted(fact.id for fact in facts.sessions if fact.attendance in PRESENT)
    assert sorted(missed) == sorted(fact.id for fact in facts.sessions if fact.attendance not in PRESENT)
    for pattern in FailurePattern:
        counted = sum(bucket.failures[pattern].count for bucket in buckets if bucket.failures)
        assert counted == sum(fact.pattern is pattern for fact in facts.failures)
    assert sum(bucket.arousal.n for bucket in buckets) == sum(fact.arousal is not None for fact in facts.failures)
    figures = [
        figure for bucket in buckets for by_rater in bucket.goal_ratings.values() for figure in by_rater.values()
    ]
    assert sum(figure.n for figure in figures if figure) == len(facts.ratings)
    assert sum(bucket.unsigned_notes or 0 for bucket in buckets) == sum(not fact.is_signed for fact in facts.notes)


@settings(max_examples=100, deadline=None)
@given(facts_of_a_course(), st.sampled_from(BucketKind))
def test_a_bucket_has_figures_exactly_when_something_was_recorded_in_it(facts: Facts, kind: BucketKind):
    recorded: list[SessionFact | NoteFact] = [*facts.sessions, *facts.notes]
    for bucket in buckets_of(spans_of(COURSE, kind, facts.days()), facts, TODAY):
        inside = [fact for fact in recorded if bucket.starts_on <= fact.on <= bucket.ends_on]
        assert (bucket.sessions_held is not None) == (bucket.sessions_missed is not None) == bool(inside)
        assert (bucket.failures is not None) == any(isinstance(fact, NoteFact) and fact.is_signed for fact in inside)
        assert bucket.is_future == (bucket.starts_on > TODAY)
        if bucket.sessions_held:
            assert sum(bucket.sessions_held.by_format.values()) == bucket.sessions_held.total
            assert sum(bucket.sessions_held.by_delivery.values()) == bucket.sessions_held.total


def test_a_month_without_any_session_or_note_is_a_gap_and_not_a_zero():
    empty = month(1, Facts())
    assert (empty.sessions_held, empty.sessions_missed, empty.failures, empty.unsigned_notes) == (None,) * 4
    assert empty.arousal.mean is None
    assert not empty.has_data


def test_a_signed_note_without_failures_is_a_zero_and_not_a_gap():
    quiet = month(1, Facts(sessions=[session(1, START)], notes=[note(2, START)]))
    assert quiet.failures is not None
    assert [figure.count for figure in quiet.failures.values()] == [0, 0, 0]
    assert [figure.per_attended_session for figure in quiet.failures.values()] == [0.0, 0.0, 0.0]


def test_as_long_as_no_note_is_signed_nobody_knows_of_failures():
    waiting = month(1, Facts(sessions=[session(1, START)], notes=[note(2, START, is_signed=False)]))
    assert waiting.sessions_held is not None
    assert (waiting.failures, waiting.signed_notes, waiting.unsigned_notes) == (None, 0, 1)
    assert waiting.note_ids == ()


def test_mixed_is_never_added_to_the_other_patterns():
    failures = [FailureFact(UUID(int=3), START, FailurePattern.MIXED, None)] * 2
    facts = Facts(sessions=[session(1, START), session(2, START)], notes=[note(3, START)], failures=failures)
    counted = month(1, facts).failures
    assert counted is not None
    assert {pattern: figure.count for pattern, figure in counted.items()} == {
        "hyperactivation": 0,
        "deactivation": 0,
        "mixed": 2,
    }
    assert counted["mixed"].per_attended_session == 1.0
    assert counted["mixed"].note_ids == (UUID(int=3),)


def test_a_rate_needs_a_session_the_client_came_to():
    facts = Facts(
        sessions=[session(1, START, Attendance.NO_SHOW)],
        notes=[note(2, START)],
        failures=[FailureFact(UUID(int=2), START, FailurePattern.DEACTIVATION, 3)],
    )
    counted = month(1, facts)
    assert counted.failures is not None
    assert (counted.failures["deactivation"].count, counted.failures["deactivation"].per_attended_session) == (1, None)
    assert (counted.arousal.mean, counted.arousal.n) == (3.0, 1)


def test_missed_sessions_are_counted_by_why_they_were_missed():
    reasons = [Attendance.NO_SHOW, Attendance.CANCELLED_CLIENT, Attendance.CANCELLED_CLIENT, Attendance.LATE]
    bucket = month(1, Facts(sessions=[session(number, START, reason) for number, reason in enumerate(reasons)]))
    assert bucket.sessions_held is not None
    assert bucket.sessions_missed is not None
    assert bucket.sessions_held.total == 1
    missed = bucket.sessions_missed
    assert (missed.total, missed.no_show, missed.cancelled_client, missed.cancelled_clinic) == (3, 1, 2, 0)


def test_the_last_rating_is_that_of_the_latest_day():
    ratings = [
        RatingFact(UUID(int=1), date(2026, 3, 20), STABLE, RatedBy.CLIENT, 3),
        RatingFact(UUID(int=2), date(2026, 3, 9), STABLE, RatedBy.CLIENT, 6),
        RatingFact(UUID(int=3), date(2026, 3, 9), STABLE, RatedBy.THERAPIST, 10),
    ]
    bucket = month(1, Facts(ratings=ratings))
    figure = bucket.goal_ratings[STABLE][RatedBy.CLIENT]
    assert figure is not None
    assert (figure.mean, figure.n, figure.last) == (4.5, 2, 3)
    assert figure.rating_ids == (UUID(int=2), UUID(int=1))
    assert bucket.goal_ratings[CALM][RatedBy.CLIENT] is None
    assert bucket.has_data


def test_future_buckets_hold_plans_and_nothing_else():
    due_on = date(2026, 9, 2)
    review = ReviewFact(UUID(int=7), due_on, TimelineReviewStatus.UPCOMING, None)
    cancelled = session(1, date(2026, 9, 9), Attendance.CANCELLED_CLIENT)
    bucket = month(7, Facts(sessions=[cancelled], reviews=[review]))
    assert bucket.is_future
    assert not bucket.has_data
    assert bucket.sessions_missed is None
    assert (bucket.reviews.due, bucket.reviews.overdue, bucket.reviews.review_ids) == (1, 0, (UUID(int=7),))


def test_a_review_is_due_in_one_month_and_done_in_another():
    review = ReviewFact(UUID(int=7), date(2026, 4, 1), TimelineReviewStatus.DONE, date(2026, 4, 2))
    first, second = (month(number, Facts(reviews=[review])).reviews for number in (1, 2))
    assert (first.due, first.done) == (1, 0)
    assert (second.due, second.done) == (0, 1)


def test_a_planned_review_is_upcoming_then_due_then_overdue():
    standing = [review_status(ReviewStatus.PLANNED, TODAY + timedelta(days=days), TODAY) for days in (1, 0, -1)]
    assert standing == [TimelineReviewStatus.UPCOMING, TimelineReviewStatus.DUE, TimelineReviewStatus.OVERDUE]
    assert review_status(ReviewStatus.SKIPPED, START, TODAY) is TimelineReviewStatus.SKIPPED


def test_the_day_of_a_session_is_the_clinics_on_the_nights_the_clocks_change():
    spring, autumn = datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)
    assert day_of(spring - timedelta(minutes=1), "Europe/London") == date(2026, 3, 28)
    assert day_of(spring.replace(hour=23), "Europe/London") == date(2026, 3, 30)
    assert day_of(autumn - timedelta(hours=1), "Europe/London") == date(2026, 10, 25)
    assert day_of(autumn.replace(hour=23), "Europe/London") == date(2026, 10, 25)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds
def test_a_moment_lies_on_a_day_next_to_its_day_in_utc(moment: datetime):
    for zone in ("America/St_Johns", "Pacific/Kiritimati", "Africa/Casablanca"):
        assert abs(day_of(moment, zone) - moment.date()) <= timedelta(days=1)


def test_evidence_is_bounded():
    sessions = [session(number, START) for number in range(MOST_EVIDENCE + 20)]
    held = month(1, Facts(sessions=sessions)).sessions_held
    assert held is not None
    assert (held.total, len(held.session_ids)) == (MOST_EVIDENCE + 20, MOST_EVIDENCE)
