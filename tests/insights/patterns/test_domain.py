from hypothesis import given
from hypothesis import strategies as st

from app.insights.patterns.domain import Month, month_after, without_gaps

COUNTS = {"hyperactivation": 1, "deactivation": 0, "mixed": 2}


def as_month(number: int) -> str:
    return f"{number // 12}-{number % 12 + 1:02}"


def test_the_month_after_december_is_january_of_the_next_year():
    assert [month_after(month) for month in ("2026-02", "2026-09", "2026-12")] == ["2026-03", "2026-10", "2027-01"]


def test_a_month_without_a_note_is_a_gap_and_no_zero():
    shown = without_gaps([Month("2025-11", 2, COUNTS), Month("2026-01", 1, COUNTS)])
    assert shown == [Month("2025-11", 2, COUNTS), Month("2025-12", 0, None), Month("2026-01", 1, COUNTS)]


def test_before_the_first_note_there_is_nothing_to_show():
    assert without_gaps([]) == []


@given(st.sets(st.integers(1901 * 12, 2198 * 12), max_size=6))
def test_months_follow_one_another_and_none_is_lost(numbers: set[int]):
    months = [as_month(number) for number in sorted(numbers)]
    shown = [month.month for month in without_gaps(Month(month, 1, COUNTS) for month in months)]
    assert shown == ([as_month(number) for number in range(min(numbers), max(numbers) + 1)] if numbers else [])
