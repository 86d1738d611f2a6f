"""How often the patterns were tagged, month by month: what counts, and what a month without a note is. All pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from app.core.events import AuditAction, DomainEvent
from app.core.schemas import EARLIEST, LATEST

RULE_ID = "failures-by-month/1"
RULE = (
    f"{RULE_ID}: Counts the failures tagged in signed notes of this treatment, by the month of their session; drafts, "
    "notes that wait for a co-signature and notes entered in error do not count. Mixed is a pattern of its own and is "
    "never added to the other two. Months are calendar months of the clinic. Null means that no note was signed for "
    "the month; it is never 0."
)
EVIDENCE_NOTE = (
    "The notes behind a month are those of GET /v1/notes with this treatment_id, status=signed, and occurred_from and "
    "occurred_to at the first moment of the month and of the next, in the time zone named here."
)
MOST_MONTHS = 12 * (LATEST.year - EARLIEST.year)
"""More than any two sessions can lie apart."""


@dataclass(frozen=True, kw_only=True)
class FailuresByMonthViewed(DomainEvent):
    """Someone read how often each pattern was tagged in a treatment."""

    type: ClassVar[str] = "mentalizing_failure.counts_viewed"
    action: ClassVar[AuditAction] = AuditAction.READ
    entity: ClassVar[str] = "treatment"


@dataclass(frozen=True)
class Month:
    """The figures of one month: how many notes were signed for it, and how often they tag each pattern."""

    month: str
    signed_notes: int
    failures: Mapping[str, int] | None


def without_gaps(months: Iterable[Month]) -> list[Month]:
    """Return the months from the first to the last, with those in between for which no note was signed."""
    shown: list[Month] = []
    for month in months:
        while shown and (following := month_after(shown[-1].month)) < month.month:
            shown.append(Month(following, 0, None))
        shown.append(month)
    return shown


def month_after(month: str) -> str:
    """Return the month after one, both written as `2026-03`."""
    year, months_before = divmod(int(month[:4]) * 12 + int(month[5:]), 12)
    return f"{year}-{months_before + 1:02}"
