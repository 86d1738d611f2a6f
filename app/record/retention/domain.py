"""How long a record is kept: the arithmetic of the period, and the legal holds that stop its end.

The period is the clinic's policy (`retention_years`, `retention_until_age`); laws differ by place and profession, and
none is built in. It runs from the last contact: the latest of the discharge, a session that was held and a signature,
as a calendar day of the clinic.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.events import AuditAction, DomainEvent
from app.core.problems import Conflict

OF_AGE = 18
_LAST_YEAR_OF_MINORITY = 17


class LegalHoldLifted(Conflict):
    """The hold was lifted before; a new one can be placed."""

    title = "This legal hold is already lifted"


@dataclass(frozen=True, kw_only=True)
class _HoldEvent(DomainEvent):
    entity: ClassVar[str] = "legal_hold"


@dataclass(frozen=True, kw_only=True)
class LegalHoldPlaced(_HoldEvent):
    """From now on nothing of the client, or without one of the whole clinic, may be erased."""

    type: ClassVar[str] = "legal_hold.placed"
    action: ClassVar[AuditAction] = AuditAction.CREATE


@dataclass(frozen=True, kw_only=True)
class LegalHoldEnded(_HoldEvent):
    """A hold was lifted."""

    type: ClassVar[str] = "legal_hold.lifted"
    action: ClassVar[AuditAction] = AuditAction.UPDATE


@dataclass(frozen=True, kw_only=True)
class LegalHoldViewed(_HoldEvent):
    """Someone read a hold with its reason."""

    type: ClassVar[str] = "legal_hold.viewed"
    action: ClassVar[AuditAction] = AuditAction.READ


@dataclass(frozen=True, kw_only=True)
class LegalHoldsListed(_HoldEvent):
    """Someone read a list of holds."""

    type: ClassVar[str] = "legal_hold.listed"
    action: ClassVar[AuditAction] = AuditAction.READ


@dataclass(frozen=True, kw_only=True)
class RetentionDueListed(DomainEvent):
    """Someone read whose records are past their period."""

    type: ClassVar[str] = "retention.due_listed"
    action: ClassVar[AuditAction] = AuditAction.READ
    entity: ClassVar[str] = "client"


def years_later(day: date, years: int) -> date:
    """Return the same day some years on; a 29 February becomes 1 March, or a period would be a day short."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def latest_over(today: date, years: int) -> date:
    """Return the latest day whose period of so many years is over today."""
    try:
        return today.replace(year=today.year - years)
    except ValueError:
        return date(today.year - years, 2, 28)


def last_contact(discharged_on: date, moments: Iterable[datetime | None], time_zone: str) -> date:
    """Return the latest of the discharge and the moments (sessions held, signatures), in the clinic's days."""
    zone = ZoneInfo(time_zone)
    return max([discharged_on, *(at.astimezone(zone).date() for at in moments if at is not None)])


def due_on(contact: date, birth_date: date | None, years: int, until_age: int | None) -> date:
    """Return the first day on which the record need not be kept any longer.

    Of somebody who was under 18 at the last contact the record is kept until the birthday the policy names, of somebody
    who was 17 a year longer, and in any case for the years that hold for everyone.
    """
    due = years_later(contact, years)
    if birth_date is None or until_age is None or contact >= years_later(birth_date, OF_AGE):
        return due
    was_nearly_of_age = contact >= years_later(birth_date, _LAST_YEAR_OF_MINORITY)
    return max(due, years_later(birth_date, until_age + was_nearly_of_age))


@dataclass(frozen=True)
class Standing:
    """Where one client's record stands: when its period is over (None while she is in care), and whether it is held."""

    client_id: UUID
    due_on: date | None
    is_on_hold: bool
