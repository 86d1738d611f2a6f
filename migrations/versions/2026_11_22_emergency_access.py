"""Emergency access: what was granted never changes, an end and a review stand."""

import sqlalchemy as sa
from alembic import op

from migrations import guards

revision = "emergency_access"
down_revision = "notices"
branch_labels = None
depends_on = None

CLINIC_TABLES = ("emergency_accesses",)
GRANTED = (
    "clinic_id",
    "id",
    "practitioner_id",
    "client_id",
    "reason_code",
    "justification",
    "expires_at",
    "review_due_at",
    "created_at",
)
ONCE = ("ended_at", "reviewed_at", "reviewed_by", "review_outcome", "review_comment")
EDITED = " OR ".join(
    (
        *(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in GRANTED),
        *(f"(OLD.{name} IS NOT NULL AND OLD.{name} IS DISTINCT FROM NEW.{name})" for name in ONCE),
        "(OLD.reviewed_at IS NOT NULL AND OLD.review_comment IS DISTINCT FROM NEW.review_comment)",
    )
)


def upgrade() -> None:
    op.create_table(
        "emergency_accesses",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("reason_code", sa.String(length=64), nullable=False),
        sa.Column("justification", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("review_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column(
            "review_outcome",
            sa.Enum(
                "justified", "not_justified", name="reviewoutcome", native_enum=False, create_constraint=True, length=32
            ),
            nullable=True,
        ),
        sa.Column("review_comment", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(reviewed_at IS NULL) = (reviewed_by IS NULL) AND (reviewed_at IS NULL) = (review_outcome IS NULL)",
            name=op.f("ck_emergency_accesses_review"),
        ),
        sa.CheckConstraint(
            "created_at < expires_at AND expires_at < review_due_at", name=op.f("ck_emergency_accesses_times")
        ),
        sa.CheckConstraint("ended_at BETWEEN created_at AND expires_at", name=op.f("ck_emergency_accesses_ended_at")),
        sa.CheckConstraint("reviewed_by <> practitioner_id", name=op.f("ck_emergency_accesses_reviewed_by_another")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "client_id"],
            ["clients.clinic_id", "clients.id"],
            name=op.f("fk_emergency_accesses_clinic_id_client_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "practitioner_id"],
            ["practitioners.clinic_id", "practitioners.id"],
            name=op.f("fk_emergency_accesses_clinic_id_practitioner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "reviewed_by"],
            ["practitioners.clinic_id", "practitioners.id"],
            name=op.f("fk_emergency_accesses_clinic_id_reviewed_by"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_emergency_accesses")),
    )
    op.create_index(
        op.f("ix_emergency_accesses_clinic_id_client_id"),
        "emergency_accesses",
        ["clinic_id", "client_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_emergency_accesses_clinic_id_practitioner_id_id"),
        "emergency_accesses",
        ["clinic_id", "practitioner_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_emergency_accesses_clinic_id_reviewed_at_id"),
        "emergency_accesses",
        ["clinic_id", "reviewed_at", "id"],
        unique=False,
    )
    guards.open_to_app(*CLINIC_TABLES, privileges="SELECT, INSERT, UPDATE")
    guards.keep_to_clinic(*CLINIC_TABLES)
    guards.refuse("emergency_accesses", "no_update", "UPDATE", EDITED, "what emergency access was never changes")
    guards.refuse("emergency_accesses", "no_delete", "DELETE", None, "an emergency access is never removed")


def downgrade() -> None:
    op.drop_index(op.f("ix_emergency_accesses_clinic_id_reviewed_at_id"), table_name="emergency_accesses")
    op.drop_index(op.f("ix_emergency_accesses_clinic_id_practitioner_id_id"), table_name="emergency_accesses")
    op.drop_index(op.f("ix_emergency_accesses_clinic_id_client_id"), table_name="emergency_accesses")
    op.drop_table("emergency_accesses")
    guards.drop_functions("emergency_accesses")
