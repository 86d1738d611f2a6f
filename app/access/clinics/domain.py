"""What a clinic is: the tenant that owns everything, its time zone and its policies."""

from dataclasses import dataclass
from typing import ClassVar
from zoneinfo import ZoneInfo, available_timezones

from app.core.events import AuditAction, DomainEvent
from app.core.problems import ValidationFailed

LATE_ENTRY_HOURS = 48
REVIEW_INTERVAL_MONTHS = 3
NOTE_SIGN_REMINDER_DAYS = 7
ACCESS_REQUEST_DAYS = 30
"""45 CFR 164.524(b)(2)."""
AMENDMENT_REQUEST_DAYS = 60
"""45 CFR 164.526(b)(2)."""
REQUEST_EXTENSION_DAYS = 30
RETENTION_YEARS = 20
"""What the NHS Records Management Code 2021 says of mental health care; each clinic's own law may say otherwise."""
RETENTION_UNTIL_AGE = 25
"""The same code, of those who were not of age at the last contact; of who was seventeen, a year longer."""


@dataclass(frozen=True, kw_only=True)
class ClinicCreated(DomainEvent):
    """A clinic was set up by the operator."""

    type: ClassVar[str] = "clinic.created"
    action: ClassVar[AuditAction] = AuditAction.CREATE
    entity: ClassVar[str] = "clinic"


@dataclass(frozen=True, kw_only=True)
class ClinicChanged(DomainEvent):
    """A clinic's name, time zone or policies changed."""

    type: ClassVar[str] = "clinic.changed"
    action: ClassVar[AuditAction] = AuditAction.UPDATE
    entity: ClassVar[str] = "clinic"
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RecordBackedUp(DomainEvent):
    """The operator took an encrypted copy of the whole record."""

    type: ClassVar[str] = "record.backed_up"
    action: ClassVar[AuditAction] = AuditAction.READ
    entity: ClassVar[str] = "clinic"


@dataclass(frozen=True, kw_only=True)
class RecordRestored(DomainEvent):
    """The record was put back as a backup held it; what happened after the entry before this one is not in it."""

    type: ClassVar[str] = "record.restored"
    action: ClassVar[AuditAction] = AuditAction.EXECUTE
    entity: ClassVar[str] = "clinic"


@dataclass(frozen=True, kw_only=True)
class ClinicKeysRewrapped(DomainEvent):
    """The operator put so many keys of the clinic under a new master key."""

    type: ClassVar[str] = "clinic.keys_rewrapped"
    action: ClassVar[AuditAction] = AuditAction.EXECUTE
    entity: ClassVar[str] = "clinic"
    keys: int


def check_time_zone(name: str, pointer: str = "/time_zone") -> None:
    """Refuse a name that is not in the IANA time zone database; months are counted in this zone."""
    if name not in available_timezones():
        raise ValidationFailed.at(pointer, "Use an IANA time zone, for example Europe/London.", "unknown_time_zone")
    ZoneInfo(name)
