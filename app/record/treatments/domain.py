"""What a treatment is: its states, its two goals, and the calendar of its phases and reviews.

A month of treatment is counted from the day the treatment started, on dates in the clinic's time zone. The
figures follow Bateman & Fonagy 2016, Mentalization-Based Treatment for Personality Disorders: A Practical
Guide, and the founding articles of the product, which describe a course of 12 to 18 months.
"""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from app.core.problems import Conflict, FieldError, ValidationFailed

TYPICAL_MONTHS = range(12, 19)
"""The lengths that need no explanation: 12 to 18 months (founding articles)."""
POSSIBLE_MONTHS = range(1, 61)
"""The lengths a treatment may have at all."""
MONTHS_AROUND = 24
"""How far phases may reach beyond the planned course."""
DEFAULT_MONTHS = 18
"""The length of the outpatient trial (Bateman & Fonagy 2009) and of our default phases."""
EARLIEST_START = date(1990, 1, 1)
"""This form of treatment is younger; an earlier start has a mistyped year."""
FURTHEST_START = timedelta(days=731)
"""Two years: nobody plans the start of a treatment further ahead."""
MOST_REVIEWS = 100
"""A review a month for the longest treatment leaves room to spare."""
PROGRAMME_MONTHS: Mapping[str, int] = MappingProxyType({"mbt_short_20w": 5, "mbt_12": 12, "mbt_14": 14, "mbt_18": 18})
"""The usual lengths of the programmes that are told apart by length."""


class TreatmentStatus(StrEnum):
    """Where a treatment stands."""

    PLANNED = "planned"
    ACTIVE = "active"
    COMPLETED = "completed"
    ENDED_EARLY = "ended_early"


class PhaseKind(StrEnum):
    """The dated parts of a treatment, in their order (Bateman & Fonagy 2016)."""

    ASSESSMENT = "assessment"
    INTRODUCTORY = "introductory"
    INITIAL = "initial"
    MIDDLE = "middle"
    FINAL = "final"
    FOLLOW_UP = "follow_up"


class ReviewStatus(StrEnum):
    """Whether a planned progress meeting took place."""

    PLANNED = "planned"
    DONE = "done"
    SKIPPED = "skipped"


class GoalCode(StrEnum):
    """The two goals of every treatment (founding articles)."""

    STABILISE_EMOTIONAL_EXPRESSION = "stabilise_emotional_expression"
    REDUCE_IMPULSIVE_BEHAVIOURS = "reduce_impulsive_behaviours"


class GoalStatus(StrEnum):
    """How a goal stands, as client and therapist see it."""

    ACTIVE = "active"
    ACHIEVED = "achieved"
    PARTLY_ACHIEVED = "partly_achieved"
    NOT_ACHIEVED = "not_achieved"
    SET_ASIDE = "set_aside"


class Setting(StrEnum):
    """Where and how intensively the treatment takes place."""

    OUTPATIENT = "outpatient"
    INTENSIVE_OUTPATIENT = "intensive_outpatient"
    PARTIAL_HOSPITAL = "partial_hospital"
    INPATIENT = "inpatient"
    ONLINE = "online"


TRANSITIONS: Mapping[TreatmentStatus, frozenset[TreatmentStatus]] = MappingProxyType(
    {
        TreatmentStatus.PLANNED: frozenset({TreatmentStatus.ACTIVE, TreatmentStatus.ENDED_EARLY}),
        TreatmentStatus.ACTIVE: frozenset({TreatmentStatus.COMPLETED, TreatmentStatus.ENDED_EARLY}),
        TreatmentStatus.COMPLETED: frozenset(),
        TreatmentStatus.ENDED_EARLY: frozenset(),
    }
)
"""Where each status may move. A finished treatment stays finished; more therapy is a new treatment."""


class DurationNeedsReason(ValidationFailed):
    """A length outside 12 to 18 months was planned without saying why."""

    title = "Say why the treatment is planned for this length"


class PhasesOutOfOrder(ValidationFailed):
    """A phase ends before it starts, or starts before a phase that comes before it."""

    title = "The phases are not in their order"


class PhasesOverlap(ValidationFailed):
    """Two phases other than introductory and initial share a day."""

    title = "The phases overlap"


class PhaseRepeated(ValidationFailed):
    """One kind of phase appears twice in a treatment."""

    title = "A treatment has each kind of phase once"


class ActiveTreatmentExists(Conflict):
    """The client already has an active treatment."""

    title = "The client already has an active treatment"


class TreatmentFinished(Conflict):
    """The planned length of a treatment that is over is history."""

    title = "The treatment is over, so its planned length stays as it is"


class ClientNotInCare(Conflict):
    """The client was discharged; a treatment needs a client in the clinic's care."""

    title = "The client is discharged"


class TooManyReviews(Conflict):
    """The treatment has as many reviews as it may have."""

    title = "The treatment has too many reviews"


class TreatmentStatusFixed(Conflict):
    """The treatment cannot move from its present status to the wanted one."""

    title = "The treatment cannot move to this status"


@dataclass(frozen=True)
class PhasePlan:
    """One phase with its first and its last day; both days belong to it."""

    kind: PhaseKind
    starts_on: date
    ends_on: date


def check_transition(present: TreatmentStatus, wanted: TreatmentStatus) -> None:
    """Refuse a status that `TRANSITIONS` does not allow from the present one."""
    if wanted not in TRANSITIONS[present]:
        raise TreatmentStatusFixed(current_status=present.value)


def check_duration(planned_months: int, duration_reason: str | None) -> None:
    """Accept 12 to 18 months as they are, and any other length only with a written reason.

    Other lengths are not wrong: a trial found no difference between a 5-month and a 14-month course (Juul et
    al. 2023, NCT03677037). The reason keeps the choice deliberate.
    """
    if planned_months not in POSSIBLE_MONTHS:
        raise ValidationFailed.at("/planned_months", "Plan between 1 and 60 months.", "out_of_range")
    if planned_months not in TYPICAL_MONTHS and not (duration_reason and duration_reason.strip()):
        raise DurationNeedsReason.at(
            "/duration_reason", "Give a reason for a length outside 12 to 18 months.", "required"
        )


def check_start(status: TreatmentStatus, started_on: date, today: date) -> None:
    """Refuse a start with a mistyped year, and one in the future for a treatment that is already active."""
    if not EARLIEST_START <= started_on <= today + FURTHEST_START:
        raise ValidationFailed.at("/started_on", "Use a day from 1990 to two years from today.", "out_of_range")
    if status is not TreatmentStatus.PLANNED and started_on > today:
        raise ValidationFailed.at("/started_on", "An active treatment has started: use today or before.", "in_future")


def check_end(status: TreatmentStatus, started_on: date, ended_on: date, today: date) -> None:
    """Refuse an end in the future, and one before the start unless the treatment never began."""
    if ended_on > today:
        raise ValidationFailed.at("/ended_on", "Use today or a day before.", "in_future")
    if ended_on < (EARLIEST_START if status is TreatmentStatus.PLANNED else started_on):
        raise ValidationFailed.at("/ended_on", "Use the first day of the treatment or a later one.", "before_start")


def check_review(status: ReviewStatus, held_on: date | None, today: date) -> None:
    """Ask for the day of a review that took place, and for none of one that did not."""
    if status is ReviewStatus.DONE and held_on is None:
        raise ValidationFailed.at("/held_on", "Say on which day the review took place.", "required")
    if status is not ReviewStatus.DONE and held_on is not None:
        raise ValidationFailed.at("/held_on", "Only a review that is done has this day.", "not_allowed")
    if held_on is not None and held_on > today:
        raise ValidationFailed.at("/held_on", "Use today or a day before.", "in_future")


def check_due(started_on: date, due_on: date) -> None:
    """Refuse a review before the treatment: there is nothing to look back on."""
    if due_on < started_on:
        raise ValidationFailed.at("/due_on", "Use the first day of the treatment or a later one.", "before_start")


def default_programme(planned_months: int) -> str:
    """Return the programme whose usual length is nearest, the longer of two."""
    return min(
        PROGRAMME_MONTHS, key=lambda code: (abs(PROGRAMME_MONTHS[code] - planned_months), -PROGRAMME_MONTHS[code])
    )


def today_in(time_zone: str, now: datetime) -> date:
    """Return the calendar day of an aware moment in an IANA time zone, the clinic's."""
    return now.astimezone(ZoneInfo(time_zone)).date()


def add_months(day: date, months: int) -> date:
    """Return the same day of the month so many months later, or earlier when `months` is negative.

    A month too short for that day gives its last day: one month after 31 January is 28 or 29 February. Count
    from the original day each time, not from a shortened one, so that two months after it is 31 March.
    """
    year, month_index = divmod(day.year * 12 + day.month - 1 + months, 12)
    month = month_index + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def treatment_month(started_on: date, day: date) -> int:
    """Return the month of treatment a day falls in: 0 from the start, negative before it.

    Month m runs from `add_months(started_on, m)` to the day before `add_months(started_on, m + 1)`.
    """
    month = (day.year - started_on.year) * 12 + day.month - started_on.month
    return month if add_months(started_on, month) <= day else month - 1


def planned_end(started_on: date, planned_months: int) -> date:
    """Return the day on which the planned months are complete; the follow-up phase begins on it."""
    return add_months(started_on, planned_months)


def default_phases(started_on: date, planned_months: int) -> list[PhasePlan]:
    """Lay out the phases of a course, each to the day before the next begins.

    In months of an 18-month course: assessment -1 to 0, introductory and initial 0 to 3, middle 3 to 12,
    final 12 to 18, follow-up 18 to 24. The phases are those of Bateman & Fonagy 2016, their lengths a convention
    that the clinic may edit. Other courses are scaled and rounded to whole months, at least one each. A course
    of two months has no room for a middle phase, and one of a single month for neither a middle nor a final.
    """
    opening = _scaled(3, planned_months)
    closing = max(min(_scaled(12, planned_months), planned_months - 1), opening)
    spans = (
        (PhaseKind.ASSESSMENT, -_scaled(1, planned_months), 0),
        (PhaseKind.INTRODUCTORY, 0, opening),
        (PhaseKind.INITIAL, 0, opening),
        (PhaseKind.MIDDLE, opening, closing),
        (PhaseKind.FINAL, closing, planned_months),
        (PhaseKind.FOLLOW_UP, planned_months, planned_months + _scaled(6, planned_months)),
    )
    return [
        PhasePlan(kind, add_months(started_on, first), add_months(started_on, end) - timedelta(days=1))
        for kind, first, end in spans
        if first < end
    ]


def default_reviews(started_on: date, planned_months: int, every_months: int) -> list[date]:
    """Plan a review every so many months after the start, up to and including the planned end."""
    return [add_months(started_on, months) for months in range(every_months, planned_months + 1, every_months)]


def check_phases(plans: Sequence[PhasePlan]) -> None:
    """Refuse phases that repeat a kind, run backwards, leave their order or overlap.

    Only introductory and initial may overlap: the course about mentalizing may run beside therapy. The phases
    may come in any order; an error points to the place of the phase in `plans`.
    """
    order = list(PhaseKind)
    ranked = sorted(enumerate(plans), key=lambda placed: order.index(placed[1].kind))
    pairs = [(earlier, index, later) for n, (index, later) in enumerate(ranked) for _, earlier in ranked[:n]]
    _refuse(
        PhaseRepeated,
        {
            f"/phases/{index}/kind": "This kind of phase is already there."
            for earlier, index, later in pairs
            if earlier.kind == later.kind
        },
        "repeated",
    )
    backwards = {
        f"/phases/{index}/ends_on": "A phase ends on or after the day it starts."
        for index, plan in ranked
        if plan.ends_on < plan.starts_on
    }
    too_early = {
        f"/phases/{index}/starts_on": f"This phase starts no earlier than the phase `{earlier.kind}`."
        for earlier, index, later in pairs
        if later.starts_on < earlier.starts_on
    }
    _refuse(PhasesOutOfOrder, backwards | too_early, "out_of_order")
    _refuse(
        PhasesOverlap,
        {
            f"/phases/{index}/starts_on": f"This phase starts after the end of the phase `{earlier.kind}`."
            for earlier, index, later in pairs
            if later.starts_on <= earlier.ends_on
            and (earlier.kind, later.kind) != (PhaseKind.INTRODUCTORY, PhaseKind.INITIAL)
        },
        "overlap",
    )


def check_phases_near(plans: Sequence[PhasePlan], started_on: date, planned_end_on: date) -> None:
    """Refuse phases more than two years away from the course: they are slips of the pen, and no chart can show them."""
    first, last = add_months(started_on, -MONTHS_AROUND), add_months(planned_end_on, MONTHS_AROUND)
    _refuse(
        PhasesOutOfOrder,
        {
            f"/phases/{index}/{field}": "Use a day within two years of the treatment."
            for index, plan in enumerate(plans)
            for field, day in (("starts_on", plan.starts_on), ("ends_on", plan.ends_on))
            if not first <= day <= last
        },
        "too_far",
    )


def _scaled(months_of_18: int, planned_months: int) -> int:
    # Whole-number arithmetic that rounds a half up, so that no float decides a date.
    return max(1, (2 * months_of_18 * planned_months + DEFAULT_MONTHS) // (2 * DEFAULT_MONTHS))


def _refuse(problem: type[ValidationFailed], wrong: Mapping[str, str], code: str) -> None:
    if wrong:
        raise problem(errors=tuple(FieldError(pointer, detail, code) for pointer, detail in wrong.items()))
