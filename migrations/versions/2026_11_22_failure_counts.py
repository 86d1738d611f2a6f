"""How often each pattern was tagged in each month of a treatment, filled from the notes that are there.

While it runs, PostgreSQL lets nobody else at the notes. A service of the version before that went on signing
afterwards would not count; it says at `/readyz` that it must not be used any more.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

from migrations import guards

revision = "failure_counts"
down_revision = "sign_in_attempts"
branch_labels = None
depends_on = None

TABLE = "failure_counts"
READ = ("clinics", "notes", "mentalizing_failures", "erased_clients")
PATTERNS = ("hyperactivation", "deactivation", "mixed")
FIGURES = ("signed_notes", *PATTERNS)
TREATMENTS_AT_ONCE = 500


def table(name: str, *ids: str) -> Any:
    others = (sa.column("time_zone", sa.String()), sa.column("status", sa.String()), sa.column("pattern", sa.String()))
    occurred_at = sa.column("occurred_at", sa.DateTime(timezone=True))
    return sa.table(name, *(sa.column(column, sa.Uuid()) for column in ids), *others, occurred_at)


CLINICS = table("clinics", "clinic_id")
NOTES = table("notes", "clinic_id", "id", "client_id", "treatment_id")
FAILURES = table("mentalizing_failures", "clinic_id", "note_id")
ERASED = table("erased_clients", "clinic_id", "client_id")


def treatments_of(clinic_id: UUID) -> Any:
    """Select the treatments with notes that count: fully signed, and not of a client who was erased."""
    erased = sa.select(ERASED.c.client_id).where(ERASED.c.clinic_id == clinic_id)
    return (
        sa.select(NOTES.c.treatment_id)
        .where(
            NOTES.c.clinic_id == clinic_id,
            NOTES.c.status == "signed",
            NOTES.c.treatment_id.is_not(None),
            NOTES.c.client_id.not_in(erased),
        )
        .distinct()
    )


def tagged_in(clinic_id: UUID, treatment_ids: Sequence[UUID]) -> Any:
    """Select what the notes of these treatments that count say, by the moment they are about."""
    moment = (NOTES.c.treatment_id, NOTES.c.client_id, NOTES.c.occurred_at)
    tags = (sa.func.count().filter(FAILURES.c.pattern == pattern) for pattern in PATTERNS)
    is_of_note = (FAILURES.c.clinic_id == NOTES.c.clinic_id) & (FAILURES.c.note_id == NOTES.c.id)
    return (
        sa.select(*moment, sa.func.count(NOTES.c.id.distinct()), *tags)
        .select_from(NOTES.outerjoin(FAILURES, is_of_note))
        .where(NOTES.c.clinic_id == clinic_id, NOTES.c.treatment_id.in_(treatment_ids), NOTES.c.status == "signed")
        .group_by(*moment)
    )


def fill(counts: sa.Table) -> None:
    """Count by treatment and month of the clinic; months begin where its time zone says, which SQLite does not know."""
    connection = op.get_bind()
    for clinic_id, time_zone in connection.execute(sa.select(CLINICS.c.clinic_id, CLINICS.c.time_zone)).all():
        treatment_ids = connection.execute(treatments_of(clinic_id)).scalars().all()
        for first in range(0, len(treatment_ids), TREATMENTS_AT_ONCE):
            found = connection.execute(tagged_in(clinic_id, treatment_ids[first : first + TREATMENTS_AT_ONCE]))
            op.bulk_insert(counts, list(rows_of(clinic_id, time_zone, found)))


def rows_of(clinic_id: UUID, time_zone: str, found: Iterable[Any]) -> Iterator[dict[str, Any]]:
    sums: dict[tuple[UUID, UUID, str], Counter[str]] = {}
    for treatment_id, client_id, occurred_at, *figures in found:
        moment = occurred_at if occurred_at.tzinfo else occurred_at.replace(tzinfo=UTC)
        month = f"{moment.astimezone(ZoneInfo(time_zone)):%Y-%m}"
        named = dict(zip(FIGURES, figures, strict=True))
        sums.setdefault((treatment_id, client_id, month), Counter()).update(named)
    for (treatment_id, client_id, month), figures_of in sums.items():
        key = {"clinic_id": clinic_id, "treatment_id": treatment_id, "client_id": client_id, "month": month}
        yield key | {name: figures_of[name] for name in FIGURES}


def see_every_clinic(*, is_on: bool) -> None:
    """Let the owner of the tables look past the walls between clinics, or no longer; nobody else can."""
    if guards.is_postgresql():
        for name in READ:
            op.execute(f"ALTER TABLE {name} {'NO ' if is_on else ''}FORCE ROW LEVEL SECURITY")


def upgrade() -> None:
    made = op.create_table(
        TABLE,
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("treatment_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("signed_notes", sa.Integer(), nullable=False),
        sa.Column("hyperactivation", sa.Integer(), nullable=False),
        sa.Column("deactivation", sa.Integer(), nullable=False),
        sa.Column("mixed", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "client_id"],
            ["clients.clinic_id", "clients.id"],
            name=op.f("fk_failure_counts_clinic_id_client_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "treatment_id"],
            ["treatments.clinic_id", "treatments.id"],
            name=op.f("fk_failure_counts_clinic_id_treatment_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "treatment_id", "month", name=op.f("pk_failure_counts")),
    )
    see_every_clinic(is_on=True)
    fill(made)
    see_every_clinic(is_on=False)
    guards.open_to_app(TABLE)
    guards.keep_to_clinic(TABLE)


def downgrade() -> None:
    op.drop_table(TABLE)
