"""How a treatment is cut into spans of days: ISO weeks, months of treatment, or phases.

Spans follow one another without gap or overlap, so that every day of the range lies in exactly one.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from app.core.problems import ValidationFailed
from app.record.treatments.domain import PhaseKind, PhasePlan, add_months, treatment_month

MOST_BUCKETS = 200
"""What one chart can show: nearly four years of weeks."""
PHASE_LABELS: Mapping[PhaseKind, str] = MappingProxyType(
    {kind: kind.value.replace("_", "-").capitalize() for kind in PhaseKind}
)
_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)


class BucketKind(StrEnum):
    """How a timeline is cut: ISO weeks, months of treatment, or phases."""

    WEEK = "week"
    MONTH = "month"
    PHASE = "phase"


class TimelineTooLong(ValidationFailed):
    """The buckets asked for are so short that no chart could show them all."""

    title = "The timeline has too many buckets"


@dataclass(frozen=True)
class Course:
    """The dates of a treatment that decide how it is cut."""

    started_on: date
    planned_end_on: date
    ended_on: date | None
    phases: tuple[PhasePlan, ...]


@dataclass(frozen=True)
class Span:
    """The days of one bucket, first and last included, and what the bucket is called."""

    starts_on: date
    ends_on: date
    label: str
    treatment_month: int
    phase: PhaseKind | None


def range_of(course: Course, days: Collection[date]) -> tuple[date, date]:
    """Return the first and the last day a timeline must show.

    From the first phase to the last day of the planned months, or to the real end when that is later. Follow-up
    belongs to it as soon as something happened in it, and no recorded day is ever left out.
    """
    first, last = course.started_on, course.planned_end_on - _DAY
    for phase in course.phases:
        is_reached = any(phase.starts_on <= day <= phase.ends_on for day in days)
        if phase.kind is not PhaseKind.FOLLOW_UP or is_reached:
            first, last = min(first, phase.starts_on), max(last, phase.ends_on)
    return min([first, *days]), max([last, *days, course.ended_on or last])


def spans_of(course: Course, kind: BucketKind, days: Collection[date]) -> list[Span]:
    """Cut the range into buckets without gap or overlap; refuse more than a chart can show."""
    first, last = range_of(course, days)
    cut: Callable[[Course, date, date], list[tuple[date, date, str]]] = _CUTS[kind]
    edges = cut(course, first, last)
    if len(edges) > MOST_BUCKETS:
        detail = "Ask for longer buckets: month instead of week, or phase."
        raise TimelineTooLong.at("?bucket", detail, "too_many_buckets")
    return [_span(course, starts_on, ends_on, label) for starts_on, ends_on, label in edges]


def place_of(spans: Sequence[Span], day: date) -> int:
    """Return the place of the bucket a day lies in."""
    return bisect_right(spans, day, key=lambda span: span.starts_on) - 1


def _weeks(_course: Course, first: date, last: date) -> list[tuple[date, date, str]]:
    monday = first - first.weekday() * _DAY
    return [
        (day, day + 6 * _DAY, f"{day:%G-W%V}")
        for day in (monday + n * _WEEK for n in range((last - monday).days // 7 + 1))
    ]


def _months(course: Course, first: date, last: date) -> list[tuple[date, date, str]]:
    months = range(treatment_month(course.started_on, first), treatment_month(course.started_on, last) + 1)
    return [
        (
            add_months(course.started_on, month),
            add_months(course.started_on, month + 1) - _DAY,
            f"Month {month + 1}",
        )
        for month in months
    ]


def _phases(course: Course, first: date, last: date) -> list[tuple[date, date, str]]:
    """Give each phase a bucket. Phases that run side by side share one, so that no session counts twice."""
    edges: list[tuple[date, date, str]] = []
    next_day = first
    for phase in sorted(course.phases, key=lambda phase: (phase.starts_on, list(PhaseKind).index(phase.kind))):
        label = PHASE_LABELS[phase.kind]
        if phase.starts_on > last:
            break
        if phase.starts_on < next_day and edges:
            starts_on, ends_on, others = edges.pop()
            edges.append((starts_on, max(ends_on, phase.ends_on), f"{others} and {label.lower()}"))
        else:
            if phase.starts_on > next_day:
                edges.append((next_day, phase.starts_on - _DAY, "Between phases" if edges else "Before the phases"))
            edges.append((phase.starts_on, phase.ends_on, label))
        next_day = edges[-1][1] + _DAY
    if next_day <= last:
        edges.append((next_day, last, "After the phases"))
    return edges


_CUTS = {BucketKind.WEEK: _weeks, BucketKind.MONTH: _months, BucketKind.PHASE: _phases}


def _span(course: Course, starts_on: date, ends_on: date, label: str) -> Span:
    middle = starts_on + (ends_on - starts_on) // 2
    running = [phase for phase in course.phases if phase.starts_on <= middle <= phase.ends_on]
    main = max(running, key=lambda phase: (phase.starts_on, list(PhaseKind).index(phase.kind)), default=None)
    month = treatment_month(course.started_on, starts_on) + 1
    return Span(starts_on, ends_on, label, month, main.kind if main else None)
