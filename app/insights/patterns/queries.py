"""How the counts of a treatment are found: one row a month, along the primary key."""

from sqlalchemy import select

from app.core.prepared import Prepared, parameter
from app.record.notes.models import FailureCount

MONTHS = Prepared(
    select(
        FailureCount.client_id,
        FailureCount.month,
        FailureCount.signed_notes,
        FailureCount.hyperactivation,
        FailureCount.deactivation,
        FailureCount.mixed,
    )
    .where(
        FailureCount.treatment_id == parameter("treatment_id", FailureCount.treatment_id), FailureCount.signed_notes > 0
    )
    .order_by(FailureCount.month)
)
"""The months of one treatment that have a signed note."""
