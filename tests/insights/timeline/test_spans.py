"""How a treatment is cut: nothing is left out, nothing counts twice."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.insights.timeline.spans import (
    MOST_BUCKETS,
    BucketKind,
    Course,
    TimelineTooLong,
    place_of,
    range_of,
    spans_of,
)
from app.record.treatments.domain import PhaseKind, PhasePlan, default_phases, planned_end

DAY = timedelta(days=1)
starts = st.dates(date(2020, 1, 1), date(2032, 12, 31))
kinds = st.sampled_from(BucketKind)


@st.composite
def courses(draw: st.DrawFn) -> Course:
    """Courses of any length, with some phases left out and some edited, and days on which something happened."""
    started_on, months = draw(starts), draw(st.integers(1, 30))
    phases = [phase for phase in default_phases(started_on, months) if draw(st.booleans())]
    phases = [
        PhasePlan(phase.kind, phase.starts_on, max(phase.starts_on, phase.ends_on - draw(st.integers(0, 40)) * DAY))
        for phase in phases
    ]
    ended_on = draw(st.none() | st.integers(0, months * 35).map(lambda days: started_on + days * DAY))
    return Course(started_on, planned_end(started_on, months), ended_on, tuple(phases))


@st.composite
def lived(draw: st.DrawFn) -> tuple[Course, set[date]]:
    course = draw(courses())
    offsets = draw(st.sets(st.integers(-60, 1_000), max_size=8))
    return course, {course.started_on + offset * DAY for offset in offsets}


@settings(max_examples=150, deadline=None)
@given(lived(), kinds)
def test_buckets_follow_one_another_and_every_day_lies_in_exactly_one(
    known: tuple[Course, set[date]], kind: BucketKind
):
    course, days = known
    spans = spans_of(course, kind, days)
    first, last = range_of(course, days)
    assert all(later.starts_on == earlier.ends_on + DAY for earlier, later in pairwise(spans))
    assert all(span.starts_on <= span.ends_on and span.label for span in spans)
    assert spans[0].starts_on <= first <= spans[0].ends_on
    assert spans[-1].starts_on <= last <= spans[-1].ends_on
    for day in days:
        assert [span for span in spans if span.starts_on <= day <= span.ends_on] == [spans[place_of(spans, day)]]


@settings(max_examples=60, deadline=None)
@given(lived())
def test_weeks_are_iso_weeks_and_months_begin_on_the_day_the_treatment_did(known: tuple[Course, set[date]]):
    course, days = known
    for span in spans_of(course, BucketKind.WEEK, days):
        assert (span.starts_on.weekday(), span.ends_on.weekday()) == (0, 6)
    months = spans_of(course, BucketKind.MONTH, days)
    assert next(span for span in months if span.starts_on == course.started_on).treatment_month == 1
    assert [span.treatment_month for span in months] == list(
        range(months[0].treatment_month, months[-1].treatment_month + 1)
    )


def course(started_on: date = date(2026, 1, 31), months: int = 18, ended_on: date | None = None) -> Course:
    return Course(started_on, planned_end(started_on, months), ended_on, tuple(default_phases(started_on, months)))


def test_a_month_that_is_too_short_ends_early_and_the_next_begins_in_time():
    spans = spans_of(course(), BucketKind.MONTH, set())
    assert [(span.label, span.starts_on, span.ends_on) for span in spans[:4]] == [
        ("Month 0", date(2025, 12, 31), date(2026, 1, 30)),
        ("Month 1", date(2026, 1, 31), date(2026, 2, 27)),
        ("Month 2", date(2026, 2, 28), date(2026, 3, 30)),
        ("Month 3", date(2026, 3, 31), date(2026, 4, 29)),
    ]
    assert spans[-1].label == "Month 18"
    assert [span.phase for span in spans[:4]] == [PhaseKind.ASSESSMENT, *[PhaseKind.INITIAL] * 3]


def test_a_week_carries_the_year_it_belongs_to():
    spans = spans_of(course(), BucketKind.WEEK, set())
    assert [span.label for span in spans[:2]] == ["2026-W01", "2026-W02"]
    assert spans[0].starts_on == date(2025, 12, 29)


def test_phases_that_run_side_by_side_share_a_bucket():
    spans = spans_of(course(), BucketKind.PHASE, set())
    assert [(span.label, span.phase) for span in spans] == [
        ("Assessment", PhaseKind.ASSESSMENT),
        ("Introductory and initial", PhaseKind.INITIAL),
        ("Middle", PhaseKind.MIDDLE),
        ("Final", PhaseKind.FINAL),
    ]


def test_days_between_before_and_after_the_phases_have_buckets_of_their_own():
    middle = PhasePlan(PhaseKind.MIDDLE, date(2026, 3, 1), date(2026, 3, 31))
    final = PhasePlan(PhaseKind.FINAL, date(2026, 5, 1), date(2026, 5, 31))
    edited = Course(date(2026, 2, 1), date(2026, 7, 1), None, (middle, final))
    spans = spans_of(edited, BucketKind.PHASE, set())
    assert [span.label for span in spans] == [
        "Before the phases",
        "Middle",
        "Between phases",
        "Final",
        "After the phases",
    ]
    assert spans[0].phase is None
    assert spans[-1].ends_on == date(2026, 6, 30)


def test_follow_up_is_shown_once_something_happened_in_it():
    follow_up = course().phases[-1]
    assert range_of(course(), set())[1] == follow_up.starts_on - DAY
    assert range_of(course(), {follow_up.starts_on + 5 * DAY})[1] == follow_up.ends_on
    assert spans_of(course(), BucketKind.PHASE, {follow_up.ends_on})[-1].phase is PhaseKind.FOLLOW_UP


def test_a_treatment_that_ended_late_is_shown_to_its_end():
    assert range_of(course(ended_on=date(2027, 9, 3)), set())[1] == date(2027, 9, 3)


def test_more_buckets_than_a_chart_can_show_are_refused():
    with pytest.raises(TimelineTooLong) as refused:
        spans_of(course(months=60), BucketKind.WEEK, set())
    assert refused.value.errors[0].pointer == "?bucket"
    assert len(spans_of(course(months=60), BucketKind.MONTH, set())) <= MOST_BUCKETS
