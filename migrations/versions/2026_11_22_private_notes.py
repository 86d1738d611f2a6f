"""Private notes: a table of their own, which PostgreSQL opens to nobody but the author."""

import sqlalchemy as sa
from alembic import op

from migrations import guards

revision = "private_notes"
down_revision = "emergency_access"
branch_labels = None
depends_on = None

TABLE = "private_notes"
FIXED = ("session_id", "client_id", "author_id", "kind")


def upgrade() -> None:
    op.create_table(
        "private_notes",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "process", "reflection", name="privatenotekind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("shown_to_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("shown_to_id IS NULL OR kind = 'reflection'", name=op.f("ck_private_notes_shown")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "author_id"],
            ["practitioners.clinic_id", "practitioners.id"],
            name=op.f("fk_private_notes_clinic_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "client_id"],
            ["clients.clinic_id", "clients.id"],
            name=op.f("fk_private_notes_clinic_id_client_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "session_id"],
            ["sessions.clinic_id", "sessions.id"],
            name=op.f("fk_private_notes_clinic_id_session_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "shown_to_id"],
            ["practitioners.clinic_id", "practitioners.id"],
            name=op.f("fk_private_notes_clinic_id_shown_to_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_private_notes")),
        sa.UniqueConstraint(
            "clinic_id", "author_id", "session_id", "client_id", "kind", name="uq_private_notes_one_of_a_kind"
        ),
    )
    op.create_index(
        op.f("ix_private_notes_clinic_id_author_id_id"), "private_notes", ["clinic_id", "author_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_private_notes_clinic_id_shown_to_id_id"),
        "private_notes",
        ["clinic_id", "shown_to_id", "id"],
        unique=False,
    )
    guards.open_to_app(TABLE)
    guards.keep_to_clinic(TABLE)
    guards.keep_to_author(TABLE)
    changed = " OR ".join(f"NEW.{column} <> OLD.{column}" for column in FIXED)
    guards.refuse(TABLE, "no_update", "UPDATE", changed, "a private note never changes hands")


def downgrade() -> None:
    op.drop_index(op.f("ix_private_notes_clinic_id_shown_to_id_id"), table_name="private_notes")
    op.drop_index(op.f("ix_private_notes_clinic_id_author_id_id"), table_name="private_notes")
    op.drop_table("private_notes")
    guards.drop_functions(TABLE)
