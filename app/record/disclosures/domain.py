"""What a disclosure is: that something of a client's record went to somebody outside, kept so that she can ask to whom.

What goes out for treatment, payment or the clinic's own operations, to the client herself, or with her authorization
need not be accounted for (45 CFR 164.528(a)(1)); the list `disclosure_purpose` holds what must be.
"""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from app.core.events import AuditAction, DomainEvent
from app.core.problems import Conflict, ValidationFailed

ACCOUNTED_MONTHS = 6 * 12
"""How far back an accounting goes that asks for no other time (45 CFR 164.528(a)(1))."""


class DisclosureAlreadyInError(Conflict):
    """The disclosure was marked before."""

    title = "This disclosure is already marked as entered in error"


@dataclass(frozen=True, kw_only=True)
class _DisclosureEvent(DomainEvent):
    entity: ClassVar[str] = "disclosure"


@dataclass(frozen=True, kw_only=True)
class DisclosureRecorded(_DisclosureEvent):
    """Someone wrote down that something of the record went outside."""

    type: ClassVar[str] = "disclosure.recorded"
    action: ClassVar[AuditAction] = AuditAction.CREATE
    purpose: str


@dataclass(frozen=True, kw_only=True)
class DisclosureEnteredInError(_DisclosureEvent):
    """A disclosure was marked as wrong; it is kept and left out of accountings."""

    type: ClassVar[str] = "disclosure.entered_in_error"
    action: ClassVar[AuditAction] = AuditAction.UPDATE


@dataclass(frozen=True, kw_only=True)
class DisclosureViewed(_DisclosureEvent):
    """Someone read one disclosure."""

    type: ClassVar[str] = "disclosure.viewed"
    action: ClassVar[AuditAction] = AuditAction.READ


@dataclass(frozen=True, kw_only=True)
class DisclosuresListed(_DisclosureEvent):
    """Someone read the accounting of a client's disclosures."""

    type: ClassVar[str] = "disclosure.listed"
    action: ClassVar[AuditAction] = AuditAction.READ


def check_day(disclosed_on: date, today: date) -> None:
    """Refuse a day in the future."""
    if disclosed_on > today:
        raise ValidationFailed.at("/disclosed_on", "Use today or a day before.", "in_future")


def check_period(first: date, last: date) -> None:
    """Refuse a period that ends before it begins."""
    if last < first:
        raise ValidationFailed.at("?disclosed_to", "Use the first day or a later one.", "ends_before_start")
