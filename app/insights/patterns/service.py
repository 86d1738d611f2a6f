"""What can be done with patterns: read how often they were tagged, from counts that are kept with the notes."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.core.work import UnitOfWork
from app.insights.patterns import domain, queries, schemas
from app.record.treatments.service import client_of


def get_failures_by_month(work: UnitOfWork, treatment_id: UUID) -> schemas.FailuresByMonth:
    """Read how often each pattern was tagged in each month of one treatment."""
    rows: Sequence[Any] = work.rows(queries.MONTHS, treatment_id=treatment_id)
    client_id = rows[0].client_id if rows else client_of(work, treatment_id)
    work.record(domain.FailuresByMonthViewed(entity_id=treatment_id, client_id=client_id))
    months = [
        domain.Month(
            month,
            signed_notes,
            {"hyperactivation": hyperactivation, "deactivation": deactivation, "mixed": mixed},
        )
        for _, month, signed_notes, hyperactivation, deactivation, mixed in rows
    ]
    return schemas.FailuresByMonth(
        treatment_id=treatment_id,
        client_id=client_id,
        time_zone=work.caller.time_zone,
        months=[schemas.MonthOfFailures.model_validate(vars(month)) for month in domain.without_gaps(months)],
        not_diagnostic=True,
        rule=domain.RULE,
        evidence_note=domain.EVIDENCE_NOTE,
    )
