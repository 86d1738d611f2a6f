"""The treatment's rules without a database: its calendar, its lengths, its phases, its states."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.events import AuditAction, DomainEvent
from app.core.problems import Conflict, ValidationFailed
from app.record.treatments import events
from app.record.treatments.domain import (
    DEFAULT_MONTHS,
    POSSIBLE_MONTHS,
    TRANSITIONS,
    TYPICAL_MONTHS,
    DurationNeedsReason,
    GoalCode,
    PhaseKind,
    PhasePlan,
    PhaseRepeated,
    PhasesOutOfOrder,
    PhasesOverlap,
    Setting,
    TreatmentStatus,
    TreatmentStatusFixed,
    add_months,
    check_duration,
    check_phases,
    check_transition,
    default_phases,
    default_reviews,
    planned_end,
    today_in,
    treatment_month,
)
from app.record.vocabularies.catalogue import code_list

DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2199, 12, 31))
MONTH_ENDS = DAYS.map(lambda day: day.replace(day=monthrange(day.year, day.month)[1]))
STARTS = DAYS | MONTH_ENDS | st.sampled_from([date(2024, 2, 29), date(2000, 2, 29), date(2027, 1, 31)])
MONTHS = st.integers(min_value=-120, max_value=120)
LENGTHS = st.sampled_from(POSSIBLE_MONTHS)
ZONES = st.sampled_from(["Europe/London", "America/New_York", "Pacific/Auckland"])
INSTANTS = st.integers(min_value=-600_000_000, max_value=4_000_000_000).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)
ONE_DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2027, 1, 31), 2, date(2027, 3, 31)),
        (date(2027, 1, 31), 3, date(2027, 4, 30)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2027, 3, 31), -1, date(2027, 2, 28)),
        (date(2027, 1, 15), -1, date(2026, 12, 15)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 7, 10), 18, date(2028, 1, 10)),
        (date(2026, 7, 10), 0, date(2026, 7, 10)),
    ],
)
def test_months_are_added_to_the_original_day_and_cut_at_the_end_of_a_short_month(
    day: date, months: int, expected: date
):
    assert add_months(day, months) == expected


@given(STARTS, MONTHS)
def test_adding_months_lands_in_the_right_month_on_the_day_or_the_last_day_before_it(day: date, months: int):
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == min(day.day, monthrange(later.year, later.month)[1])


@given(STARTS, MONTHS)
def test_a_later_month_begins_later(day: date, months: int):
    assert add_months(day, months) < add_months(day, months + 1)


@given(STARTS, MONTHS)
def test_a_month_of_treatment_begins_on_its_day_and_not_before(started_on: date, month: int):
    begins = add_months(started_on, month)
    assert treatment_month(started_on, begins) == month
    assert treatment_month(started_on, begins - ONE_DAY) == month - 1


@given(STARTS, st.integers(min_value=-3000, max_value=3000))
def test_every_day_lies_within_its_month_of_treatment(started_on: date, days: int):
    day = started_on + timedelta(days=days)
    month = treatment_month(started_on, day)
    assert add_months(started_on, month) <= day < add_months(started_on, month + 1)


def test_the_first_day_is_month_zero_and_the_day_before_is_negative():
    assert treatment_month(date(2026, 3, 31), date(2026, 3, 31)) == 0
    assert treatment_month(date(2026, 3, 31), date(2026, 3, 30)) == -1
    assert treatment_month(date(2026, 1, 31), date(2026, 2, 27)) == 0
    assert treatment_month(date(2026, 1, 31), date(2026, 2, 28)) == 1


@given(ZONES, INSTANTS)
def test_today_runs_from_midnight_to_midnight_in_the_clinics_time_zone(zone: str, now: datetime):
    today = today_in(zone, now)
    begins = datetime.combine(today, time(), ZoneInfo(zone)).astimezone(UTC)
    ends = datetime.combine(today + ONE_DAY, time(), ZoneInfo(zone)).astimezone(UTC)
    assert begins <= now < ends


@pytest.mark.parametrize(
    ("zone", "now", "today"),
    [
        # The clocks go forward at 01:00 UTC on 29 March 2026 and back on 25 October.
        ("Europe/London", "2026-03-28T23:59:59Z", date(2026, 3, 28)),
        ("Europe/London", "2026-03-29T00:00:00Z", date(2026, 3, 29)),
        ("Europe/London", "2026-03-29T22:59:59Z", date(2026, 3, 29)),
        ("Europe/London", "2026-03-29T23:00:00Z", date(2026, 3, 30)),
        ("Europe/London", "2026-10-24T23:00:00Z", date(2026, 10, 25)),
        ("Europe/London", "2026-10-25T23:59:59Z", date(2026, 10, 25)),
        # 8 March and 1 November 2026.
        ("America/New_York", "2026-03-08T04:59:59Z", date(2026, 3, 7)),
        ("America/New_York", "2026-03-08T05:00:00Z", date(2026, 3, 8)),
        ("America/New_York", "2026-03-09T03:59:59Z", date(2026, 3, 8)),
        ("America/New_York", "2026-03-09T04:00:00Z", date(2026, 3, 9)),
        ("America/New_York", "2026-11-02T04:59:59Z", date(2026, 11, 1)),
        ("America/New_York", "2026-11-02T05:00:00Z", date(2026, 11, 2)),
        # 5 April (back) and 27 September 2026 (forward).
        ("Pacific/Auckland", "2026-04-04T11:00:00Z", date(2026, 4, 5)),
        ("Pacific/Auckland", "2026-04-05T11:59:59Z", date(2026, 4, 5)),
        ("Pacific/Auckland", "2026-04-05T12:00:00Z", date(2026, 4, 6)),
        ("Pacific/Auckland", "2026-09-27T10:59:59Z", date(2026, 9, 27)),
        ("Pacific/Auckland", "2026-09-27T11:00:00Z", date(2026, 9, 28)),
    ],
)
def test_today_is_right_on_the_days_the_clocks_change(zone: str, now: str, today: date):
    assert today_in(zone, datetime.fromisoformat(now)) == today


def test_the_month_of_treatment_turns_at_the_clinics_midnight():
    started_on, moment = date(2026, 3, 29), datetime(2026, 4, 28, 23, 30, tzinfo=UTC)
    assert treatment_month(started_on, today_in("Europe/London", moment)) == 1
    assert treatment_month(started_on, today_in("America/New_York", moment)) == 0


def test_an_18_month_course_has_the_default_phases():
    assert default_phases(date(2026, 1, 1), DEFAULT_MONTHS) == [
        PhasePlan(PhaseKind.ASSESSMENT, date(2025, 12, 1), date(2025, 12, 31)),
        PhasePlan(PhaseKind.INTRODUCTORY, date(2026, 1, 1), date(2026, 3, 31)),
        PhasePlan(PhaseKind.INITIAL, date(2026, 1, 1), date(2026, 3, 31)),
        PhasePlan(PhaseKind.MIDDLE, date(2026, 4, 1), date(2026, 12, 31)),
        PhasePlan(PhaseKind.FINAL, date(2027, 1, 1), date(2027, 6, 30)),
        PhasePlan(PhaseKind.FOLLOW_UP, date(2027, 7, 1), date(2027, 12, 31)),
    ]


def test_a_12_month_course_is_scaled():
    starts = {plan.kind: plan.starts_on for plan in default_phases(date(2026, 1, 31), 12)}
    assert starts == {
        PhaseKind.ASSESSMENT: date(2025, 12, 31),
        PhaseKind.INTRODUCTORY: date(2026, 1, 31),
        PhaseKind.INITIAL: date(2026, 1, 31),
        PhaseKind.MIDDLE: date(2026, 3, 31),
        PhaseKind.FINAL: date(2026, 9, 30),
        PhaseKind.FOLLOW_UP: date(2027, 1, 31),
    }


@pytest.mark.parametrize(
    ("planned_months", "missing"),
    [(1, {PhaseKind.MIDDLE, PhaseKind.FINAL}), (2, {PhaseKind.MIDDLE}), (3, set())],
)
def test_a_very_short_course_leaves_out_the_phases_it_has_no_room_for(planned_months: int, missing: set[PhaseKind]):
    present = {plan.kind for plan in default_phases(date(2026, 1, 31), planned_months)}
    assert set(PhaseKind) - present == missing


@given(STARTS, LENGTHS)
def test_the_default_phases_follow_each_other_without_a_gap(started_on: date, planned_months: int):
    plans = {plan.kind: plan for plan in default_phases(started_on, planned_months)}
    assert plans[PhaseKind.ASSESSMENT].ends_on + ONE_DAY == started_on
    assert plans[PhaseKind.INTRODUCTORY].starts_on == started_on
    chain = [
        plans[kind]
        for kind in (PhaseKind.INITIAL, PhaseKind.MIDDLE, PhaseKind.FINAL, PhaseKind.FOLLOW_UP)
        if kind in plans
    ]
    assert chain[0].starts_on == started_on
    for earlier, later in pairwise(chain):
        assert earlier.ends_on + ONE_DAY == later.starts_on
    assert plans[PhaseKind.FOLLOW_UP].starts_on == planned_end(started_on, planned_months)


@given(STARTS, LENGTHS)
def test_each_default_phase_lasts_at_least_a_month_and_passes_the_rules(started_on: date, planned_months: int):
    plans = default_phases(started_on, planned_months)
    check_phases(plans)
    check_phases(plans[::-1])
    for plan in plans:
        first = treatment_month(started_on, plan.starts_on)
        assert plan.starts_on == add_months(started_on, first)
        assert plan.ends_on >= add_months(started_on, first + 1) - ONE_DAY


@given(STARTS, LENGTHS, st.integers(min_value=1, max_value=12))
def test_reviews_come_at_even_steps_after_the_start_and_up_to_the_planned_end(
    started_on: date, planned_months: int, every_months: int
):
    reviews = default_reviews(started_on, planned_months, every_months)
    end = planned_end(started_on, planned_months)
    assert len(reviews) == planned_months // every_months
    assert all(started_on < day <= end for day in reviews)
    assert [treatment_month(started_on, day) for day in reviews] == [
        every_months * n for n in range(1, len(reviews) + 1)
    ]
    assert (end in reviews) == (planned_months % every_months == 0)


def test_reviews_of_a_course_started_at_a_months_end_keep_to_the_months_end():
    assert default_reviews(date(2026, 8, 31), 12, 3) == [
        date(2026, 11, 30),
        date(2027, 2, 28),
        date(2027, 5, 31),
        date(2027, 8, 31),
    ]


@pytest.mark.parametrize("planned_months", TYPICAL_MONTHS)
def test_12_to_18_months_need_no_reason(planned_months: int):
    check_duration(planned_months, None)


def test_the_typical_range_is_12_to_18_months_and_18_is_the_default():
    assert list(TYPICAL_MONTHS) == [12, 13, 14, 15, 16, 17, 18]
    assert DEFAULT_MONTHS == 18


@pytest.mark.parametrize("planned_months", [1, 5, 11, 19, 36, 60])
@pytest.mark.parametrize("reason", [None, "", "  \n"])
def test_another_length_needs_a_written_reason(planned_months: int, reason: str | None):
    with pytest.raises(DurationNeedsReason) as refused:
        check_duration(planned_months, reason)
    assert refused.value.status == 422
    assert [error.pointer for error in refused.value.errors] == ["/duration_reason"]


@pytest.mark.parametrize("planned_months", [1, 5, 11, 19, 36, 60])
def test_another_length_with_a_reason_is_accepted(planned_months: int):
    check_duration(planned_months, "A five-month programme for people on the waiting list.")


@pytest.mark.parametrize("planned_months", [-1, 0, 61])
def test_an_impossible_length_is_refused_even_with_a_reason(planned_months: int):
    with pytest.raises(ValidationFailed) as refused:
        check_duration(planned_months, "A reason.")
    assert refused.value.errors[0].pointer == "/planned_months"


def _plan(kind: PhaseKind, first: int, last: int) -> PhasePlan:
    return PhasePlan(kind, date(2026, 1, first), date(2026, 1, last))


def test_introductory_and_initial_may_overlap():
    check_phases([_plan(PhaseKind.INTRODUCTORY, 1, 20), _plan(PhaseKind.INITIAL, 10, 25)])


def test_a_phase_may_last_one_day_and_leave_a_gap():
    check_phases([_plan(PhaseKind.INITIAL, 1, 1), _plan(PhaseKind.MIDDLE, 20, 20)])


def test_no_phases_at_all_break_no_rule():
    check_phases([])


def test_other_phases_may_not_share_a_day():
    with pytest.raises(PhasesOverlap) as refused:
        check_phases(
            [
                _plan(PhaseKind.INITIAL, 1, 5),
                _plan(PhaseKind.MIDDLE, 6, 10),
                _plan(PhaseKind.FINAL, 10, 20),
            ]
        )
    assert [error.pointer for error in refused.value.errors] == ["/phases/2/starts_on"]


def test_the_introductory_phase_may_not_run_into_the_middle():
    with pytest.raises(PhasesOverlap) as refused:
        check_phases(
            [
                _plan(PhaseKind.MIDDLE, 6, 10),
                _plan(PhaseKind.INITIAL, 1, 5),
                _plan(PhaseKind.INTRODUCTORY, 1, 8),
            ]
        )
    assert [error.pointer for error in refused.value.errors] == ["/phases/0/starts_on"]


def test_a_phase_may_not_end_before_it_starts():
    with pytest.raises(PhasesOutOfOrder) as refused:
        check_phases([_plan(PhaseKind.INITIAL, 1, 5), _plan(PhaseKind.MIDDLE, 10, 9)])
    assert [error.pointer for error in refused.value.errors] == ["/phases/1/ends_on"]


def test_phases_keep_their_order():
    with pytest.raises(PhasesOutOfOrder) as refused:
        check_phases([_plan(PhaseKind.FINAL, 1, 5), _plan(PhaseKind.MIDDLE, 6, 10)])
    assert [error.pointer for error in refused.value.errors] == ["/phases/0/starts_on"]


def test_a_kind_of_phase_appears_once():
    with pytest.raises(PhaseRepeated) as refused:
        check_phases([_plan(PhaseKind.MIDDLE, 1, 5), _plan(PhaseKind.MIDDLE, 6, 10)])
    assert [error.pointer for error in refused.value.errors] == ["/phases/1/kind"]


PLANS = st.builds(
    lambda kind, first, days: PhasePlan(kind, first, first + timedelta(days=days)),
    st.sampled_from(PhaseKind),
    st.dates(min_value=date(2026, 1, 1), max_value=date(2026, 2, 28)),
    st.integers(min_value=-2, max_value=20),
)


def _keeps_the_rules(plans: list[PhasePlan]) -> bool:
    rank = {kind: place for place, kind in enumerate(PhaseKind)}
    if len({plan.kind for plan in plans}) < len(plans) or any(p.ends_on < p.starts_on for p in plans):
        return False
    return all(
        one.starts_on <= other.starts_on
        and (one.ends_on < other.starts_on or {one.kind, other.kind} == {PhaseKind.INTRODUCTORY, PhaseKind.INITIAL})
        for one in plans
        for other in plans
        if rank[one.kind] < rank[other.kind]
    )


@given(st.lists(PLANS, max_size=4))
def test_phases_are_accepted_exactly_when_they_keep_the_rules(plans: list[PhasePlan]):
    if _keeps_the_rules(plans):
        check_phases(plans)
    else:
        with pytest.raises(ValidationFailed) as refused:
            check_phases(plans)
        assert {int(error.pointer.split("/")[2]) for error in refused.value.errors} <= set(range(len(plans)))


@pytest.mark.parametrize("present", TreatmentStatus)
@pytest.mark.parametrize("wanted", TreatmentStatus)
def test_a_treatment_moves_only_forward(present: TreatmentStatus, wanted: TreatmentStatus):
    allowed = {
        ("planned", "active"),
        ("planned", "ended_early"),
        ("active", "completed"),
        ("active", "ended_early"),
    }
    if (present, wanted) in allowed:
        check_transition(present, wanted)
    else:
        with pytest.raises(TreatmentStatusFixed) as refused:
            check_transition(present, wanted)
        assert isinstance(refused.value, Conflict)
        assert refused.value.members == {"current_status": present.value}


def test_every_status_has_its_transitions():
    assert set(TRANSITIONS) == set(TreatmentStatus)


@pytest.mark.parametrize(("enum", "name"), [(PhaseKind, "phase"), (GoalCode, "goal"), (Setting, "setting")])
def test_the_enums_are_the_vocabularies_of_the_same_name(enum: type[PhaseKind | GoalCode | Setting], name: str):
    assert [member.value for member in enum] == [entry.code for entry in code_list(name).codes]


EVENTS = [
    kind
    for kind in vars(events).values()
    if isinstance(kind, type) and issubclass(kind, DomainEvent) and kind is not DomainEvent
]


def test_every_event_has_its_own_type_and_reads_say_so():
    assert len({event.type for event in EVENTS}) == len(EVENTS) == 15
    for event in EVENTS:
        assert event.type.startswith(f"{event.entity}.")
        assert (event.action is AuditAction.READ) == event.type.endswith((".viewed", ".listed"))


def test_an_event_tells_codes_and_ids_only():
    treatment_id = UUID(int=7)
    event = events.ReviewChanged(treatment_id=treatment_id, changed=("status", "held_on"))
    assert event.details() == {"treatment_id": str(treatment_id), "changed": ["status", "held_on"]}
