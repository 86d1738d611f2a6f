"""Seals of the audit log, and the mark each entry carries."""

import sqlalchemy as sa
from alembic import op

from migrations import guards

revision = "audit_seals"
down_revision = "trust"
branch_labels = None
depends_on = None

APPEND_ONLY_TABLES = ("audit_seals", "audit_sealed_events")


def upgrade() -> None:
    # Entries are never changed, so those from before have no mark; a column that may be null needs no copy.
    op.add_column("audit_events", sa.Column("mac", sa.LargeBinary(), nullable=True))
    op.create_index(
        op.f("ix_audit_events_clinic_id_request_id"), "audit_events", ["clinic_id", "request_id"], unique=False
    )
    op.create_table(
        "audit_seals",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", "number", name=op.f("pk_audit_seals")),
    )
    op.create_table(
        "audit_sealed_events",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("seal_number", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", "event_id", name=op.f("pk_audit_sealed_events")),
    )
    op.create_index(
        op.f("ix_audit_sealed_events_clinic_id_seal_number_position"),
        "audit_sealed_events",
        ["clinic_id", "seal_number", "position"],
        unique=True,
    )
    guards.open_to_app(*APPEND_ONLY_TABLES, privileges="SELECT, INSERT")
    guards.keep_to_clinic(*APPEND_ONLY_TABLES)
    for table in APPEND_ONLY_TABLES:
        guards.append_only(table)


def downgrade() -> None:
    op.drop_table("audit_sealed_events")
    op.drop_table("audit_seals")
    guards.drop_functions(*APPEND_ONLY_TABLES)
    op.drop_index(op.f("ix_audit_events_clinic_id_request_id"), table_name="audit_events")
    op.drop_column("audit_events", "mac")
