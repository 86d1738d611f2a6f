"""The clinic's diary: local time, weekly hours, and the days on which it is closed or somebody is away. Pure."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

TIME_ZONE = "Europe/London"
WEEK = timedelta(days=7)
FRIDAY = 4
_CLOSED_FROM, _CLOSED_TO = (12, 22), (1, 2)
_LEAVE_WEEKS = {"tomas.riva": {32, 33}, "maya.lindqvist": {30, 31}, "noor.haddad": {33}, "group": {32}}
_ILL_WEEKS = {"tomas.riva": {7}, "maya.lindqvist": {11, 45}, "noor.haddad": {20}, "group": set[int]()}


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    """Return a moment of the clinic's day, whatever daylight saving does."""
    return datetime.combine(day, time(hour, minute), ZoneInfo(TIME_ZONE)).astimezone(UTC)


def on_weekday(day: date, weekday: int) -> date:
    """Return the day itself or the next one that falls on a weekday."""
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def weekly(first: date, end: date) -> Iterator[date]:
    """Go from week to week, up to the end but not including it."""
    while first < end:
        yield first
        first += WEEK


def is_closed(day: date) -> bool:
    """Say whether the clinic is closed over Christmas."""
    place = (day.month, day.day)
    return place >= _CLOSED_FROM or place <= _CLOSED_TO


def is_on_leave(whom: str, day: date) -> bool:
    """Say whether a therapist, or the group, has a planned break: no session is arranged then."""
    return day.isocalendar().week in _LEAVE_WEEKS[whom]


def is_ill(whom: str, day: date) -> bool:
    """Say whether a therapist has to cancel that week."""
    return day.isocalendar().week in _ILL_WEEKS[whom]


def next_morning(day: date) -> datetime | None:
    """Return the morning after, when it is a working day."""
    return None if day.weekday() >= FRIDAY else moment(day + timedelta(days=1), 8, 40)
