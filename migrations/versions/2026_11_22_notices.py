"""Notices to practitioners."""

import sqlalchemy as sa
from alembic import op

from migrations import guards

revision = "notices"
down_revision = "audit_seals"
branch_labels = None
depends_on = None

CLINIC_TABLES = ("notices",)
FIXED = ("clinic_id", "id", "recipient_id", "kind", "about", "about_id", "created_at")
EDITED = " OR ".join(("OLD.seen_at IS NOT NULL", *(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in FIXED)))


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("about", sa.String(length=64), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "recipient_id"],
            ["practitioners.clinic_id", "practitioners.id"],
            name=op.f("fk_notices_clinic_id_recipient_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_notices")),
    )
    op.create_index(
        op.f("ix_notices_clinic_id_recipient_id_id"), "notices", ["clinic_id", "recipient_id", "id"], unique=False
    )
    guards.open_to_app(*CLINIC_TABLES, privileges="SELECT, INSERT, UPDATE")
    guards.keep_to_clinic(*CLINIC_TABLES)
    guards.refuse("notices", "no_update", "UPDATE", EDITED, "a notice is only marked as seen, once")
    guards.refuse("notices", "no_delete", "DELETE", None, "a notice is never removed")


def downgrade() -> None:
    op.drop_index(op.f("ix_notices_clinic_id_recipient_id_id"), table_name="notices")
    op.drop_table("notices")
    guards.drop_functions("notices")
