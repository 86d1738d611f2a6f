"""The arithmetic of retention, for any day: leap days, minors, time zones."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from app.record.retention import domain

DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))
YEARS = st.integers(1, 100)
MOMENTS = st.integers(-631_152_000, 3_786_912_000).map(lambda second: datetime.fromtimestamp(second, UTC))
ZONES = st.sampled_from(["Europe/London", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/St_Johns", "UTC"])


def test_a_leap_day_is_kept_until_the_first_of_march() -> None:
    assert domain.years_later(date(2004, 2, 29), 20) == date(2024, 2, 29)
    assert domain.years_later(date(2004, 2, 29), 7) == date(2011, 3, 1)
    assert domain.latest_over(date(2024, 2, 29), 7) == date(2017, 2, 28)


@given(DAYS, DAYS, YEARS)
def test_who_left_later_is_kept_at_least_as_long(one: date, other: date, years: int) -> None:
    earlier, later = sorted((one, other))
    assert domain.years_later(earlier, years) <= domain.years_later(later, years)


@given(DAYS, YEARS)
def test_a_period_of_years_is_never_a_day_too_short(day: date, years: int) -> None:
    over = domain.years_later(day, years)
    assert (over.month, over.day) in {(day.month, day.day), (3, 1)}
    assert over.year == day.year + years


@given(DAYS, st.dates(date(2001, 1, 1), date(2199, 12, 31)), YEARS)
def test_the_selection_and_the_period_agree(day: date, today: date, years: int) -> None:
    assert (day <= domain.latest_over(today, years)) == (domain.years_later(day, years) <= today)


@given(DAYS, DAYS, YEARS, st.none() | st.integers(18, 100))
def test_a_birth_date_only_ever_lengthens_the_period(
    contact: date, birth_date: date, years: int, until_age: int | None
) -> None:
    assert domain.due_on(contact, birth_date, years, until_age) >= domain.years_later(contact, years)
    assert domain.due_on(contact, None, years, until_age) == domain.years_later(contact, years)


def test_of_a_child_the_record_is_kept_until_the_birthday_the_policy_names() -> None:
    born = date(2000, 5, 10)
    assert domain.due_on(date(2010, 1, 1), born, 8, 25) == date(2025, 5, 10)
    assert domain.due_on(date(2010, 1, 1), born, 20, 25) == date(2030, 1, 1)
    assert domain.due_on(date(2010, 1, 1), born, 8, None) == date(2018, 1, 1)


def test_of_who_was_seventeen_a_year_longer_and_of_who_was_of_age_only_the_years() -> None:
    born = date(2000, 5, 10)
    assert domain.due_on(date(2017, 5, 9), born, 5, 25) == date(2025, 5, 10)
    assert domain.due_on(date(2017, 5, 10), born, 5, 25) == date(2026, 5, 10)
    assert domain.due_on(date(2018, 5, 9), born, 5, 25) == date(2026, 5, 10)
    assert domain.due_on(date(2018, 5, 10), born, 5, 25) == date(2023, 5, 10)


def test_the_last_contact_is_the_clinics_day() -> None:
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert domain.last_contact(date(2026, 2, 1), [None, late], "Europe/London") == date(2026, 3, 1)
    assert domain.last_contact(date(2026, 2, 1), [late, None], "Pacific/Auckland") == date(2026, 3, 2)
    assert domain.last_contact(date(2026, 4, 1), [late], "Europe/London") == date(2026, 4, 1)
    assert domain.last_contact(date(2026, 4, 1), [], "Europe/London") == date(2026, 4, 1)


@given(DAYS, st.lists(MOMENTS), ZONES)
def test_the_last_contact_is_before_none_of_them(discharged_on: date, moments: list[datetime], zone: str) -> None:
    found = domain.last_contact(discharged_on, moments, zone)
    assert found >= discharged_on
    assert all(found >= at.astimezone(ZoneInfo(zone)).date() for at in moments)
    assert all(found >= at.date() - timedelta(days=1) for at in moments)
