"""How counts of mentalizing failures are said on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.schemas import Out
from app.insights.patterns.domain import MOST_MONTHS

Count = Annotated[int, Field(ge=0)]


class FailureCounts(Out):
    """How often each pattern was tagged. The three are never added up: `mixed` is a pattern of its own."""

    hyperactivation: Count
    """Too much, too fast, too certain."""
    deactivation: Count
    """Shut down, empty, far away."""
    mixed: Count
    """Both in one moment; counted here alone."""


class MonthOfFailures(Out):
    """One calendar month of the clinic. A null figure is a gap: draw nothing, never 0."""

    month: Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", max_length=7)]
    """The month, such as `2026-03`."""
    signed_notes: Count
    """How many notes of sessions in it are signed."""
    failures: FailureCounts | None
    """The failures they tag. 0 when signed notes tag none, null when there is no signed note."""


class FailuresByMonth(Out):
    """How often each pattern was tagged in each month of a treatment. Not a diagnosis."""

    treatment_id: UUID
    """The treatment."""
    client_id: UUID
    """The client."""
    time_zone: Annotated[str, Field(max_length=64)]
    """The clinic's time zone, in which months begin and end (IANA)."""
    months: Annotated[list[MonthOfFailures], Field(max_length=MOST_MONTHS)]
    """From the first month with a signed note to the last, in order and without gaps; empty before the first."""
    not_diagnostic: bool
    """Always true: these are counts of what people wrote down, not findings about a person."""
    rule: Annotated[str, Field(max_length=2_000)]
    """The name and version of the rule, `failures-by-month/1`, and how it counts."""
    evidence_note: Annotated[str, Field(max_length=1_000)]
    """How the notes behind a figure are found."""
